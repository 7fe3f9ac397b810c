"""High regions of a map: rectangles whose mean exceeds that of any rectangle after shuffling.

Pure functions of NumPy arrays. A map of more than 2048 cells is searched with neighbouring tokens
pooled by their largest value, so that one token among thousands is not averaged away; what is found
is then drawn to the token in the map itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from model_backend.reading.patterns import SEED, medians

SHUFFLES = 99
"""Within layers, and again within tokens; noise is above all of 99 in 1 case of 100."""
MOST_CELLS = 2048
CLIP = (0.5, 99.5)
"""Percentiles beyond which a cell may count no more, so that an outlier does not hide a region."""


@dataclass(frozen=True)
class Box:
    """A rectangle of cells, ``bottom`` and ``right`` not included."""

    top: int
    left: int
    bottom: int
    right: int

    def meets(self, other: "Box") -> bool:
        """True if both rectangles share a cell."""
        apart = self.bottom <= other.top or other.bottom <= self.top
        return not (apart or self.right <= other.left or other.right <= self.left)

    @property
    def cells(self) -> tuple[slice, slice]:
        """Its place in an array."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


def beyond_layers_and_tokens(
    values: Float[np.ndarray, "row token"],
) -> Float[np.ndarray, "row token"]:
    """Subtract from each cell the levels of its layer and of its token.

    Median polish (Tukey 1977, Exploratory Data Analysis, chapter 11): a small peak hardly moves a
    median, so it is left whole. A single row or token has only one level, its median.
    """
    rest = values - np.nanmedian(values)
    if min(values.shape) == 1:
        return rest
    for _ in range(2):
        rest = rest - medians(rest, 1)[:, None]
        rest = rest - medians(rest, 0)[None, :]
    return rest


