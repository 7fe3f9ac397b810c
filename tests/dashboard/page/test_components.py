"""Notes beside a map keep readers from misreading it."""

import numpy as np

from dashboard.maps.notes import crowding


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
