"""Aligns two maps: pairs their tokens and their layers.

Pure functions of labels and numbers. What has no partner has none: it is never compared with its
neighbour.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from jaxtyping import Float

from model_backend.api.errors import BadRequest
from model_backend.api.maps.grid import LayerTokenGrid

MOST_CELLS = 4_000_000
"""The largest table of tokens by tokens in which equal tokens are looked for."""


class Align(StrEnum):
    """Rules for pairing tokens; the value is the label that people see."""

    POSITION = "position"
    TOKEN = "equal tokens"
    SUFFIX = "shared ending"
    NAME = "name"


@dataclass(frozen=True)
class Match:
    """The row or column of each map that stands in one of a difference; None where one has none."""

    left: int | None
    right: int | None


@dataclass(frozen=True)
class Pair(Match):
    """Two positions that are laid over each other."""

    left: int
    right: int


def align_tokens(left: Sequence[object], right: Sequence[object], how: Align) -> tuple[Pair, ...]:
    """The pairs of positions, in order; both sequences hold ids, texts or anything that equals.

    ``POSITION`` pairs the first with the first, as far as both go. ``TOKEN`` keeps as many equal
    tokens as there can be without crossing (the longest common subsequence, Hirschberg 1975, of
    which it takes the one furthest to the left). ``SUFFIX`` pairs from the end while tokens equal.
    ``NAME`` takes names in place of tokens, each of them once, and pairs those that equal wherever
    they stand; what has no name, an empty one, has no partner.

    Raises:
        BadRequest: the texts are too long to look for equal tokens.
    """
    if how is Align.POSITION:
        return tuple(Pair(at, at) for at in range(min(len(left), len(right))))
    if how is Align.SUFFIX:
        shared = _shared_prefix(left[::-1], right[::-1])
        return tuple(Pair(len(left) - k, len(right) - k) for k in range(shared, 0, -1))
    if how is Align.NAME:
        places = {name: at for at, name in enumerate(right) if name}
        return tuple(Pair(at, places[name]) for at, name in enumerate(left) if name in places)
    return _equal_tokens(left, right)


def _shared_prefix(left: Sequence[object], right: Sequence[object]) -> int:
    both = enumerate(zip(left, right, strict=False))
    return next((at for at, (one, other) in both if one != other), min(len(left), len(right)))


def _equal_tokens(left: Sequence[object], right: Sequence[object]) -> tuple[Pair, ...]:
    """Pairs of the longest common subsequence, after the ends that both share are set aside."""
    start = _shared_prefix(left, right)
    rest = min(len(left), len(right)) - start
    end = min(rest, _shared_prefix(left[::-1], right[::-1]))
    inner = _longest_common(left[start : len(left) - end], right[start : len(right) - end])
    return (
        *(Pair(at, at) for at in range(start)),
        *(Pair(start + pair.left, start + pair.right) for pair in inner),
        *(Pair(len(left) - k, len(right) - k) for k in range(end, 0, -1)),
    )


def _longest_common(left: Sequence[object], right: Sequence[object]) -> list[Pair]:
    if len(left) * len(right) > MOST_CELLS:
        raise BadRequest(
            f"{len(left):,} and {len(right):,} tokens differ between the two texts: too many to "
            "look for equal ones. Lay them over each other by position or by shared ending."
        )
    numbers = {token: number for number, token in enumerate(dict.fromkeys([*left, *right]))}
    ids_left, ids_right = (np.array([numbers[t] for t in side], int) for side in (left, right))
    longest = _lengths(ids_left, ids_right)
    pairs, row, column = [], 0, 0
    while row < len(left) and column < len(right):
        if ids_left[row] == ids_right[column]:
            pairs.append(Pair(row, column))
            row, column = row + 1, column + 1
        elif longest[row + 1, column] >= longest[row, column + 1]:
            row += 1
        else:
            column += 1
    return pairs


def _lengths(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Length of the longest common subsequence after each pair of places."""
    longest = np.zeros((len(left) + 1, len(right) + 1), dtype=np.int32)
    for row in range(len(left) - 1, -1, -1):
        below = longest[row + 1]
        taken = np.where(right == left[row], below[1:] + 1, 0)
        best = np.maximum(taken, below[:-1])
        longest[row, :-1] = np.maximum.accumulate(best[::-1])[::-1]
    return longest


