"""What the cards offer to choose from."""

from dashboard.cards import EXAMPLES
from dashboard.map_layout import MEASURE_GROUPS
from model_backend import DEFINITIONS, InspectRequest, Measure


def test_every_measure_can_be_chosen_once_and_is_defined() -> None:
    offered = [measure for group in MEASURE_GROUPS.values() for measure in group]
    assert sorted(offered) == sorted(Measure)
    assert set(DEFINITIONS) == set(Measure)


def test_every_example_is_a_text_that_can_be_asked() -> None:
    for text in EXAMPLES.values():
        assert InspectRequest("builtin", text).text == text
