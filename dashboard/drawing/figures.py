"""Every figure of the page. One function draws every layer x token grid, wherever it came from."""

from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Bool

from dashboard.drawing.cells import PERCENT, dark_scale, draw_cells, is_in_percent, value_form
from dashboard.drawing.figure_meta import figure_meta, make_room
from dashboard.drawing.marginals import layer_profile, profile_range, token_profile
from dashboard.maps.map_data import Colours, MapData
from dashboard.page.labels import visible
from model_backend import Colouring, LayerTokenGrid, Scale, colour

GRAPH_CONFIG = {
    "showSendToCloud": False,
    "plotlyServerURL": "",
    "displaylogo": False,
    "displayModeBar": False,
    "responsive": True,
    "showTips": False,
    "doubleClick": False,
}
"""For every graph: plotly.js would otherwise offer to post the chart to a public cloud."""

MAP_WIDTH = (0.0, 0.89)
MAP_HEIGHT = (0.2, 1.0)
"""The share of a figure's width and height that the map takes; its profiles have the rest."""

POWERS = {
    "tickvals": list(range(-12, 13, 2)),
    "ticktext": [
        {0: "1", 2: "100", 4: "10k"}.get(power, f"1e{power}") for power in range(-12, 13, 2)
    ],
    "tickangle": 0,
}
"""Ticks of a profile whose numbers are logarithms."""

MARK = "▾"
"""Above every token that is left out of the colour range."""


def grid_heatmap(
    grid: LayerTokenGrid,
    *,
    scale: Scale = Scale.INTENSITY,
    per_layer: bool = False,
    left_out: Bool[np.ndarray, " token"] | None = None,
    ends: tuple[float, float] | None = None,
) -> go.Figure:
    """Draw a grid: layers upwards from the embedding, one column for every token position.

    Beside it the profile of the layers, below it that of the tokens, in the grid's own unit.

    Args:
        grid: what to draw; NaN cells stay blank.
        scale: how values become colours.
        per_layer: whether each layer has an intensity range of its own.
        left_out: positions that have no say in the colour range and are marked above the map.
        ends: the values at both ends of the colours, for maps that share a scale; not for an
            intensity, which has its own.
    """
    left_out = np.zeros(len(grid.token_labels), dtype=bool) if left_out is None else left_out
    colours = Colours(scale=scale, per_layer=per_layer, ends=ends)
    return _picture(grid, colours, left_out, np.zeros(grid.values.shape, dtype=bool))


def draw(map_: MapData) -> go.Figure:
    """The figure of a map, with all that the browser knows of its cells in ``layout.meta``."""
    figure = _picture(map_.drawn, map_.colours, map_.left_out, map_.masked)
    figure.layout.meta = {**figure.layout.meta, **figure_meta(map_)}
    make_room(figure, map_)
    mark_missing_rows(figure, map_)
    return figure


def _picture(
    grid: LayerTokenGrid,
    colours: Colours,
    left_out: Bool[np.ndarray, " token"],
    masked: Bool[np.ndarray, "row token"],
) -> go.Figure:
    """Cells, profiles and marks; what ``masked`` hides has no say in colours and profiles."""
    colouring = colour(
        grid.values,
        colours.scale,
        per_layer=colours.per_layer,
        left_out=left_out | masked,
        low_is_dark=colours.low_is_dark,
    )
    cells = draw_cells(grid, colouring, colours)
    cells.colorbar.update(len=MAP_HEIGHT[1] - MAP_HEIGHT[0], y=sum(MAP_HEIGHT) / 2)
    figure = go.Figure(cells, layout=_heatmap_layout(grid, some_left_out=bool(left_out.any())))
    shown = colouring.z if colours.scale is Scale.LOG10 else grid.values
    form = value_form(grid, colours)
    of_layers = layer_profile(shown, left_out, masked, form)
    figure.add_traces([*of_layers, *token_profile(shown, masked, form)])
    figure.layout.yaxis2.range = profile_range(shown, left_out, masked)
    if is_in_percent(grid, colours):
        for axis in (figure.layout.xaxis2, figure.layout.yaxis2):
            axis.update(tickformat=PERCENT)
            axis.title.text = axis.title.text.replace("median of", "median in %,")
    if colours.scale is Scale.LOG10:
        figure.layout.xaxis2.update(POWERS)
        figure.layout.yaxis2.update(POWERS)
    figure.layout.annotations = _left_out_marks(left_out)
    figure.layout.meta = {
        "leftOut": np.flatnonzero(left_out).tolist(),
        "darkColours": dark_scale(grid, cells, colours),
        **_range_of(colouring),
    }
    return figure