def find_peaks(
    values: Float[np.ndarray, "row token"], *, most: int, allowed: int = 0, alone: bool = False
) -> tuple[Box, ...]:
    """Rectangles whose cells are together higher than in any shuffle of the map, best first.

    A scan statistic (Kulldorff 1997, https://doi.org/10.1080/03610929708831995): of every rectangle
    with sides 1, 2, 4, ... its sum over the root of its size; the map's is the largest. Cells are
    shuffled within layers, and again within tokens, and a peak must be higher than both: high
    layers alone, high tokens alone, and layers or tokens of widely spread values are no peak. Nor
    is a single cell, which shuffling leaves as high.

    Args:
        values: of a map, or what is left of it beyond its layers and tokens.
        most: how many to look for.
        allowed: how many of the shuffles within tokens may be as high.
        alone: whether columns are no neighbours, so that a rectangle is within one of them.
    """
    width = 1 if alone else -(-values.size // MOST_CELLS)
    # Pooled before it is clipped: clipped noise would come up to a clipped peak.
    pooled = _standard(_pool(values, width))
    score, box = _best_box(pooled, alone=alone)
    # Sums of shuffled cells differ by rounding even where their cells are the same.
    limit = _shuffled_limit(pooled, score, allowed, alone=alone) * (1 + 1e-6)
    if score <= limit:
        return ()
    field, peaks = _standard(values), list[Box]()
    while len(peaks) < most and score > limit:
        peaks.append(_fit(field, _within(field, box, width), alone=alone))
        _blank(pooled, peaks[-1], width)
        _blank(field, peaks[-1], 1)
        score, box = _best_box(pooled, alone=alone)
    return tuple(peaks)


def _standard(values: Float[np.ndarray, "row token"]) -> Float[np.ndarray, "row token"]:
    """Clipped, with mean 0 and variance 1; 0 where there is no value.

    Clipped to ``CLIP`` or to five standard deviations of the bulk, whichever is wider.
    """
    present = values[~np.isnan(values)]
    low, tenth, middle, ninetieth, high = np.percentile(present, (CLIP[0], 10, 50, 90, CLIP[1]))
    bulk = (ninetieth - tenth) / 2.56
    clipped = np.clip(values, min(low, middle - 5 * bulk), max(high, middle + 5 * bulk))
    centred = clipped - np.nanmean(clipped)
    spread = float(np.sqrt(np.nanmean(centred**2)))
    return np.nan_to_num(centred / spread if spread > 0 else centred * 0.0)


def _pool(values: Float[np.ndarray, "row token"], width: int) -> Float[np.ndarray, "row bin"]:
    """The largest of every ``width`` neighbouring tokens; missing only where all are."""
    return np.fmax.reduceat(values, np.arange(0, values.shape[1], width), axis=1)


def _shuffled_limit(
    field: Float[np.ndarray, "row token"], score: float, allowed: int, *, alone: bool
) -> float:
    """Score a rectangle must exceed; at least ``score`` once shuffling within layers reaches it.

    A map of one row is shuffled within it alone, one of a single cell not at all.
    """
    rng = np.random.default_rng(SEED)
    limit = -np.inf
    axes = [axis for axis in (2, 1) if field.shape[axis - 1] > 1]
    for axis, rank in zip(axes, (1, 1 + allowed), strict=False):
        if limit >= score:
            break
        shuffles = np.repeat(field[None].astype(np.float32), SHUFFLES, axis=0)
        rng.permuted(shuffles, axis=axis, out=shuffles)
        highest = [sums.max(axis=(1, 2)) / root for root, sums, _ in _scan(shuffles, alone=alone)]
        limit = max(limit, float(np.sort(np.max(highest, axis=0))[-rank]))
    return limit if np.isfinite(limit) else np.inf


def _best_box(
    field: Float[np.ndarray, "row token"], *, smallest: int = 2, alone: bool = False
) -> tuple[float, Box]:
    best, found = -np.inf, Box(0, 0, 1, 1)
    for root, sums, (height, width) in _scan(field[None], smallest=smallest, alone=alone):
        score = float(sums.max()) / root
        if score > best:
            _, top, left = np.unravel_index(int(sums.argmax()), sums.shape)
            best, found = score, Box(int(top), int(left), int(top) + height, int(left) + width)
    return best, found


def _within(field: Float[np.ndarray, "row token"], box: Box, width: int) -> Box:
    """The best rectangle of the tokens that a pooled one stands for."""
    first = box.left * width
    _, found = _best_box(field[:, first : box.right * width], smallest=1)
    return Box(found.top, found.left + first, found.bottom, found.right + first)


def _scan(
    fields: Float[np.ndarray, "map row token"], *, smallest: int = 2, alone: bool = False
) -> Iterator[tuple[float, Float[np.ndarray, "map top left"], tuple[int, int]]]:
    """The root of the size, the sums and the sides of all rectangles of 1, 2, 4, ... cells a side.

    Up to half of the map. A sum over twice the width is two sums over the width, so each size
    costs one addition.
    """
    _, n_rows, n_tokens = fields.shape
    widest = 1 if alone else (n_tokens + 1) // 2
    height, tall = 1, fields
    while height <= (n_rows + 1) // 2:
        width, sums = 1, tall
        while width <= widest:
            if height * width >= smallest:
                yield float(np.sqrt(height * width)), sums, (height, width)
            sums = sums[:, :, :-width] + sums[:, :, width:]
            width *= 2
        tall = tall[:, :-height] + tall[:, height:]
        height *= 2


def _fit(field: Float[np.ndarray, "row token"], box: Box, *, alone: bool) -> Box:
    """Move the sides of a rectangle one cell at a time for as long as its score grows."""
    sums = np.pad(field.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))

    def score(box: Box) -> float:
        size = (box.bottom - box.top) * (box.right - box.left)
        total = (sums[box.bottom, box.right] - sums[box.top, box.right]
                 - sums[box.bottom, box.left] + sums[box.top, box.left])  # fmt: skip
        return float(total) / float(np.sqrt(size))

    while True:
        better = max(_neighbours(box, field.shape, alone=alone), key=score, default=box)
        if score(better) <= score(box) * (1 + 1e-9):
            return box
        box = better


def _neighbours(box: Box, shape: tuple[int, ...], *, alone: bool) -> list[Box]:
    sides = (box.top, box.left, box.bottom, box.right)
    moves = [
        Box(*(side + step * (at == moved) for at, side in enumerate(sides)))
        for moved in range(4)
        for step in (-1, 1)
    ]
    return [
        new
        for new in moves
        if 0 <= new.top < new.bottom <= shape[0]
        and 0 <= new.left < new.right <= shape[1]
        and not (alone and new.right - new.left > 1)
    ]


def _blank(field: Float[np.ndarray, "row token"], box: Box, width: int) -> None:
    """Take a peak and its slopes out of a map whose columns stand for ``width`` tokens each."""
    high, wide = box.bottom - box.top, box.right - box.left
    left, right = (box.left - wide) // width, -(-(box.right + wide) // width)
    field[max(0, box.top - high) : box.bottom + high, max(0, left) : right] = 0.0
