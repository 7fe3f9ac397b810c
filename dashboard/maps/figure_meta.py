"""What the browser knows of a map besides its numbers: everything in a figure's ``layout.meta``.

``FigureMeta`` in ``assets/map/types.js`` declares every key with its type and meaning; a test
compares the two. Every list of columns has one entry for each column of the map. ``request`` is
JSON that says what the map is of: it is sent back, with row and position, when a cell is opened.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Bool, Float

from dashboard.maps.map_data import Bracket, CellLine, Column, Score
from dashboard.page.labels import visible
from model_backend import LayerTokenGrid

BRACKET = 18
"""Pixels from one level of brackets to the next; below the first are the marks of sinks."""

NAMES_BELOW = 210
"""Pixels below a map for names of columns, which are written aslant."""

MISSING = "—"
"""What is written in the place of a token that does not exist."""


def describe_cells(figure: go.Figure, grid: LayerTokenGrid, **more: Any) -> None:
    """Say what the grid's numbers and labels are; ``more`` are further keys of ``FigureMeta``."""
    figure.layout.meta = {
        "name": grid.name,
        "unit": grid.unit,
        "tokens": [visible(text) for text in grid.token_labels],
        "layers": list(grid.layer_labels),
        **(figure.layout.meta or {}),
        **more,
    }


def name_columns(figure: go.Figure, columns: Sequence[Column]) -> None:
    """Give columns names above their tokens; those without a position are drawn as missing."""
    tokens = figure.layout.meta["tokens"]
    figure.layout.meta = {
        **figure.layout.meta,
        "names": [column.name for column in columns],
        "positions": [column.position for column in columns],
        "tokens": [MISSING if column.position is None else token
                   for column, token in zip(columns, tokens, strict=True)],
    }  # fmt: skip
    figure.layout.margin.b = NAMES_BELOW
    figure.layout.height += NAMES_BELOW - 80


def add_lines(figure: go.Figure, lines: Iterable[CellLine]) -> None:
    """Give every cell's tooltip more lines."""
    packed = [
        {
            "label": line.label,
            "unit": line.unit,
            "values": _numbers(line.values),
            **({} if line.upper is None else {"upper": _numbers(line.upper)}),
            **({"labels": line.column_labels} if line.column_labels else {}),
        }
        for line in lines
    ]
    figure.layout.meta = {**figure.layout.meta, "lines": packed}


def describe_score(figure: go.Figure, score: Score) -> None:
    """Say what a probe score rests on, and hatch what may be chance."""
    probe = score.probes[0] if len(score.probes) == 1 else None
    empty = np.flatnonzero(np.isnan(score.grid.values).all(axis=0)).tolist()
    told = {"source": score.grid.source, "study": score.study, "probe": probe, "empty": empty}
    figure.layout.meta = {**figure.layout.meta, **told}
    add_lines(figure, score.lines)
    mark_cells(figure, dimmed=score.hatched)


def mark_cells(
    figure: go.Figure,
    *,
    outlined: Bool[np.ndarray, "row token"] | None = None,
    dimmed: Bool[np.ndarray, "row token"] | None = None,
) -> None:
    """Outline some cells as one set, and dim and hatch others."""
    sets = {"outlined": outlined, "dimmed": dimmed}
    cells = {name: np.argwhere(set_).tolist() for name, set_ in sets.items() if set_ is not None}
    figure.layout.meta = {**figure.layout.meta, **cells}


def add_brackets(figure: go.Figure, brackets: Sequence[Bracket]) -> None:
    """Draw names above columns, each over a line from its first column to its last.

    Names of several columns lie, each level above the one before; those of one column stand on top.
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
    room = top + (7 * longest if standing else 4)
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