def _range_of(colouring: Colouring) -> dict[str, Any]:
    """Numbers that turn an intensity back into its value."""
    if colouring.range is None:
        return {}
    return {"low": colouring.range.low.tolist(), "high": colouring.range.high.tolist()}


def mark_missing_rows(figure: go.Figure, map_: MapData) -> None:
    """Say on the map itself which rows are not computed yet."""
    there = map_.is_computed
    edges = np.flatnonzero(np.diff(np.concatenate([[True], there, [True]]).astype(int)))
    for first, end in edges.reshape(-1, 2):
        across = {"xref": "x domain", "x0": 0, "x1": 1}
        looks = {"layer": "below", "line": {"width": 0}, "fillcolor": "rgba(127, 137, 150, 0.18)"}
        figure.add_shape(type="rect", yref="y", y0=first - 0.5, y1=end - 0.5, **across, **looks)
        figure.add_annotation(
            text="not computed yet",
            x=0.5,
            xref="x domain",
            y=(first + end - 1) / 2,
            yref="y",
            showarrow=False,
            font={"size": 11},
        )


def empty_figure() -> go.Figure:
    """A blank figure of a map's size, shown before the first map is drawn."""
    # Without fixedrange its invisible axis would catch the pointer within the map drawn later.
    hidden, clear = {"visible": False, "fixedrange": True}, "rgba(0,0,0,0)"
    layout = {"height": 520, "template": "none", "paper_bgcolor": clear, "plot_bgcolor": clear}
    return go.Figure(layout={**layout, "xaxis": hidden, "yaxis": hidden})


def _heatmap_layout(grid: LayerTokenGrid, *, some_left_out: bool) -> go.Layout:
    n_rows, n_tokens = grid.values.shape
    tokens = {
        str(position): escape(visible(text)) for position, text in enumerate(grid.token_labels)
    }
    rows = {str(row): label for row, label in enumerate(grid.layer_labels) if label != str(row)}
    # Positions, not token texts, are the x values: Plotly merges equal categories. Aliases, unlike
    # tick texts, cost nothing for the ticks that are not shown.
    # A tick between two positions, when zoomed in far, shows a fraction and never a token's name.
    # Plotly would measure whether each label leaves the picture: half of the time that it draws. On
    # a page with CSS zoom it takes them all to leave it, and the title below them with them.
    unmeasured = {"ticklabeloverflow": "allow"}
    ticks: dict[str, Any] = {**unmeasured, "tickformat": ".6~g"}
    positions = {**ticks, "labelalias": tokens, "range": [-0.5, n_tokens - 0.5]}
    layers = {**ticks, "labelalias": rows, "range": [-0.5, n_rows - 0.5]}
    bare = {"showgrid": False, "zeroline": False, "ticks": ""}
    profile = {**bare, **unmeasured, "nticks": 3, "fixedrange": True}
    columns = f"all {'positions' if grid.named_columns else 'tokens'}"
    over = f"{columns}<br>but {MARK}" if some_left_out else columns  # zoomed in or not
    return go.Layout(
        template="none",
        height=int(np.clip(22 * n_rows, 300, 640)) + 200,
        margin={"l": 68, "r": 14, "t": 22, "b": 72},
        hovermode="closest",
        dragmode="zoom",
        xaxis={**positions, **bare, "nticks": 40, "domain": MAP_WIDTH, "anchor": "y2"},
        yaxis={**layers, **bare, "nticks": 26, "domain": MAP_HEIGHT, "title": {"text": "layer"}},
        xaxis2={**profile, "domain": (MAP_WIDTH[1] + 0.015, 1), "title": _median_of(over)},
        yaxis2={
            **profile,
            "domain": (0, MAP_HEIGHT[0] - 0.03),
            "title": _median_of("all layers"),
        },
    )


def _median_of(what: str) -> dict[str, Any]:
    return {"text": f"median of<br>{what}", "font": {"size": 11}, "standoff": 4}


def _left_out_marks(left_out: Bool[np.ndarray, " token"]) -> list[dict[str, Any]]:
    mark = {"text": MARK, "y": 1, "yref": "y domain", "yanchor": "bottom", "showarrow": False}
    looks = {"font": {"color": "#d9822b", "size": 13}, "hovertext": "left out, as a sink"}
    return [{**mark, **looks, "x": int(position)} for position in np.flatnonzero(left_out)]