def align_layers(
    n_rows: int,
    n_other: int,
    *,
    first: int = 0,
    other_first: int = 0,
    embedding_apart: bool = False,
) -> list[int | None]:
    """For each of ``n_rows`` rows, the row of the other map at the same fraction of depth.

    The last layer is paired with the last. Between whole rows the nearer one counts, the lower one
    if both are as near: a layer is a thing that was computed, and a mean of two is not.

    Args:
        n_rows: rows of the one map.
        n_other: rows of the other.
        first: the layer of its first row: 0 is the embedding, 1 what the first block leaves.
        other_first: the same of the other map.
        embedding_apart: whether an embedding is paired with an embedding only, or with none.
    """
    last, other_last = first + n_rows - 1, other_first + n_other - 1

    def match(layer: int) -> int | None:
        lowest = max(other_first, int(embedding_apart and layer > 0))
        if embedding_apart and (lowest > other_last or (layer == 0 and other_first > 0)):
            return None
        below, over = divmod(layer * other_last, last) if last else (0, 0)
        return max(lowest, below + (2 * over > last)) - other_first

    return [match(first + row) for row in range(n_rows)]


@dataclass(frozen=True, eq=False)
class Difference:
    """One map less another, in the rows and columns that were paired."""

    grid: LayerTokenGrid
    left: Float[np.ndarray, "row token"]
    right: Float[np.ndarray, "row token"]
    """Values of the right map in every cell of the difference."""
    pairs: tuple[Match, ...]
    rows: tuple[Match, ...]
    """The row of each map that stands in each row of the difference."""


def subtract(
    left: LayerTokenGrid,
    right: LayerTokenGrid,
    pairs: Sequence[Match],
    rows: Sequence[Match] | None = None,
) -> Difference:
    """``left - right`` where columns and rows pair; a cell that one map lacks is missing.

    Without ``rows`` they are those of the deeper map, each beside the row of the other at the same
    fraction of depth.

    Raises:
        BadRequest: no column pairs.
    """
    if not pairs:
        raise BadRequest(
            "No token of one text pairs with a token of the other. Choose another alignment."
        )
    rows = pair_rows(len(left.values), len(right.values)) if rows is None else rows
    one = _pick(left, [row.left for row in rows], [pair.left for pair in pairs])
    other = _pick(right, [row.right for row in rows], [pair.right for pair in pairs])
    grid = replace(
        left,
        name=f"difference in {left.name}",
        values=one - other,
        layer_labels=_layer_labels(left, right, rows),
        token_labels=_of_columns(left.token_labels, right.token_labels, pairs),
        column_names=_of_columns(left.column_names, right.column_names, pairs),
        column_positions=(),
        midpoint=0.0,
    )
    return Difference(grid, one, other, tuple(pairs), tuple(rows))


def pair_rows(n_left: int, n_right: int) -> list[Match]:
    """Every row of the deeper map, beside the row of the other at the same fraction of depth."""
    if n_left >= n_right:
        return [Match(at, match) for at, match in enumerate(align_layers(n_left, n_right))]
    return [Match(match, at) for at, match in enumerate(align_layers(n_right, n_left))]


def _layer_labels(
    left: LayerTokenGrid, right: LayerTokenGrid, rows: Sequence[Match]
) -> tuple[str, ...]:
    """Those of the map that has all its rows in the difference."""
    own = [row.left for row in rows]
    return left.layer_labels if own == list(range(len(left.values))) else right.layer_labels


def _of_columns(
    left: Sequence[str], right: Sequence[str], pairs: Sequence[Match]
) -> tuple[str, ...]:
    """The left map's text of every column, the right one's where the left has no such column."""
    if not left or not right:
        return ()
    return tuple(
        left[pair.left] if pair.left is not None else right[pair.right or 0] for pair in pairs
    )


def _pick(
    grid: LayerTokenGrid, rows: Sequence[int | None], columns: Sequence[int | None]
) -> Float[np.ndarray, "row token"]:
    """The cells of these rows and columns; NaN where one of them is None."""
    values = np.asarray(grid.values, dtype=np.float64)
    picked = values[np.ix_([row or 0 for row in rows], [column or 0 for column in columns])]
    picked[[row is None for row in rows]] = np.nan
    picked[:, [column is None for column in columns]] = np.nan
    return picked
