"""Choices on the cards."""

from dashboard.views.explore.card import EXAMPLES
from model_backend import InspectRequest


def test_every_example_is_a_text_that_can_be_asked() -> None:
    for text in EXAMPLES.values():
        assert InspectRequest("builtin", text).text == text
