"""The panel of an opened cell of an AUC map."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.maps.figures import GRAPH_CONFIG
from dashboard.maps.marginals import FILL, LINE
from dashboard.views.probe.maps.auc_map import CHANCE, AucMap

RULE = "#8a97a8"
"""Of lines to compare with, on light and on dark."""

Value = tuple[str, str]
"""What a number is, and the number as it is written."""


def auc_cell(auc_map: AucMap, row: int, column: int, more: Sequence[Component] = ()) -> Component:
    """One cell: what it is worth, its rank, and the AUC of every layer at this position."""
    grid = auc_map.grid
    return html.Div(
        [
            html.H2(
                [
                    html.Code(grid.token_labels[column]),
                    html.Span(f"layer {grid.layer_labels[row]}"),
                ],
                className="cell-title",
            ),
            html.P(auc_map.title, className="muted"),
            values_list(cell_values(auc_map, row, column)),
            *more,
            html.H3("AUC of every layer at this position"),
            graph(layer_curve(auc_map, row, column)),
            html.H3("AUC of every position at this layer"),
            graph(position_bars(auc_map, row, column)),
        ],
        tabIndex=0,  # so that a panel that scrolls can be reached by keyboard
    )


def empty_auc_cell() -> Component:
    """What stands in the panel's place until a cell is clicked."""
    return html.Div(
        [
            html.H2("No cell open", className="cell-title"),
            html.P(
                "Every cell is one linear probe: at this layer and this place in the answer, how "
                "often does it score a right answer above a wrong one? 0.5 is a coin, 1.0 is "
                "always. Hover to read a cell; click one to see what stands behind it.",
                className="muted",
            ),
        ]
    )


def cell_values(auc_map: AucMap, row: int, column: int) -> list[Value]:
    """The cell's numbers: those that its tooltip has, and its rank."""
    values = auc_map.grid.values
    value = float(values[row, column])
    rank = 1 + int((values > value).sum())
    said = [("AUC", f"{value:.3f}"),
            ("rank", f"{rank} of {int(np.isfinite(values).sum())} cells")]  # fmt: skip
    for line in auc_map.lines:
        label = line.column_labels[column] if line.column_labels else line.label
        ends = [part[row, column] for part in (line.values, line.upper) if part is not None]
        said.append((label, " to ".join(map(_written, ends))))
    return said


def values_list(values: Sequence[Value]) -> Component:
    """Numbers under their names, one a line."""
    parts = [part for name, value in values for part in (html.Dt(name), html.Dd(value))]
    return html.Dl(parts, className="values")


def layer_curve(auc_map: AucMap, row: int, column: int) -> go.Figure:
    """The AUC of every layer at one position, with its interval where there is one."""
    aucs = auc_map.grid.values[:, column]
    layers = list(range(len(aucs)))
    figure = go.Figure()
    interval = next((line for line in auc_map.lines if line.upper is not None), None)
    if interval is not None and interval.upper is not None:
        edges = (interval.values[:, column], interval.upper[:, column])
        for edge, fill in zip(edges, (None, "tonexty"), strict=True):
            figure.add_scatter(x=layers, y=edge, mode="lines", line={"width": 0}, fill=fill,
                               fillcolor=FILL, hoverinfo="skip")  # fmt: skip
    names = list(auc_map.grid.layer_labels)
    figure.add_scatter(x=layers, y=aucs, mode="lines", line={"color": LINE}, customdata=names,
                       hovertemplate="layer %{customdata}: %{y:.3f}<extra></extra>")  # fmt: skip
    figure.add_vline(x=row, line={"width": 1, "dash": "dot", "color": RULE})
    figure.add_hline(y=CHANCE, line={"width": 1, "dash": "dash", "color": RULE})
    labels = {str(at): name for at, name in enumerate(names) if name != str(at)}
    small_layout(figure, "layer", "AUC", xaxis={"labelalias": labels, "tickformat": "d"})
    return figure


def position_bars(auc_map: AucMap, row: int, column: int) -> go.Figure:
    """The AUC of every position at one layer, as bars from chance."""
    names = list(auc_map.grid.token_labels)
    aucs = auc_map.grid.values[row]
    colours = [LINE if at == column else "rgba(76, 151, 211, 0.45)" for at in range(len(names))]
    bars = go.Bar(y=names, x=aucs - CHANCE, base=CHANCE, orientation="h",
                  marker={"color": colours}, customdata=aucs,
                  hovertemplate="%{y}: %{customdata:.3f}<extra></extra>")  # fmt: skip
    figure = go.Figure(bars)
    small_layout(figure, "AUC", "", yaxis={"autorange": "reversed", "type": "category", "dtick": 1},
                 height=90 + 17 * len(names))  # fmt: skip
    figure.layout.margin.l = 150
    return figure


def small_layout(figure: go.Figure, x: str, y: str, **more: object) -> None:
    """The looks of a small figure in the panel."""
    axis = {"zeroline": False}
    figure.update_layout(
        template="none",
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        height=230,
        margin={"l": 46, "r": 8, "t": 8, "b": 40},
        showlegend=False,
        font={"size": 11},
        xaxis={**axis, "title": {"text": x, "standoff": 6}},
        yaxis={**axis, "title": {"text": y, "standoff": 4}},
    )
    figure.update_layout(**more)


def graph(figure: go.Figure) -> Component:
    """A small figure."""
    return dcc.Graph(figure=figure, config=GRAPH_CONFIG, className="paths")


def _written(value: float) -> str:
    if not np.isfinite(value):
        return "none here"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:.3f}"
