"""Two maps on one scale, and their difference where tokens stand beside each other."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard.figures import drawing, grid_heatmap
from dashboard.labels import visible
from dashboard.map_meta import add_lines, describe_cells
from dashboard.subject import CellLine, Look, Request, Subject
from model_backend import (
    Align,
    BadRequest,
    Difference,
    LayerTokenGrid,
    Scale,
    align_layers,
    align_tokens,
    colour,
    subtract,
)

CLIPPED_ABOVE = 98
"""The percentile of absolute differences at which their colours end."""


@dataclass(frozen=True, eq=False)
class Side:
    """One of the two maps: what it is of, how it is looked at, and how it was asked for."""

    subject: Subject
    look: Look
    request: Request

    @property
    def grid(self) -> LayerTokenGrid:
        """What it shows."""
        return self.subject.grid(self.look.measure, self.look.site)

    @property
    def tokens(self) -> tuple[str, ...]:
        """The texts by which its tokens are told to be equal, whatever the tokenizer."""
        return self.grid.token_labels


def same_measure(left: Side, right: Side) -> bool:
    """Whether the numbers of both sides can be laid on one scale, and subtracted."""
    return (left.look.measure, left.look.site) == (right.look.measure, right.look.site)


def side_figures(left: Side, right: Side) -> tuple[go.Figure, go.Figure]:
    """Both maps; on one scale if they show the same measure."""
    ends = _shared_ends(left, right) if same_measure(left, right) else None
    one, other = (_side_figure(side, ends) for side in (left, right))
    return one, other


def _side_figure(side: Side, ends: tuple[float, float] | None) -> go.Figure:
    figure = drawing(side.subject, side.look, ends=ends)
    figure.layout.meta = {**figure.layout.meta, "request": side.request}
    return figure


def _shared_ends(left: Side, right: Side) -> tuple[float, float]:
    """The 2nd and 98th percentile of the cells of both maps together, sinks left out."""
    kept = [side.grid.values[:, ~side.subject.is_sink].ravel() for side in (left, right)]
    both = colour(np.concatenate(kept)[None, :], left.look.scale)
    return both.zmin, both.zmax


def lay_over(left: Side, right: Side, how: Align) -> Difference | None:
    """Left less right, or None where no token stands beside another or the measures differ."""
    pairs = align_tokens(left.tokens, right.tokens, how)
    return subtract(left.grid, right.grid, pairs) if pairs and same_measure(left, right) else None


def partners(left: Side, right: Side, how: Align) -> dict[str, Any]:
    """Which columns and rows belong together, for assets/compare.js to link what is pointed at."""
    pairs = align_tokens(left.tokens, right.tokens, how)
    n_left, n_right = len(left.grid.values), len(right.grid.values)
    return {
        "columns": [[pair.left, pair.right] for pair in pairs],
        "rightOfLeft": align_layers(n_left, n_right).tolist(),
        "leftOfRight": align_layers(n_right, n_left).tolist(),
        "leftIsDeeper": n_left >= n_right,
    }


def difference_figure(difference: Difference, left: Side, right: Side) -> go.Figure:
    """Blue where the left map is larger, amber where the right one is; 0 in the middle."""
    sinks = np.array([bool(left.subject.is_sink[pair.left] or right.subject.is_sink[pair.right])
                      for pair in difference.pairs])  # fmt: skip
    grid = replace(difference.grid, token_labels=_both_tokens(difference, left, right))
    end = _end(grid.values[:, ~sinks])
    figure = grid_heatmap(grid, scale=Scale.RAW, left_out=sinks, ends=(-end, end))
    request = {"left": dict(left.request), "right": dict(right.request)}
    about = " − ".join(side.subject.inspection.model for side in (left, right))  # noqa: RUF001
    describe_cells(figure, grid, request=request, about=about)
    sides = (("left", difference.left), ("right", difference.right))
    add_lines(figure, [CellLine(name, values, unit=grid.unit) for name, values in sides])
    return figure


def _end(values: np.ndarray) -> float:
    sizes = np.abs(values[np.isfinite(values)])
    return float(np.percentile(sizes, CLIPPED_ABOVE)) or 1.0 if sizes.size else 1.0


def _both_tokens(difference: Difference, left: Side, right: Side) -> tuple[str, ...]:
    texts = [(left.tokens[pair.left], right.tokens[pair.right]) for pair in difference.pairs]
    return tuple(one if one == other else f"{one}|{other}" for one, other in texts)


def alignment_notes(left: Side, right: Side, how: Align) -> list[str]:
    """How the two maps were laid over each other, in sentences."""
    n_pairs = len(align_tokens(left.tokens, right.tokens, how))
    n_left, n_right = len(left.tokens), len(right.tokens)
    said = [f"Aligned by {how}: {n_pairs} of {n_left} tokens on the left and {n_right} on the "
            "right stand beside each other."]  # fmt: skip
    if not same_measure(left, right):
        said.append("The two sides show different measures: each has a scale of its own, and "
                    "there is no difference.")  # fmt: skip
    elif not n_pairs:
        said.append("With none, there is no difference. Align them another way.")
    rows = [len(side.grid.values) - 1 for side in (left, right)]
    if rows[0] != rows[1]:
        said.append(f"Layers stand beside those at the same fraction of depth: {rows[0]} on the "
                    f"left, {rows[1]} on the right, the nearer one where none fits.")  # fmt: skip
    return said


def differing_most(difference: Difference) -> str:
    """Where the two differ most, as a sentence."""
    values = difference.grid.values
    if not np.isfinite(values).any():
        raise BadRequest("No cell has a value on both sides.")
    if not np.nanmax(np.abs(values)):
        return "They are the same in every cell."
    row, column = np.unravel_index(np.nanargmax(np.abs(values)), values.shape)
    pair, layer = difference.pairs[column], difference.grid.layer_labels[row]
    token = visible(difference.grid.token_labels[column])
    one, other = difference.left[row, column], difference.right[row, column]
    return (
        f"They differ most at layer {layer}, {token} (position {pair.left} on the left, "
        f"{pair.right} on the right): {one:.4g} and {other:.4g}."
    )
