"""The small charts of an opened cell, as numbers that ``assets/cell/charts.js`` draws.

A Plotly figure takes some 50 ms to draw, and a panel has three of these: a cell is to open at once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import orjson
from dash import html
from dash.development.base_component import Component
from jaxtyping import Float, Int

from dashboard.drawing.colours import DARK, LIGHT
from dashboard.page.labels import visible
from model_backend import Attribution, CellDetail

MOST_HUES = 5
"""Predictions that are named whatever their path."""

N_HUES = 10
"""Number of hues of lines, in ``assets/cell.css``; more lines begin again, and are dashed."""

NAMED_FROM = 0.2
"""A line that passes this share at any layer has a name."""

MOST_TOKENS = 32
"""An attention map is as wide as the panel: beyond this many tokens it shows the largest."""


class AtRow(Protocol):
    """Anything that is of one row of a map."""

    @property
    def row(self) -> int: ...
    @property
    def layer_labels(self) -> tuple[str, ...]: ...


PART_HUES = (2, 3)
"""Hues of attention and of the MLP."""


@dataclass(frozen=True, eq=False)
class Path:
    """The probability of one token at every layer of a position."""

    name: str
    shares: Float[np.ndarray, " layer"]
    """NaN where it is not known."""

    @property
    def most(self) -> float:
        """Its largest probability; below 0 where none is known."""
        return float(np.max(np.nan_to_num(self.shares, nan=-1.0)))


def path_chart(detail: CellDetail) -> list[Component]:
    """Chart the probability of each of a cell's predictions at every layer of its position.

    Tokens that the map tracks come first, then the predictions. Those that pass ``NAMED_FROM`` at
    any layer and the likeliest here are named above the chart; the others are thin lines, each
    with its name one hover away.
    """
    paths = [
        Path(visible(one.text), detail.paths[:, at]) for at, one in enumerate(detail.predictions)
    ]
    known = {one.token_id for one in detail.predictions}
    tracked = [at for at, one in enumerate(detail.chosen) if one.token_id not in known]
    if detail.chosen_paths is not None:
        columns = detail.chosen_paths.T
        paths = [*(Path(visible(detail.chosen[at].text), columns[at]) for at in tracked), *paths]
    n_named = len(tracked) + MOST_HUES
    named = {id(path) for at, path in enumerate(paths)
             if at < n_named or path.most > NAMED_FROM}  # fmt: skip
    paths = sorted(paths, key=lambda path: id(path) not in named)
    said = f"Probability of {len(paths)} tokens at every layer"
    return paths_chart(detail, paths, len(named), said)


def paths_chart(place: AtRow, paths: Sequence[Path], n_named: int, said: str) -> list[Component]:
    """A legend of the first ``n_named`` paths, and the chart of all."""
    hues = enumerate(paths[:n_named])
    legend = [html.Li(html.Code(path.name), className=f"hue-{at % N_HUES}") for at, path in hues]
    if len(paths) > n_named:
        legend.append(html.Li(f"the {len(paths) - n_named} after them", className="others"))
    numbers = {
        "row": place.row,
        "layers": place.layer_labels,
        "names": [path.name for path in paths],
        "lines": _rounded(path.shares for path in paths),
        "hues": n_named,
    }
    return [html.Ul(legend, className="legend"), _chart("paths", numbers, said)]


def parts_chart(found: Attribution) -> list[Component]:
    """Chart what attention and MLP of every layer wrote for one token rather than another."""
    names = ("attention", "MLP")
    legend = [
        html.Li(name, className=f"hue-{at}") for at, name in zip(PART_HUES, names, strict=True)
    ]
    numbers = {
        "row": found.row,
        "layers": found.layer_labels[1:],
        "names": names,
        "hues": PART_HUES,
        "bars": _rounded([found.attention, found.mlp]),
    }
    said = "Logits that attention and MLP of every layer wrote for it"
    return [html.Ul(legend, className="legend"), _chart("parts", numbers, said)]


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
        "hues": [[colour for _, colour in palette.blues] for palette in (LIGHT, DARK)],
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
