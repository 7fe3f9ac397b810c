"""A map's numbers as a table, for people who do not see its colours or want the digits."""

from collections.abc import Iterator
from typing import Any

import dash_ag_grid as dag
import numpy as np
from dash import html
from dash.development.base_component import Component

from dashboard.maps.map_data import MapData
from dashboard.page.labels import MISSING, visible
from model_backend import LayerTokenGrid, MapKind

WIDTHS = {"name": 210, "position": 100, "token": 130}


NOT_COMPUTED = "not computed yet"


def tabulate(map_: MapData) -> list[Component]:
    """A table of a map's numbers: a line for every column of the map, a column for every layer."""
    grid = map_.grid
    heads = list(_heads(grid))
    rows = [
        head | {f"row{row}": _cell(value) for row, value in enumerate(grid.values[:, column])}
        for column, head in enumerate(heads)
    ]
    table = dag.AgGrid(
        columnDefs=[*_head_columns(heads), *_layer_columns(map_)],
        rowData=rows,
        defaultColDef={"sortable": True, "filter": True, "resizable": True, "width": 112},
        className="ag-theme-alpine grid-table",
    )
    return [html.P(_said(map_), className="muted"), table]


def _heads(grid: LayerTokenGrid) -> Iterator[dict[str, Any]]:
    """Head of each line: a token and its position, a name for them, or a name alone."""
    if grid.named_columns:
        yield from ({"name": name} for name in grid.token_labels)
        return
    positions = grid.column_positions or range(len(grid.token_labels))
    for column, (position, token) in enumerate(zip(positions, grid.token_labels, strict=True)):
        name = {"name": grid.column_names[column]} if grid.column_names else {}
        shown = MISSING if position is None else visible(token)
        yield {**name, "position": position, "token": shown}


def _head_columns(heads: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first columns; names stay alone, for a phone has no room beside three that do."""
    fields = list(heads[0]) if heads else []
    staying = ("name",) if "name" in fields else fields
    return [
        {"field": field, "width": WIDTHS[field], **({"pinned": "left"} if field in staying else {})}
        for field in fields
    ]


def _layer_columns(map_: MapData) -> list[dict[str, Any]]:
    layers = enumerate(zip(map_.grid.layer_labels, map_.is_computed, strict=True))
    named = [
        f"{'layer ' if row + map_.first_layer else ''}{label}"
        f"{'' if is_there else f' ({NOT_COMPUTED})'}"
        for row, (label, is_there) in layers
    ]
    return [
        {"field": f"row{row}", "headerName": name, "type": "rightAligned"}
        for row, name in enumerate(named)
    ]


def _said(map_: MapData) -> str:
    grid = map_.grid
    where = f" at {grid.site}" if grid.site else ""
    is_less = map_.kind is MapKind.DIFFERENCE
    unit = {
        "": "a plain number",
        "probability": f"{'in' if is_less else 'a'} probability from {-1 if is_less else 0} to 1",
        "P(correct)": f"P(correct) from 0 to 1 by the {grid.source}",
    }.get(grid.unit, f"in {grid.unit}")
    line = "named position" if grid.named_columns or grid.column_names else "token"
    return f"{map_.name}{where}, {unit}: one line for every {line}, one column for every layer."


def _cell(value: float) -> float | None:
    return float(f"{value:.6g}") if np.isfinite(value) else None
