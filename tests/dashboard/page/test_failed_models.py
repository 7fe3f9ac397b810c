"""In the place of a model that failed another is offered, one that is ready if there is one."""

from dataclasses import replace

from dashboard.page.components import model_choices
from dashboard.page.failed_models import another
from model_backend import ModelCard, ModelState

FAILED = ModelCard("broken", ModelState.FAILED)
READY = ModelCard("ready", ModelState.READY)
IDLE = ModelCard("idle")


def test_one_that_is_ready_goes_before_one_that_must_be_loaded() -> None:
    assert another([IDLE, FAILED, READY], "broken") == "ready"
    assert another([IDLE, FAILED], "broken") == "idle"


def test_nothing_is_offered_where_nothing_failed_or_nothing_is_left() -> None:
    assert another([FAILED, READY], "ready") is None
    assert another([FAILED], "broken") is None


def test_the_list_says_which_failed() -> None:
    labels = [choice["label"] for choice in model_choices([FAILED, READY])]
    assert labels == ["broken (failed)", "ready"]


def test_a_word_about_a_model_is_one_hover_away_and_so_is_why_it_failed() -> None:
    loading = ModelCard("a", ModelState.LOADING, "reading weights", note="Good at sums")
    failed = replace(FAILED, message="No room.", note="Good at nothing")
    assert [one["hint"] for one in model_choices([loading, failed])] == ["Good at sums", "No room."]


def test_what_is_chosen_stays_a_choice_though_no_list_of_models_has_it() -> None:
    choices = model_choices([READY], "ready from file 0123456789abcdef")
    assert [choice["value"] for choice in choices] == ["ready from file 0123456789abcdef", "ready"]
    assert model_choices([READY], "ready") == model_choices([READY])
