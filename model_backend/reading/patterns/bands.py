"""Bands of neighbouring layers or tokens with like values, found from their means.

The means of more than 256 tokens are pooled first, and the borders then moved to the token.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float

CLIP = (0.5, 99.5)
MOST_BANDS = 4
LEAST_GAIN = 0.05
"""The least share of the variance of the means that one more band must take up."""
MOST_MEANS = 256
"""Above this many means the search, whose cost grows with their square, is for pooled ones."""


@dataclass(frozen=True)
class Band:
    """Neighbouring rows or tokens, both ends included."""

    first: int
    last: int


def find_bands(values: Float[np.ndarray, "row token"], axis: int) -> tuple[Band, ...]:
    """At most four bands of neighbouring rows (axis 1) or tokens (axis 0) with like means.

    Values beyond the 0.5th and 99.5th percentile count as those, lest one cell make a band.
    """
    clipped = np.clip(values, *np.nanpercentile(values, CLIP))
    levels, others = np.nanmean(clipped, axis=axis), np.nanmean(clipped, axis=1 - axis)
    rest = clipped - np.expand_dims(levels, axis) - np.expand_dims(others, 1 - axis)
    freedom = max(1, (len(levels) - 1) * (len(others) - 1))
    scatter = float(np.nansum((rest - np.nanmean(rest)) ** 2)) / freedom
    return cut_bands(levels, scatter / len(others))


def cut_bands(means: Float[np.ndarray, " kept"], noise: float) -> tuple[Band, ...]:
    """Cut a line of means into bands, from the means alone.

    The cut has the least squares of all, plus a price for each band (optimal
    partitioning; Maidstone et al. 2017, https://doi.org/10.1007/s11222-016-9636-3). The price is
    what the best of all borders gains in noise in 1 case of 100.

    Args:
        means: of every row, or of every token.
        noise: the variance of one mean that is due to scatter.
    """
    width = -(-len(means) // MOST_MEANS)
    pooled = np.add.reduceat(means, np.arange(0, len(means), width)) / width
    pooled[-1] *= width / (len(means) - width * (len(pooled) - 1))
    # The second estimate (von Neumann 1941) sees means that jump from one to the next: stripes.
    rough = float((np.diff(pooled) ** 2).mean()) / 2 if len(pooled) > 1 else 0.0
    price = 2.0 * max(noise / width, rough) * np.log(100.0 * len(pooled))
    borders = [border * width for border in _cut(pooled, price)]
    moved = _move(means, borders, width) if width > 1 else borders
    ends = [0, *moved, len(means)]
    return tuple(Band(a, b - 1) for a, b in pairwise(ends))


def _cut(values: Float[np.ndarray, " kept"], price: float) -> list[int]:
    n_values = len(values)
    cost = _costs(values)
    total = float(cost[0, n_values])
    if total <= 1e-14 * float((values**2).sum()):
        return []
    best, back = [cost[0]], []
    for _ in range(min(MOST_BANDS, n_values) - 1):
        paths = best[-1][:, None] + cost
        back.append(paths.argmin(axis=0))
        best.append(paths.min(axis=0))
    price = max(price, LEAST_GAIN * total)
    n_borders = int(np.argmin([line[n_values] + price * k for k, line in enumerate(best)]))
    borders = [n_values]
    for step in reversed(back[:n_borders]):
        borders.append(int(step[borders[-1]]))
    return sorted(border for border in set(borders) if 0 < border < n_values)


def _costs(values: Float[np.ndarray, " kept"]) -> Float[np.ndarray, "start end"]:
    """The sum of squares of ``values[start:end]`` about its mean; infinite where it is empty."""
    centred = values - values.mean()
    ends = np.arange(len(values) + 1)
    sums, squares = (np.concatenate([[0.0], np.cumsum(part)]) for part in (centred, centred**2))
    size = ends[None, :] - ends[:, None]
    spread = (sums[None, :] - sums[:, None]) ** 2 / np.maximum(size, 1)
    return np.where(size > 0, np.maximum(squares[None, :] - squares[:, None] - spread, 0), np.inf)


def _move(values: Float[np.ndarray, " kept"], borders: Sequence[int], width: int) -> list[int]:
    """Borders found in pooled values, moved to where the values themselves change."""
    ends = [0, *borders, len(values)]
    for at in range(1, len(ends) - 1):
        before, after = ends[at - 1], ends[at + 1]
        places = range(max(before + 1, ends[at] - width), min(after, ends[at] + width + 1))
        costs = [
            values[before:b].var() * (b - before) + values[b:after].var() * (after - b)
            for b in places
        ]
        ends[at] = places[int(np.argmin(costs))]
    return ends[1:-1]
