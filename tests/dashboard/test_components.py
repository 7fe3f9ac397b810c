"""What is said beside a map so that nobody misreads it."""

from dataclasses import replace

import numpy as np

from dashboard.components import crowding, grid_table
from model_backend import LayerTokenGrid, layer_labels


def lines_of(grid: LayerTokenGrid) -> list[dict[str, object]]:
    said, table = grid_table(grid)
    fields = [column["field"] for column in table.columnDefs[:3]]
    assert ("name" in fields) == bool(grid.column_names)
    assert ("named position" in said.children) == bool(grid.column_names)
    lines: list[dict[str, object]] = table.rowData
    return lines


def test_a_table_of_named_positions_says_their_names_and_their_own_positions() -> None:
    values = np.array([[1.0, np.nan, 3.0], [4.0, np.nan, 6.0]])
    grid = LayerTokenGrid("residual norm", values, layer_labels(1), (" Rome", "", " Rome"))
    named = replace(
        grid,
        column_names=("first_answer", "second_answer", "-1"),
        column_positions=(12, None, 12),
    )
    assert lines_of(named) == [
        {"name": "first_answer", "position": 12, "token": "·Rome", "row0": 1.0, "row1": 4.0},
        {"name": "second_answer", "position": None, "token": "—", "row0": None, "row1": None},
        {"name": "-1", "position": 12, "token": "·Rome", "row0": 3.0, "row1": 6.0},
    ]
    assert lines_of(grid)[2] == {"position": 2, "token": "·Rome", "row0": 3.0, "row1": 6.0}


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
