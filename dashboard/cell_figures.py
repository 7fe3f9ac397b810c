"""The small figures of an opened cell: its predictions' paths, and attention by head and token."""

from html import escape

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float, Int

from dashboard.hues import BLUES
from dashboard.labels import visible
from model_backend import CellDetail

LINES = ("#1c66ae", "#d98a25", "#2b9a8b", "#a3509f", "#7d8896")
"""Hues that can be told apart in light and dark, the likeliest prediction first."""

MOST_TOKENS = 32
"""An attention map is as wide as the panel: beyond this many tokens it shows the largest."""

CLEAR = {"template": "none", "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)"}


def path_lines(detail: CellDetail, *, most: int = 5) -> go.Figure:
    """How likely each of a cell's first predictions is at every layer of its position."""
    layers = list(range(len(detail.layer_labels)))
    lines = [
        go.Scatter(
            x=layers,
            y=detail.paths[:, rank].tolist(),
            name=escape(visible(prediction.text)),
            mode="lines",
            line={"width": 2, "color": LINES[rank % len(LINES)]},
            hovertemplate="layer %{x}: %{y:.1%}<extra>%{fullData.name}</extra>",
        )
        for rank, prediction in enumerate(detail.predictions[:most])
    ]
    chosen = [
        go.Scatter(
            x=[detail.row] * len(lines),
            y=[line.y[detail.row] for line in lines],
            mode="markers",
            marker={"size": 7, "color": LINES[: len(lines)]},
            showlegend=False,
            hoverinfo="skip",
        )
    ]
    figure = go.Figure([*lines, *chosen])
    figure.add_vline(x=detail.row, line={"width": 1, "dash": "dot"})
    last = len(layers) - 1
    figure.update_layout(
        **CLEAR,
        height=220,
        margin={"l": 40, "r": 8, "t": 8, "b": 34},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        hovermode="closest",
        font={"size": 11},
        xaxis={
            "title": "layer",
            "tickformat": "d",
            "labelalias": {"0": "embed"},
            "zeroline": False,
            "showgrid": False,
            "range": [-0.3, last + 0.3],
        },
        yaxis={"tickformat": ".0%", "rangemode": "tozero", "zeroline": False, "nticks": 4},
    )
    return figure


def most_attended(weights: Float[np.ndarray, "head token"]) -> Int[np.ndarray, " shown"]:
    """The positions an attention map has room for: those with the largest weight of any head."""
    largest = np.max(np.nan_to_num(weights, nan=-1), axis=0)
    return np.sort(np.argsort(-largest, kind="stable")[:MOST_TOKENS])


def attention_map(
    weights: Float[np.ndarray, "head token"],
    tokens: tuple[str, ...],
    shown: Int[np.ndarray, " shown"],
) -> go.Figure:
    """Attention weights of every head, 0 to 1, at the tokens ``shown``; NaN cells are blank."""
    names = [visible(tokens[position]) for position in shown]
    n_heads = len(weights)
    heatmap = go.Heatmap(
        z=weights[:, shown].astype(np.float32),
        zmin=0,
        zmax=1,
        colorscale=BLUES,
        showscale=False,
        xgap=1,
        ygap=1,
        hoverongaps=False,
        hovertemplate="head %{y} · %{x} · %{z:.1%}<extra></extra>",
    )
    aliases = {str(column): escape(name) for column, name in enumerate(names)}
    figure = go.Figure(heatmap)
    axis = {"showgrid": False, "zeroline": False, "fixedrange": True, "ticks": ""}
    figure.update_layout(
        **CLEAR,
        height=70 + max(11 * n_heads, 60),
        margin={"l": 40, "r": 8, "t": 4, "b": 58},
        font={"size": 10},
        xaxis={**axis, "tickformat": ".6~g", "labelalias": aliases, "dtick": 1, "tickangle": -60},
        yaxis={**axis, "tickformat": "d", "title": "head", "nticks": 6},
    )
    return figure
