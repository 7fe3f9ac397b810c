"""Choices on the cards."""

from dashboard.views.explore.card import EXAMPLES
from model_backend import InspectRequest, LocalBackend, Measure


def test_every_example_is_a_text_that_can_be_asked_and_says_what_to_look_for() -> None:
    assert len(EXAMPLES) == 4
    for one in EXAMPLES:
        assert InspectRequest("builtin", one.value).text == one.value
        assert one.look_for.startswith(("Look", "Compare"))
        assert one.look_for.endswith(".")


def test_the_first_example_is_a_question_that_the_built_in_model_answers_late() -> None:
    text = EXAMPLES[0].value
    inspection = LocalBackend().inspect(InspectRequest("builtin", text))
    grid = inspection.grid(Measure.NEXT_TOKEN_PROBABILITY)
    tokens = list(grid.token_labels)
    rome, lima = (grid.values[:, at] for at in (tokens.index(" Rome") - 1, len(tokens) - 1))
    assert rome[10] < 0.05 < 0.95 < rome[14]
    assert lima[9] < 0.05 < 0.9 < lima[-1]
    of = grid.values[:, tokens.index(" capital")]
    assert of[8] > 0.5, "small words are foreseen early"
