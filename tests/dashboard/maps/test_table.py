"""The table has the map's numbers in the map's order, each under the names of its cell."""

from dataclasses import replace

import numpy as np

from dashboard.maps.map_data import MapData
from dashboard.maps.table import tabulate
from model_backend import LayerTokenGrid, layer_labels, published_maps


def table_of(grid: LayerTokenGrid) -> tuple[list[tuple[str, str]], list[dict[str, object]]]:
    """Heads of the columns with their hints, and the lines from the top."""
    _, table = tabulate(MapData(grid))
    fields = [column["field"] for column in table.columnDefs]
    assert all(list(line) == fields for line in table.rowData)
    heads = [(column["headerName"], column["headerTooltip"]) for column in table.columnDefs]
    return heads[1:], table.rowData


def test_lines_are_layers_as_in_the_map_with_the_last_on_top() -> None:
    values = np.array([[1.0, np.nan, 3.0], [4.0, np.nan, 6.0]])
    grid = LayerTokenGrid("residual norm", values, layer_labels(1), (" Rome", "", " Rome"))
    heads, lines = table_of(grid)
    assert heads == [("·Rome", "position 0"), ("∅", "position 1"), ("·Rome", "position 2")]
    assert lines == [
        {"layer": "1", "column0": 4.0, "column1": None, "column2": 6.0},
        {"layer": "embed", "column0": 1.0, "column1": None, "column2": 3.0},
    ]
    named = replace(
        grid,
        column_names=("first_answer", "second_answer", "-1"),
        column_positions=(12, None, 12),
    )
    heads, _ = table_of(named)
    assert heads == [
        ("first_answer", "·Rome, position 12"),
        ("second_answer", "—, no token"),
        ("-1", "·Rome, position 12"),
    ]


def test_a_table_of_a_study_has_names_and_no_tokens() -> None:
    grid = published_maps()[0].grid
    heads, lines = table_of(grid)
    assert heads[0] == ("last_q", "last_q")
    assert lines[-1]["column0"] == float(f"{grid.values[0, 0]:.6g}")
    said, _ = tabulate(MapData(grid))
    assert said.children.endswith("one line for every layer, one column for every named position.")


def test_numbers_are_written_by_the_rule_of_the_map() -> None:
    for name, unit, is_whole in (
        ("next-token rank", "", "true"),
        ("next-token probability", "probability", "false"),
    ):
        grid = LayerTokenGrid(name, np.ones((2, 1)), layer_labels(1), ("a",), unit=unit)
        _, table = tabulate(MapData(grid))
        written = f'written(params.value, "{unit}", {is_whole})'
        assert table.columnDefs[1]["valueFormatter"] == {"function": written}
