"""Two maps on one scale, and their difference where tokens stand beside each other."""

from dataclasses import dataclass, replace

import numpy as np
import plotly.graph_objects as go

from dashboard.maps.figure_meta import add_lines, describe_cells, name_columns
from dashboard.maps.figures import drawing, grid_heatmap
from dashboard.maps.map_data import CellLine, Column, Look, Subject
from dashboard.maps.synced_maps import Column as LinkedColumn
from dashboard.maps.synced_maps import Partners
from dashboard.page.labels import visible
from dashboard.page.requests import Request
from model_backend import (
    Align,
    BadRequest,
    Difference,
    LayerTokenGrid,
    Pair,
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

    @property
    def names(self) -> tuple[str, ...]:
        """What its columns are called; nothing where they are the tokens of a text."""
        return tuple(column.name for column in self.subject.columns or ())

    @property
    def where(self) -> str:
        """The measure, and its site where it has several."""
        return f"{self.look.measure} at {self.grid.site}" if self.grid.site else self.look.measure


def same_measure(left: Side, right: Side) -> bool:
    """Whether the numbers of both sides can be laid on one scale, and subtracted.

    Sites may differ: what a stream or a write holds is in the same unit wherever it is measured.
    """
    return left.look.measure == right.look.measure


def pair_columns(left: Side, right: Side, how: Align) -> tuple[Pair, ...]:
    """Which columns stand beside each other; one that is missing stands beside none."""
    if how is Align.NAME:
        found = align_tokens(left.names, right.names, how)
    else:
        found = align_tokens(_comparable(left, "left"), _comparable(right, "right"), how)
    absent = (left.subject.missing, right.subject.missing)
    return tuple(pair for pair in found if not (absent[0][pair.left] or absent[1][pair.right]))


def _comparable(side: Side, name: str) -> list[object]:
    """Its tokens; what is missing equals nothing, not even what is missing on the other side."""
    shown = zip(side.tokens, side.subject.positions, strict=True)
    return [(name, at) if position is None else token for at, (token, position) in enumerate(shown)]


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
    pairs = pair_columns(left, right, how)
    return subtract(left.grid, right.grid, pairs) if pairs and same_measure(left, right) else None


def partners(left: Side, right: Side, how: Align) -> Partners:
    """Which columns and rows belong together."""
    pairs = pair_columns(left, right, how)
    n_left, n_right = len(left.grid.values), len(right.grid.values)
    return Partners(
        columns=tuple(LinkedColumn(pair.left, pair.right, at) for at, pair in enumerate(pairs)),
        right_of_left=align_layers(n_left, n_right).tolist(),
        left_of_right=align_layers(n_right, n_left).tolist(),
        has_rows_of_left=n_left >= n_right,
        has_difference=bool(pairs) and same_measure(left, right),
    )


def difference_figure(difference: Difference, left: Side, right: Side, how: Align) -> go.Figure:
    """Blue where the left map is larger, amber where the right one is; 0 in the middle."""
    sinks = _sinks(difference, left, right)
    grid = replace(difference.grid, token_labels=_both_tokens(difference, left, right))
    end = _end(grid.values[:, ~sinks])
    figure = grid_heatmap(grid, scale=Scale.RAW, left_out=sinks, ends=(-end, end))
    request = {"left": dict(left.request), "right": dict(right.request), "align": how}
    at_site = left.where != right.where
    about = " − ".join(_about(side, at_site) for side in (left, right))  # noqa: RUF001
    describe_cells(figure, grid, request=request, about=about)
    sides = (("left", difference.left), ("right", difference.right))
    add_lines(figure, [CellLine(name, values, unit=grid.unit) for name, values in sides])
    if left.names and right.names:
        name_columns(figure, _both_names(difference, left, right))
    return figure


def _sinks(difference: Difference, left: Side, right: Side) -> np.ndarray:
    """Columns of massive activations on either side."""
    sinks = (left.subject.is_sink, right.subject.is_sink)
    return np.array([sinks[0][pair.left] or sinks[1][pair.right] for pair in difference.pairs])


def clipped(difference: Difference, left: Side, right: Side) -> list[str]:
    """Which differences are larger than the colours tell, if any are."""
    values = difference.grid.values
    end = _end(values[:, ~_sinks(difference, left, right)])
    n_beyond = int((np.abs(values) > end).sum())
    if not n_beyond:
        return []
    cells = "cell differs" if n_beyond == 1 else "cells differ"
    more = f"{n_beyond:,} {cells} by more, which they do not show"
    return [f"The colours end at ±{end:.3g}: {more}."]


def _about(side: Side, at_site: bool) -> str:
    """The model and what it was given, for the title of a picture."""
    inspection = side.subject.inspection
    typed = zip(side.tokens, inspection.is_special, strict=False)
    text = "".join(token for token, special in typed if not special)
    where = f" at {side.grid.site}" if at_site else ""
    return f"{inspection.model}{where}: {side.subject.about or ' '.join(text.split())}"


def _both_names(difference: Difference, left: Side, right: Side) -> list[Column]:
    names = [(left.names[pair.left], right.names[pair.right]) for pair in difference.pairs]
    return [Column(at, _both(*two)) for at, two in enumerate(names)]


def _end(values: np.ndarray) -> float:
    sizes = np.abs(values[np.isfinite(values)])
    return float(np.percentile(sizes, CLIPPED_ABOVE)) or 1.0 if sizes.size else 1.0


def _both_tokens(difference: Difference, left: Side, right: Side) -> tuple[str, ...]:
    texts = [(left.tokens[pair.left], right.tokens[pair.right]) for pair in difference.pairs]
    return tuple(_both(*two) for two in texts)


def _both(one: str, other: str) -> str:
    return one if one == other else f"{one}|{other}"


def alignment_notes(left: Side, right: Side, how: Align) -> list[str]:
    """How the two maps were laid over each other, in sentences."""
    n_pairs = len(pair_columns(left, right, how))
    sizes = [int((~side.subject.missing).sum()) for side in (left, right)]
    columns = "named positions" if left.names and right.names else "tokens"
    said = [f"Aligned by {how}: {n_pairs} of {sizes[0]} {columns} on the left and of {sizes[1]} on "
            "the right stand beside each other."]  # fmt: skip
    if not same_measure(left, right):
        said.append("The two sides show different measures: each has a scale of its own, and "
                    "there is no difference.")  # fmt: skip
    elif left.where != right.where:
        said.append(f"On the left {left.where}, on the right {right.where}.")
    if not n_pairs and how is Align.NAME:
        said.append("Only named positions have names: have a question on both sides and choose "
                    "named positions as its columns, or align them another way.")  # fmt: skip
    elif not n_pairs:
        said.append("With none, there is no difference. Align them another way.")
    rows = [len(side.grid.values) - 1 for side in (left, right)]
    if rows[0] != rows[1]:
        said.append(f"Layers stand beside those at the same fraction of depth: {rows[0]} on the "
                    f"left, {rows[1]} on the right, the nearer one where none fits.")  # fmt: skip
    return said


def differing_most(difference: Difference, left: Side, right: Side) -> str:
    """Where the two differ most, as a sentence."""
    values = difference.grid.values
    if not np.isfinite(values).any():
        raise BadRequest("No cell has a value on both sides.")
    if not np.nanmax(np.abs(values)):
        return "They are the same in every cell."
    row, column = np.unravel_index(np.nanargmax(np.abs(values)), values.shape)
    pair, layer = difference.pairs[column], difference.grid.layer_labels[row]
    token = visible(_both(left.tokens[pair.left], right.tokens[pair.right]))
    one, other = difference.left[row, column], difference.right[row, column]
    return (
        f"They differ most at layer {layer}, {token} ({_column(left, pair.left)} on the left, "
        f"{_column(right, pair.right)} on the right): {one:.4g} and {other:.4g}."
    )


def _column(side: Side, column: int) -> str:
    """A column as people are told of it: its name, or the position of its token."""
    return side.names[column] if side.names else f"position {side.subject.positions[column]}"
