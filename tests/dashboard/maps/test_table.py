"""The table has the map's numbers, each under the names of its cell."""

from dataclasses import replace

import numpy as np

from dashboard.maps.map_data import MapData
from dashboard.maps.table import tabulate
from model_backend import LayerTokenGrid, layer_labels, published_maps


def lines_of(grid: LayerTokenGrid) -> list[dict[str, object]]:
    said, table = tabulate(MapData(grid))
    fields = [column["field"] for column in table.columnDefs]
    assert all(list(line) == fields for line in table.rowData)
    assert ("named position" in said.children) == ("name" in fields)
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


def test_a_table_of_a_study_has_names_and_no_tokens() -> None:
    grid = published_maps()[0].grid
    first, *_ = lines_of(grid)
    assert (first["name"], first["row0"]) == ("last_q", float(f"{grid.values[0, 0]:.6g}"))
    assert first.keys().isdisjoint({"token", "position"})
