"""Columns that stand out together over a span of layers; pure functions of NumPy arrays.

A subset scan (Neill 2012, https://doi.org/10.1111/j.1467-9868.2011.01014.x): for every span of
layers the columns are put in order of their means, and the best set is one of the first so many.
The columns need not be neighbours: often one token stands out wherever it is in the text.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

BY_SIZE = 0.35
"""The score is the mean times the number of cells to this power. At 0.5 a set twice as large may be
a third lower, which blurs the edges of what one sees; at 0 the best set is one cell."""
MOST_SPANS = 1_000
MOST_SHARE = 0.5
"""More columns than this share do not stand out: the others do."""
BULK = 6.0
OUTLIERS, RARE = 8, 0.005
"""A cell counts no more than this many times the middle spread, or than the eighth-largest cell (of
many cells, the largest of 995 in 1,000), so that no outlier makes a set."""
BELOW = 0.16
NEARER = 1.5
"""Of n columns of noise the furthest is sqrt(2 log n) spreads out; this much nearer will do."""
HELD = 0.5
"""Share of its height that a set must keep in the layers that had no part in finding it."""
LEAST_SURE = 5.0
"""And this many standard errors."""
ATTEMPTS = 2
"""Sets of one half that are tried."""
FEWEST_ROWS, FEWEST_COLUMNS = 4, 4


@dataclass(frozen=True)
class Standout:
    """Columns that are high, or low, over a span of layers, both ends included."""

    first: int
    last: int
    columns: tuple[int, ...]
    is_high: bool
    found_at: float
    """Mean in every second layer, in which the columns were found."""
    held_at: float
    """Mean of the same columns in the layers between."""

    @property
    def rows(self) -> slice:
        """Its layers in an array."""
        return slice(self.first, self.last + 1)


@dataclass(frozen=True)
class _Set:
    first: int
    last: int
    columns: tuple[int, ...]
    mean: float
    score: float


def find_standouts(
    apart: Float[np.ndarray, "row column"], least: float, most: int = 3
) -> tuple[Standout, ...]:
    """Sets that are at least ``least`` away from 0 on average, the most striking first.

    A set is looked for in every second layer, and must be as far out in the layers between, which
    noise is not. Neighbouring layers of a model are alike, so this rules out noise, no more.

    Args:
        apart: how far each cell is from what is usual for it; NaN where it is missing.
        least: the least that can be seen in the picture.
        most: how many to find.
    """
    if apart.shape[0] < FEWEST_ROWS or apart.shape[1] < FEWEST_COLUMNS:
        return ()
    clipped = _clip(apart)
    found: list[tuple[float, Standout]] = []
    for sign in (1, -1):
        field = sign * clipped
        for _ in range(most):
            best = _find_one(field, least)
            if best is None:
                break
            score, one = best
            found.append((score, one if sign > 0 else _turned(one)))
            field[:, list(one.columns)] = 0.0
    found.sort(key=lambda pair: -pair[0])
    return tuple(one for _, one in found[:most])


def _turned(one: Standout) -> Standout:
    return Standout(one.first, one.last, one.columns, False, -one.found_at, -one.held_at)


def _find_one(
    field: Float[np.ndarray, "row column"], least: float
) -> tuple[float, Standout] | None:
    checked = _check(field, least)
    best = _scan(field) if checked is not None else None
    if checked is None or best is None or best.mean < least or not _is_even(field, best):
        return None
    half, held = checked
    shared = len(set(half.columns) & set(best.columns))
    if shared < 0.5 * min(len(half.columns), len(best.columns)):
        return None
    return best.score, Standout(best.first, best.last, best.columns, True, half.mean, held)


def _is_even(field: Float[np.ndarray, "row column"], best: _Set) -> bool:
    """True if a set is high in both halves of its layers; a single one needs a neighbour."""
    by_row = field[:, list(best.columns)].mean(axis=1)
    if best.first == best.last:
        beside = [row for row in (best.first - 1, best.first + 1) if 0 <= row < len(field)]
        return bool(by_row[beside].max() >= HELD * best.mean)
    rows = by_row[best.first : best.last + 1]
    return bool(min(rows[::2].mean(), rows[1::2].mean()) >= HELD * best.mean)


def _check(field: Float[np.ndarray, "row column"], least: float) -> tuple[_Set, float] | None:
    """The best set of every second layer, and its mean between; None if it does not hold."""
    for start in (0, 1):
        half, between = field[start::2].copy(), field[1 - start :: 2]
        for _ in range(ATTEMPTS):
            best = _scan(half)
            if best is None or best.mean < least:
                break
            held = _held(best, start, between)
            if held is not None:
                return best, held
            half[best.first : best.last + 1, list(best.columns)] = 0.0
    return None


def _held(best: _Set, start: int, between: Float[np.ndarray, "row column"]) -> float | None:
    """Mean of a set in the layers between those it was found in, if it is high there."""
    first, last = _between(best, start, len(between))
    if first > last:
        return None
    rows, columns = between[first : last + 1], list(best.columns)
    error = float(np.std(np.delete(rows, columns, axis=1))) / np.sqrt(len(rows) * len(columns))
    held = float(rows[:, columns].mean())
    return held if held >= max(HELD * best.mean, LEAST_SURE * error) else None


def _between(best: _Set, start: int, n_rows: int) -> tuple[int, int]:
    """The rows of the other half that lie between those of a set, or next to a single one."""
    first, last = (best.first, best.last - 1) if start == 0 else (best.first + 1, best.last)
    if first > last:
        first = last = best.first if start == 0 else best.first + 1
    return first, min(last, n_rows - 1)


def _scan(field: Float[np.ndarray, "row column"]) -> _Set | None:
    """The best set of all spans."""
    sums = np.concatenate([np.zeros((1, field.shape[1])), field.cumsum(axis=0)])
    best: _Set | None = None
    for first, end in _spans(len(field)):
        means = (sums[end] - sums[first]) / (end - first)
        found = _best_columns(means, end - first)
        if found is not None and (best is None or found[0] > best.score):
            score, size = found
            columns = np.sort(np.argsort(-means, kind="stable")[:size])
            mean = float(means[columns].mean())
            best = _Set(first, end - 1, tuple(int(one) for one in columns), mean, score)
    return best


def _best_columns(means: Float[np.ndarray, " column"], n_rows: int) -> tuple[float, int] | None:
    """Score and size of the best set of one span; only columns far above the middle belong to it.

    Of many columns some are far out by chance, so these must be further. Their spread is taken
    from below the middle, where a set that is high changes nothing.
    """
    order = np.sort(means)
    middle, low = order[len(order) // 2], order[int(BELOW * len(order))]
    furthest = np.sqrt(2 * np.log(len(order))) - NEARER
    size = int((order > max(middle + furthest * (middle - low), 0.0)).sum())
    size = min(size, int(MOST_SHARE * len(order)))
    if not size:
        return None
    sizes = np.arange(1, size + 1)
    scores = order[::-1][:size].cumsum() / sizes * (sizes * n_rows) ** BY_SIZE
    at = int(scores.argmax())
    return float(scores[at]), at + 1


def _spans(n_rows: int) -> Iterator[tuple[int, int]]:
    """Spans of layers, end not included; of many layers those with every so manieth edge."""
    step = 1
    while (n_rows // step) ** 2 / 2 > MOST_SPANS:
        step += 1
    edges = [*range(0, n_rows, step), n_rows]
    for at, first in enumerate(edges):
        yield from ((first, end) for end in edges[at + 1 :])


def _clip(apart: Float[np.ndarray, "row column"]) -> Float[np.ndarray, "row column"]:
    """No cell beyond the reach of the bulk or of the eighth-largest; 0 where a cell is missing."""
    low, middle, high = np.nanpercentile(apart, (10, 50, 90))
    bulk = max((high - low) / 2.56, 1e-12 * float(np.nanmax(np.abs(apart))))
    ordered = np.sort(apart[~np.isnan(apart)])
    few = min(len(ordered), max(OUTLIERS, int(RARE * len(ordered))))
    low, high = (
        min(middle - BULK * bulk, ordered[few - 1]),
        max(middle + BULK * bulk, ordered[-few]),
    )
    return np.nan_to_num(np.clip(apart, low, high))
