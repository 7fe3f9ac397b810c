"""Facts about a map that the browser needs besides its numbers: a figure's ``layout.meta``.

``FigureMeta`` in ``assets/map/types.js`` declares every key with its type and meaning; a test
compares the two. Every list of columns has one entry for each column of the map. ``request`` is
JSON that says what the map is of: it is sent back, with row and position, when a cell is opened.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float

from dashboard.maps.map_data import Bracket, MapData, Marks
from dashboard.page.labels import MISSING, visible
from model_backend import CellLine, LayerTokenGrid, Measure, Scale

BRACKET = 18
"""Pixels from one level of brackets to the next; below the first are the marks of sinks."""

NAMES_BELOW = 210
"""Pixels below a map for names of columns, which are written aslant."""

ROOM_FOR_NAMES = 172
"""The same where the names are all that is written there."""


def figure_meta(map_: MapData) -> dict[str, Any]:
    """All that the browser's scripts need to know of a map, as ``FigureMeta`` describes it."""
    grid = map_.drawn
    return {
        "name": grid.name,
        "unit": grid.unit,
        **({"whole": True} if _is_whole(grid) else {}),
        "tokens": [visible(text) for text in grid.token_labels],
        "layers": list(grid.layer_labels),
        "cells": map_.cell_text,
        "request": map_.request,
        "view": dict(map_.view),
        **_of_text(map_),
        **_of_score(map_),
        **_columns(map_),
        **({"lines": _lines(map_.lines)} if map_.lines else {}),
        **_marked(map_.marks),
    }


def _is_whole(grid: LayerTokenGrid) -> bool:
    measure = Measure.named(grid.name)
    return measure is not None and measure.spec.is_whole


def _of_text(map_: MapData) -> dict[str, Any]:
    """Entries only the map of one text has; any other map has a title instead."""
    tokens, made = map_.tokens, map_.provenance
    if tokens is None:
        return {"about": map_.title}
    return {
        "ids": list(tokens.ids),
        "withSinks": tokens.with_sinks,
        "log10": map_.colours.scale is Scale.LOG10,
        "predictions": tokens.has_predictions,
        "next": [text and visible(text) for text in tokens.followers],
        "ends": map_.colours.ends if map_.colours.is_fixed else None,
        **({} if tokens.say_it_all else {"about": map_.title}),
        "measure": map_.view.get("measure"),
        "site": map_.view.get("site"),
        "madeBy": {"model": made.model, "revision": made.revision, "dtype": made.dtype},
    }


def _of_score(map_: MapData) -> dict[str, Any]:
    """Study and probes behind a probe score."""
    if not map_.probes:
        return {}
    values = map_.grid.values
    probe = map_.probes[0] if len(map_.probes) == 1 else None
    empty = np.flatnonzero(np.isnan(values).all(axis=0)).tolist()
    told = {"source": map_.grid.source, "study": map_.view.get("study"), "probe": probe}
    return {**told, "empty": empty}


def _columns(map_: MapData) -> dict[str, Any]:
    """Names and positions of named columns; null marks a column drawn as missing."""
    if map_.columns is not None:
        shown = zip(map_.columns, map_.grid.token_labels, strict=True)
        return {
            "names": [column.name for column in map_.columns],
            "positions": [column.position for column in map_.columns],
            "tokens": [MISSING if column.position is None else visible(token)
                       for column, token in shown],
        }  # fmt: skip
    if not map_.grid.named_columns:
        return {}
    computed = map_.grid.values[map_.is_computed]
    there = ~np.isnan(computed).all(axis=0) if len(computed) else [True] * computed.shape[1]
    return {"positions": [at if is_there else None for at, is_there in enumerate(there)]}


def _lines(lines: Iterable[CellLine]) -> list[dict[str, Any]]:
    """More lines of every cell's tooltip."""
    return [
        {
            "label": line.label,
            "unit": line.unit,
            "values": _numbers(line.values),
            **({} if line.upper is None else {"upper": _numbers(line.upper)}),
            **({"labels": line.column_labels} if line.column_labels else {}),
        }
        for line in lines
    ]


def _marked(marks: Marks) -> dict[str, Any]:
    """Some cells outlined as one set, others dimmed and hatched; some rows and columns grey."""
    sets = {"outlined": marks.outlined, "dimmed": marks.dimmed}
    cells = {name: np.argwhere(set_).tolist() for name, set_ in sets.items() if set_ is not None}
    masked = {"maskedRows": marks.masked_rows, "maskedColumns": marks.masked_columns}
    return {**cells, **{name: list(places) for name, places in masked.items() if places}}


def make_room(figure: go.Figure, map_: MapData) -> None:
    """Enlarge a figure's margins for the columns' names below the map, and draw the brackets above
    it.
    """
    if map_.columns is not None:
        figure.layout.margin.b = NAMES_BELOW
        figure.layout.height += NAMES_BELOW - 80
    elif map_.grid.named_columns:
        figure.layout.margin.b = ROOM_FOR_NAMES
    add_brackets(figure, map_.brackets)


def add_brackets(figure: go.Figure, brackets: Sequence[Bracket]) -> None:
    """Draw a named line above each bracketed group of columns, and enlarge the figure to fit.

    Names of several columns are horizontal, stacked by level; names of one column are vertical,
    above them.
    """
    if not brackets:
        return
    spans = [bracket.level for bracket in brackets if bracket.first < bracket.last]
    top = BRACKET * (1 + max(spans, default=-1) + 1)
    for bracket in brackets:
        lies = bracket.first < bracket.last
        _bracket(figure, bracket, lies, BRACKET * (bracket.level + 1) if lies else top)
    standing = [bracket.name for bracket in brackets if bracket.first == bracket.last]
    longest = max((len(line) for name in standing for line in name.split("<br>")), default=0)
    room = top + (6 * longest + 4 if standing else 4)
    figure.layout.height += room
    figure.layout.margin.t = max(figure.layout.margin.t, 22) + room


def _bracket(figure: go.Figure, bracket: Bracket, lies: bool, up: int) -> None:
    """One name, its line ``up`` pixels above the map."""
    figure.add_shape(
        type="line",
        x0=bracket.first - 0.4,
        x1=bracket.last + 0.4,
        yref="y domain",
        ysizemode="pixel",
        yanchor=1,
        y0=up,
        y1=up,
        line={"width": 2, "color": "#4c97d3"},
    )
    figure.add_annotation(
        x=(bracket.first + bracket.last) / 2,
        y=1,
        yref="y domain",
        yanchor="bottom",
        yshift=up,
        text=bracket.name,
        showarrow=False,
        font={"size": 11},
        textangle=0 if lies else -90,
    )


def _numbers(values: Float[np.ndarray, "row token"]) -> list[list[float | None]]:
    rows = np.asarray(values, dtype=float).tolist()
    return [[value if np.isfinite(value) else None for value in row] for row in rows]
