"""Two maps side by side: layers by depth, positions by name, and nothing where one is missing."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.drawing.figures import draw
from dashboard.map_card.beside import WORDS
from dashboard.maps.comparing.difference import Comparison
from dashboard.maps.map_data import MapData
from dashboard.views.probe.maps.auc_map import auc_colours, published_map
from dashboard.views.probe.maps.study_map import study_map
from model_backend import Align, Site, published_maps
from tests.model_backend.fake_study_service import make_study

TRIVIA, IMDB = (published_map(published_maps()[at]) for at in (0, 8))


def own(rows: int) -> MapData:
    return study_map(make_study(rows=rows), Site.RESID_POST)


def compare(first: MapData, second: MapData) -> Comparison:
    return Comparison(first, second, Align.NAME, WORDS)


def matching_rows(first: MapData, second: MapData) -> list[int | None]:
    return [match.right for match in compare(first, second).rows]


def difference(first: MapData, second: MapData) -> MapData:
    found = compare(first, second).difference
    assert found is not None
    return found


def differing_most(first: MapData, second: MapData) -> str:
    return difference(first, second).notes[-1]


def test_equally_deep_maps_are_matched_row_by_row() -> None:
    assert matching_rows(TRIVIA, IMDB) == list(range(32))
    assert "one by one" in " ".join(compare(TRIVIA, IMDB).notes)


@pytest.mark.parametrize("n_layers", [4, 16, 40])
def test_the_last_layer_stands_beside_the_last_and_the_embedding_alone(n_layers: int) -> None:
    rows = matching_rows(own(n_layers + 1), TRIVIA)
    assert rows[0] is None
    assert rows[-1] == 31
    known = [row for row in rows if row is not None]
    assert known == sorted(known)


def test_half_way_down_is_half_way_down() -> None:
    assert matching_rows(own(17), TRIVIA)[8] == 15  # the 8th of 16 blocks, the 16th of 32


def test_a_published_first_layer_is_not_matched_with_an_embedding() -> None:
    assert 0 not in matching_rows(TRIVIA, own(5))


def test_a_map_minus_itself_is_zero_and_minus_another_changes_its_sign() -> None:
    assert not difference(TRIVIA, TRIVIA).grid.values.any()
    one, other = difference(TRIVIA, IMDB).grid.values, difference(IMDB, TRIVIA).grid.values
    columns = [TRIVIA.grid.token_labels.index(name) for name in IMDB.grid.token_labels]
    np.testing.assert_allclose(one[:, columns], -other)


def test_cells_of_two_studies_are_linked_by_name_and_depth() -> None:
    found = compare(own(5), own(3)).partners
    assert list(found.right_of_left) == [0, 1, 1, 1, 2]
    assert list(found.left_of_right) == [0, 2, 4]
    assert [(one.left, one.right, one.difference) for one in found.columns] == [
        (at, at, at) for at in range(15)
    ]
    names = compare(TRIVIA, IMDB).partners
    for one in names.columns:
        assert TRIVIA.grid.token_labels[one.left] == IMDB.grid.token_labels[one.right]
    assert len(names.columns) == len(IMDB.grid.token_labels) < len(TRIVIA.grid.token_labels)


def test_where_two_studies_differ_most_is_said() -> None:
    first, second = own(5), own(3)
    values = np.abs(difference(first, second).grid.values)
    row, column = np.unravel_index(np.nanargmax(values), values.shape)
    said = differing_most(first, second)
    assert f"layer {first.grid.layer_labels[row]}, {first.grid.token_labels[column]}: " in said
    written = said.rstrip(".").split(": ")[1].split(" and ")
    numbers = [float(word.removeprefix("AUC ")) for word in written]
    assert abs(abs(numbers[0] - numbers[1]) - values[row, column]) < 0.002
    assert differing_most(first, first) == "They are the same in every cell."


def test_a_position_that_one_map_lacks_is_missing() -> None:
    values = difference(TRIVIA, IMDB).grid.values
    lacking = [name not in IMDB.grid.token_labels for name in TRIVIA.grid.token_labels]
    assert any(lacking)
    np.testing.assert_array_equal(np.isnan(values).all(axis=0), lacking)


def test_a_difference_is_drawn_to_both_sides_alike() -> None:
    values = TRIVIA.grid.values - 0.12
    grid = replace(TRIVIA.grid, values=values)
    lower = replace(TRIVIA, grid=grid, colours=auc_colours(values))
    heatmap = draw(difference(TRIVIA, lower)).data[0]
    assert (heatmap.zmin, heatmap.zmax) == pytest.approx((-0.15, 0.15))
