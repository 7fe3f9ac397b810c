"""Notes beside a map and hints at choices keep readers from misreading what they see."""

from dataclasses import replace

import numpy as np

from dashboard.maps.notes import crowding
from dashboard.page.components import model_choices
from model_backend import Law, LawResult, ModelCard, ModelState


def test_a_map_of_nearly_one_colour_says_what_would_show_more() -> None:
    ranks = np.ones((8, 10))
    ranks[0] = 3000
    assert crowding(ranks) == [
        "Most cells have nearly one colour: a colour range per layer, or log10, shows more."
    ]
    cosines = np.full((8, 10), 0.99)
    cosines[0] = -0.1
    assert crowding(cosines) == [
        "Most cells have nearly one colour: a colour range per layer shows more."
    ]


def test_a_map_of_many_colours_or_of_one_alone_needs_no_hint() -> None:
    assert crowding(np.linspace(0, 1, 80).reshape(8, 10)) == []
    assert crowding(np.ones((8, 10))) == crowding(np.full((8, 10), np.nan)) == []


def test_the_choice_of_a_loaded_model_says_which_laws_hold_or_fail() -> None:
    laws = (LawResult(Law.READOUT, 0.0, 1e-4), LawResult(Law.WRITES, 0.5, 1e-4, (2,)))
    failing = ModelCard("a", ModelState.READY, note="A note.", laws=laws)
    holding = replace(failing, laws=laws[:1])
    hints = [choice["hint"] for choice in model_choices((failing, holding, ModelCard("b")))]
    assert hints[0].startswith("A note. Law (c), ") and "fails in layer 2: error 0.5" in hints[0]
    assert hints[1] == (
        "A note. Its parts were found by structure, and all 1 laws hold on its weights."
    )
    assert hints[2] == ""
