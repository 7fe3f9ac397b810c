"""The panel of an opened cell of an AUC map, or of any other map that no one text belongs to."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.drawing.figures import GRAPH_CONFIG
from dashboard.drawing.marginals import FILL, LINE
from dashboard.maps.map_data import MapData

RULE = "#8a97a8"
"""Colour of reference lines, on light and on dark."""

Value = tuple[str, str]
"""Name of a number, and the number as written."""


def auc_cell(map_: MapData, row: int, column: int, more: Sequence[Component] = ()) -> Component:
    """Panel of one cell of a map that belongs to no single text, such as a map of AUCs.

    Its values and rank, a chart over layers and, for named columns, one over positions.
    """
    grid = map_.grid
    return html.Div(
        [
            html.H2(
                [
                    html.Code(grid.token_labels[column]),
                    html.Span(f"layer {grid.layer_labels[row]}"),
                ],
                className="cell-title",
            ),
            html.P(map_.title, className="muted"),
            values_list(cell_values(map_, row, column)),
            *more,
            html.H3(f"{map_.measure} of every layer at this position"),
            graph(layer_curve(map_, row, column)),
            *_positions(map_, row, column),
        ],
        tabIndex=0,  # so that a panel that scrolls can be reached by keyboard
    )


def _positions(map_: MapData, row: int, column: int) -> list[Component]:
    """Every position at one layer; of the tokens of a text there may be thousands."""
    if not map_.grid.named_columns:
        return []
    heading = html.H3(f"{map_.measure} of every position at this layer")
    return [heading, graph(position_bars(map_, row, column))]


def empty_auc_cell() -> Component:
    """Panel shown until a cell is clicked."""
    return html.Div(
        [
            html.H2("How to read this map", className="cell-title"),
            html.P(
                "Every cell is one linear probe: at this layer and this place in the answer, how "
                "often does it score a right answer above a wrong one? 0.5 is a coin, 1.0 is "
                "always. Hover to read a cell; click one to see what stands behind it.",
                className="muted",
            ),
        ]
    )


def cell_values(map_: MapData, row: int, column: int) -> list[Value]:
    """The cell's numbers: those that its tooltip has, and its rank."""
    values = map_.grid.values
    value = float(values[row, column])
    rank = 1 + int((values > value).sum())
    said = [(map_.measure, f"{value:.3f}"),
            ("rank", f"{rank} of {int(np.isfinite(values).sum())} cells")]  # fmt: skip
    for line in map_.lines:
        label = line.column_labels[column] if line.column_labels else line.label
        parts = [part for part in (line.values, line.upper) if part is not None]
        ends = [part[row, column if part.shape[1] > 1 else 0] for part in parts]
        said.append((label, " to ".join(map(_written, ends))))
    return said


def values_list(values: Sequence[Value]) -> Component:
    """Numbers under their names, one a line."""
    parts = [part for name, value in values for part in (html.Dt(name), html.Dd(value))]
    return html.Dl(parts, className="values")


def layer_curve(map_: MapData, row: int, column: int) -> go.Figure:
    """Every layer at one position, with its interval where there is one."""
    aucs = map_.grid.values[:, column]
    layers = list(range(len(aucs)))
    figure = go.Figure()
    interval = next((line for line in map_.lines if line.upper is not None), None)
    if interval is not None and interval.upper is not None:
        edges = (interval.values[:, column], interval.upper[:, column])
        for edge, fill in zip(edges, (None, "tonexty"), strict=True):
            figure.add_scatter(x=layers, y=edge, mode="lines", line={"width": 0}, fill=fill,
                               fillcolor=FILL, hoverinfo="skip")  # fmt: skip
    names = list(map_.grid.layer_labels)
    figure.add_scatter(x=layers, y=aucs, mode="lines", line={"color": LINE}, customdata=names,
                       hovertemplate="layer %{customdata}: %{y:.3f}<extra></extra>")  # fmt: skip
    figure.add_vline(x=row, line={"width": 1, "dash": "dot", "color": RULE})
    if map_.grid.midpoint is not None:
        dashed = {"width": 1, "dash": "dash", "color": RULE}
        figure.add_hline(y=map_.grid.midpoint, line=dashed)
    labels = {str(at): name for at, name in enumerate(names) if name != str(at)}
    small_layout(figure, "layer", map_.measure, xaxis={"labelalias": labels, "tickformat": "d"})
    return figure


def position_bars(map_: MapData, row: int, column: int) -> go.Figure:
    """Every position at one layer, as bars from the value that means nothing."""
    names = list(map_.grid.token_labels)
    values, base = map_.grid.values[row], map_.grid.midpoint or 0.0
    colours = [LINE if at == column else "rgba(76, 151, 211, 0.45)" for at in range(len(names))]
    bars = go.Bar(y=names, x=values - base, base=base, orientation="h",
                  marker={"color": colours}, customdata=values,
                  hovertemplate="%{y}: %{customdata:.3f}<extra></extra>")  # fmt: skip
    figure = go.Figure(bars)
    names_axis = {"autorange": "reversed", "type": "category", "dtick": 1}
    small_layout(figure, map_.measure, "", yaxis=names_axis, height=90 + 17 * len(names))
    figure.layout.margin.l = 150
    return figure


def small_layout(figure: go.Figure, x: str, y: str, **more: object) -> None:
    """Set the size, fonts and axis titles of a small figure in the panel."""
    axis = {"zeroline": False}
    figure.update_layout(
        template="none",
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        height=230,
        margin={"l": 46, "r": 8, "t": 8, "b": 40},
        showlegend=False,
        font={"size": 11, "family": "Inter, system-ui, sans-serif"},
        xaxis={**axis, "title": {"text": x, "standoff": 6}},
        yaxis={**axis, "title": {"text": y, "standoff": 4}},
    )
    figure.update_layout(**more)


def graph(figure: go.Figure) -> Component:
    """A Plotly graph component for a small figure, without tools."""
    return dcc.Graph(figure=figure, config=GRAPH_CONFIG, className="paths")


def _written(value: float) -> str:
    if not np.isfinite(value):
        return "none here"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:.3f}"
