"""AUC maps are drawn on one scale, with chance in the middle and what is missing left blank."""

from dataclasses import replace

import numpy as np

from dashboard.drawing.colours import AMBERS, BLUES
from dashboard.drawing.figures import draw
from dashboard.maps.comparing.difference import on_one_scale
from dashboard.maps.map_data import MapData
from dashboard.views.probe.maps.auc_map import auc_colours, published_map
from dashboard.views.probe.maps.cell import cell_values, layer_curve
from model_backend import published_maps

TRIVIA = published_map(published_maps()[0])


def changed(value: float, column: int | slice) -> MapData:
    """The map with one value at every layer of some columns."""
    values = TRIVIA.grid.values.copy()
    values[:, column] = value
    grid = replace(TRIVIA.grid, values=values)
    return replace(TRIVIA, grid=grid, colours=auc_colours(values))


def test_a_map_above_chance_goes_from_light_at_one_half_to_dark_at_one() -> None:
    heatmap = draw(TRIVIA).data[0]
    assert (heatmap.zmin, heatmap.zmax) == (0.5, 1.0)
    assert [heatmap.colorscale[end][1] for end in (0, -1)] == [BLUES[0][1], BLUES[-1][1]]


def test_a_map_below_chance_has_a_second_hue_that_ends_at_one_half() -> None:
    below = changed(0.41, 3)
    heatmap = draw(below).data[0]
    assert (heatmap.zmin, heatmap.zmax) == (0.4, 1.0)
    places = {colour: place for place, colour in heatmap.colorscale}
    assert np.isclose(places[AMBERS[0][1]], (0.5 - 0.4) / 0.6)


def test_two_maps_have_the_ends_of_the_lower_one() -> None:
    both = on_one_scale(TRIVIA, changed(0.41, 3))
    assert [map_.colours.ends for map_ in both] == [(0.4, 1.0)] * 2
    assert (TRIVIA.colours.ends, changed(0.41, 3).colours.ends) == ((0.5, 1.0), (0.4, 1.0))


def test_a_position_without_values_is_drawn_as_missing() -> None:
    meta = draw(changed(np.nan, 7)).layout.meta
    assert meta["positions"][6:9] == [6, None, 8]
    assert meta["tokens"][7] == "-8"


def test_an_opened_cell_says_its_rank() -> None:
    assert TRIVIA.best is not None
    assert cell_values(TRIVIA, *TRIVIA.best) == [("AUC", "0.844"), ("rank", "1 of 480 cells")]


def test_the_curve_of_a_position_is_the_maps_column() -> None:
    curve = layer_curve(TRIVIA, 13, 4).data[0]
    np.testing.assert_array_equal(curve.y, TRIVIA.grid.values[:, 4])


def test_published_layers_are_blocks_and_the_last_is_all_the_way_down() -> None:
    assert TRIVIA.first_layer == 1
    last = len(TRIVIA.grid.values) - 1 + TRIVIA.first_layer
    assert last == 32
