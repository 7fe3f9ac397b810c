"""A map's numbers as a table, for people who do not see its colours or want the digits."""

import json
from collections.abc import Iterator
from typing import Any

import dash_ag_grid as dag
import numpy as np
from dash import html
from dash.development.base_component import Component

from dashboard.maps.map_data import MapData
from dashboard.page.labels import MISSING, visible
from model_backend import LayerTokenGrid, MapKind, Measure

NOT_COMPUTED = "not computed yet"


def tabulate(map_: MapData) -> list[Component]:
    """A table of a map's numbers: a line for every layer, the last on top, a column for every
    column of the map.
    """
    grid = map_.grid
    rows = [
        {"layer": layer} | {f"column{at}": _cell(value) for at, value in enumerate(values)}
        for layer, values in zip(_layers(map_), grid.values, strict=True)
    ]
    layer = {"field": "layer", "headerName": "layer", "pinned": "left", "width": 90}
    table = dag.AgGrid(
        columnDefs=[{**layer, "headerTooltip": "The last layer is on top."}, *_columns(grid)],
        rowData=rows[::-1],
        defaultColDef={"sortable": True, "filter": True, "resizable": True, "width": 100},
        dashGridOptions={"tooltipShowDelay": 300},
        className="ag-theme-alpine grid-table",
    )
    return [html.P(_said(map_), className="muted"), table]


def _layers(map_: MapData) -> list[str]:
    named = zip(map_.grid.layer_labels, map_.is_computed, strict=True)
    return [label if is_there else f"{label} ({NOT_COMPUTED})" for label, is_there in named]


def _columns(grid: LayerTokenGrid) -> Iterator[dict[str, Any]]:
    """Columns of the table, headed by names or tokens; a hint says the position."""
    measure = Measure.named(grid.name)
    is_whole = json.dumps(measure is not None and measure.spec.is_whole)
    unit = json.dumps(grid.unit if grid.unit == "probability" else "")  # others are said above
    written = f"written(params.value, {unit}, {is_whole})"
    looks = {"type": "rightAligned", "valueFormatter": {"function": written}}
    for at, (head, hint) in enumerate(_heads(grid)):
        yield {"field": f"column{at}", "headerName": head, "headerTooltip": hint, **looks}


def _heads(grid: LayerTokenGrid) -> Iterator[tuple[str, str]]:
    """Head of each column and its hint: a token and its position, or a name and its token."""
    if grid.named_columns:
        yield from ((name, name) for name in grid.token_labels)
        return
    positions = grid.column_positions or range(len(grid.token_labels))
    for column, (position, token) in enumerate(zip(positions, grid.token_labels, strict=True)):
        shown = MISSING if position is None else visible(token)
        where = "no token" if position is None else f"position {position}"
        if grid.column_names:
            yield grid.column_names[column], f"{shown}, {where}"
        else:
            yield shown, where


def _said(map_: MapData) -> str:
    grid = map_.grid
    where = f" at {grid.site}" if grid.site else ""
    is_less = map_.kind is MapKind.DIFFERENCE
    unit = {
        "": "a plain number",
        "probability": f"{'in' if is_less else 'a'} probability from {-1 if is_less else 0} to 1",
        "P(correct)": f"P(correct) from 0 to 1 by the {grid.source}",
    }.get(
        grid.unit, f"as a share {grid.unit}" if grid.unit.startswith("of ") else f"in {grid.unit}"
    )
    line = "named position" if grid.named_columns or grid.column_names else "token"
    return f"{map_.name}{where}, {unit}: one line for every layer, one column for every {line}."


def _cell(value: float) -> float | None:
    """The browser writes it with three digits; six are enough to sort by."""
    return float(f"{value:.6g}") if np.isfinite(value) else None
