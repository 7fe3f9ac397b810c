"""Classify a map by what explains most of it: a region, its layers, its tokens, or nothing."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from model_backend.reading.observations import Shape
from model_backend.reading.patterns import Share, Shares
from model_backend.reading.peaks import Box, beyond_layers_and_tokens, find_peaks

LEAST_SHARE = 0.1
"""Least share of variance that gives a map its shape, however significant a smaller one is."""
MOST_FOR_THEIR_PLACE = 2
ALLOWED_WITHIN_TOKENS = 4
"""Number of 99 shuffles: with 12 layers, 4 high ones at one token are neighbours in 1 of 50, so
that a peak at one token could hardly be higher than all. Where the levels of the tokens have been
taken away, shuffling within tokens has little left to guard against."""
STRAIGHT = 0.75
"""A gradient is a straight line that takes up at least this share of what the means explain."""


@dataclass(frozen=True)
class Standout:
    """A rectangle that stands out of a map."""

    box: Box
    is_high: bool
    for_its_place: bool
    """True if it stands out only after subtracting the levels of its layers and tokens."""


@dataclass(frozen=True, eq=False)
class Regions:
    """The rectangles that stand out of a map, high ones first."""

    standouts: tuple[Standout, ...]
    expected: Float[np.ndarray, "row token"]
    """Value of each cell predicted from its layer and token alone."""
    share: float
    """The share of the map's variance between the cells inside and those outside."""
    own_share: float
    """The same of what lies beyond layer and token: a region where high layers and high tokens meet
    has next to none."""


def find_regions(values: Float[np.ndarray, "row token"], *, alone: bool = False) -> Regions:
    """The highest and the lowest region, and those that are high or low for their place.

    Of the latter only those on the right side of the map's median: a region that is high for its
    layers but low for the map does not look high. Where columns stand ``alone``, next to others
    that are not their neighbours in the text, each region is within one of them.
    """
    rest = beyond_layers_and_tokens(values)
    sides = [_on_one_side(values, rest, sign=sign, alone=alone) for sign in (1, -1)]
    found = [standout for side in sides for standout in side]
    boxes = [standout.box for standout in found]
    total = float(np.nanvar(values))
    share, own_share = (_variance_between(part, boxes) / total for part in (values, rest))
    return Regions(tuple(found), values - rest, share, own_share)


def _on_one_side(
    values: Float[np.ndarray, "row token"],
    rest: Float[np.ndarray, "row token"],
    *,
    sign: int,
    alone: bool,
) -> list[Standout]:
    highest = find_peaks(sign * values, most=1, alone=alone)
    found = [Standout(box, sign > 0, False) for box in highest if not _is_band(box, values.shape)]
    typical = sign * np.nanmedian(values)
    limits = {"most": MOST_FOR_THEIR_PLACE, "allowed": ALLOWED_WITHIN_TOKENS}
    for box in find_peaks(sign * rest, **limits, alone=alone):
        is_new = not any(box.meets(other.box) for other in found)
        if is_new and sign * np.nanmean(values[box.cells]) > typical:
            found.append(Standout(box, sign > 0, True))
    return found


def _is_band(box: Box, shape: tuple[int, ...]) -> bool:
    """True if it spans all layers or all tokens; bands have sentences of their own."""
    n_rows, n_tokens = shape
    is_high, is_wide = box.bottom - box.top == n_rows, box.right - box.left == n_tokens
    return (is_high and n_rows > 1) or (is_wide and n_tokens > 1)


def find_shape(shares: Shares, regions: Regions) -> Shape:
    """The one thing that explains most, of what explains more than shuffling gives.

    Where nothing explains much, a region that stands out is what there is to see.
    """
    found = {
        _over(shares.layers, shares.layer_ramp, Shape.LAYER_GRADIENT, Shape.LAYER_STRIPES): (
            _explained(shares.layers, shares.layer_ramp)
        ),
        _over(shares.tokens, shares.token_ramp, Shape.TOKEN_GRADIENT, Shape.TOKEN_STRIPES): (
            _explained(shares.tokens, shares.token_ramp)
        ),
        _of_regions(regions): regions.own_share,
    }
    shape = max(found, key=lambda shape: found[shape])
    if found[shape] >= LEAST_SHARE:
        return shape
    return _of_regions(regions) if regions.standouts else Shape.NONE


def _over(means: Share, ramp: Share, gradient: Shape, stripes: Shape) -> Shape:
    is_straight = not means.is_real or ramp.value >= STRAIGHT * means.value
    return gradient if ramp.is_real and is_straight else stripes


def _explained(means: Share, ramp: Share) -> float:
    """Only a ramp is told where means are no more than shuffling gives, as along a single row."""
    return means.beyond_chance or ramp.beyond_chance


def _of_regions(regions: Regions) -> Shape:
    if len(regions.standouts) > 1:
        return Shape.REGIONS
    return Shape.PEAK if all(one.is_high for one in regions.standouts) else Shape.DIP


def _variance_between(values: Float[np.ndarray, "row token"], boxes: list[Box]) -> float:
    """Each rectangle is a group of its own, and the rest of the map another."""
    groups = np.zeros(values.shape, dtype=int)
    for name, box in enumerate(boxes, start=1):
        groups[box.cells] = name
    present = ~np.isnan(values)
    cells, group = values[present], groups[present]
    counts = np.bincount(group)
    averages = np.bincount(group, cells) / np.maximum(counts, 1)
    return float((counts * (averages - cells.mean()) ** 2).sum()) / cells.size
