"""The small charts of an opened cell, as numbers that ``assets/cell/charts.js`` draws.

A Plotly figure takes some 50 ms to draw, and a panel has three of these: a cell is to open at once.
"""

from collections.abc import Iterable

import numpy as np
import orjson
from dash import html
from dash.development.base_component import Component
from jaxtyping import Float, Int

from dashboard.drawing.colours import BLUES
from dashboard.page.labels import visible
from model_backend import CellDetail

MOST_HUES = 5
"""Number of lines of a chart with a hue of their own, in ``assets/cell.css``; more look alike."""

MOST_TOKENS = 32
"""An attention map is as wide as the panel: beyond this many tokens it shows the largest."""


def path_chart(detail: CellDetail) -> list[Component]:
    """Chart the probability of each of a cell's predictions at every layer of its position.

    The first have hues and are named above the chart; the others are thin lines, each with its
    name one hover away.
    """
    names = [visible(prediction.text) for prediction in detail.predictions]
    hues = enumerate(names[:MOST_HUES])
    legend = [html.Li(html.Code(name), className=f"hue-{at}") for at, name in hues]
    if len(names) > MOST_HUES:
        legend.append(html.Li(f"the {len(names) - MOST_HUES} after them", className="others"))
    numbers = {
        "row": detail.row,
        "layers": detail.layer_labels,
        "names": names,
        "lines": _rounded(detail.paths.T),
        "hues": MOST_HUES,
    }
    said = f"Probability of the {len(names)} likeliest tokens at every layer"
    return [html.Ul(legend, className="legend"), _chart("paths", numbers, said)]


def most_attended(weights: Float[np.ndarray, "head token"]) -> Int[np.ndarray, " shown"]:
    """The positions with the largest attention weight of any head, as many as the chart has room
    for.
    """
    largest = np.max(np.nan_to_num(weights, nan=-1), axis=0)
    return np.sort(np.argsort(-largest, kind="stable")[:MOST_TOKENS])


def attention_chart(
    weights: Float[np.ndarray, "head token"],
    tokens: tuple[str, ...],
    shown: Int[np.ndarray, " shown"],
    said: str,
) -> Component:
    """A heatmap of attention weights, heads x the positions ``shown``, 0 to 1; NaN cells stay
    blank.
    """
    numbers = {
        "hues": [colour for _, colour in BLUES],
        "positions": shown.tolist(),
        "tokens": [visible(tokens[position]) for position in shown],
        "weights": _rounded(weights[:, shown]),
    }
    return _chart("attention", numbers, f"Attention {said}, by head and token")


def _chart(kind: str, numbers: dict[str, object], said: str) -> Component:
    data = orjson.dumps(numbers).decode()
    return html.Div(
        className=f"chart {kind}", role="img", **{"data-chart": data, "aria-label": said}
    )


def _rounded(rows: Iterable[Float[np.ndarray, " value"]]) -> list[list[float | None]]:
    return [
        [round(float(value), 4) if np.isfinite(value) else None for value in row] for row in rows
    ]
