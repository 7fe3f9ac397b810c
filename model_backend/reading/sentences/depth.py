"""A map's values by depth: what decides them, and the medians of a few telling layers."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from model_backend.reading.material.observations import Kind, Observation
from model_backend.reading.material.seen import Seen

MOST_POINTS = 5
NEAR = 0.04
"""A broken line through the named medians is this near to all others, as a share of its range."""
MOST_OF_IT, SOME_OF_IT = 0.5, 0.15
EVEN = 0.15
"""Values that differ by less than this share of their median are called nearly even."""


@dataclass(frozen=True)
class Shares:
    """Shares of the variance; they add up to 1."""

    layers: float
    tokens: float
    rest: float
    by_chance: tuple[float, float]
    """Shares that layers and tokens of the same cells in random order would have on average."""

    def beyond_chance(self, which: int) -> float:
        """The share of layers (0) or tokens (1), less what is expected by chance."""
        share, chance = (self.layers, self.tokens)[which], self.by_chance[which]
        return (share - chance) / (1 - chance) if chance < 1 else 0.0


def find_shares(values: Float[np.ndarray, "row column"]) -> Shares:
    """Take the means of layers out, then those of tokens; the rest is what neither explains."""
    n_cells, (n_rows, n_columns) = int((~np.isnan(values)).sum()), values.shape
    chance = tuple(min(1.0, (size - 1) / max(n_cells - 1, 1)) for size in (n_rows, n_columns))
    centred = values - np.nanmean(values)
    total = float(np.nansum(centred**2))
    if total <= 0:
        return Shares(0.0, 0.0, 1.0, (chance[0], chance[1]))
    apart = centred - np.nanmean(centred, axis=1, keepdims=True)
    left = apart - np.nanmean(apart, axis=0, keepdims=True)
    within, rest = (float(np.nansum(part**2)) / total for part in (apart, left))
    return Shares(1 - within, within - rest, rest, (chance[0], chance[1]))


def landmarks(levels: Float[np.ndarray, " row"]) -> list[int]:
    """The few rows through whose levels a broken line comes near all levels.

    Douglas and Peucker (1973): the row furthest from the line so far is the next to be named.
    """
    rows, found = np.arange(len(levels)), [0, len(levels) - 1]
    reach = float(np.ptp(levels))
    while len(found) < min(MOST_POINTS, len(levels)) and reach > 0:
        off = np.abs(levels - np.interp(rows, found, levels[found]))
        if off.max() <= NEAR * reach:
            break
        found = sorted([*found, int(off.argmax())])
    return sorted(set(found))


def in_short(seen: Seen) -> Observation:
    """Say whether layers or tokens explain the values, with medians of a few layers.

    The explained share is a share of variance, beyond what chance gives.
    """
    values = np.log(seen.values) if seen.is_ratio else seen.values
    low, high = (seen.amount(float(end)) for end in np.nanpercentile(seen.values, (10, 90)))
    most = f"eight of ten cells lie between {low} and {high}"
    if is_even(seen):
        return seen.say(Kind.SHORT, f"Nearly even: {most}.")
    if len(seen.rows) == 1:
        return seen.say(Kind.SHORT, f"One layer: {most.replace('cells', seen.column + 's')}.")
    shares = find_shares(values)
    if max(shares.beyond_chance(0), shares.beyond_chance(1)) < SOME_OF_IT:
        return seen.say(
            Kind.SHORT,
            f"Neither depth nor {seen.column} explains much, taken alone: {most}.",
        )
    return seen.say(Kind.SHORT, f"{_cause(seen, shares)} median {_medians(seen)}{_spread(seen)}")


def is_even(seen: Seen) -> bool:
    """True if no difference on the map is worth a word."""
    if seen.grid.midpoint is not None or "cosine" in seen.grid.name or seen.is_rank:
        return seen.span == 0
    if seen.grid.unit == "probability":
        return seen.span < 0.02
    return seen.span < EVEN * abs(float(np.nanmedian(seen.values)))


def _cause(seen: Seen, shares: Shares) -> str:
    depth, token = shares.beyond_chance(0), shares.beyond_chance(1)
    if depth >= MOST_OF_IT:
        most = "nearly all" if shares.layers >= 0.9 else "most"
        return f"Depth explains {most}: the"
    if token >= MOST_OF_IT:
        return f"The {seen.column} explains most, depth less. The"
    if min(depth, token) >= SOME_OF_IT:
        return f"Both depth and the {seen.column} matter. The"
    return (
        "Depth matters: the"
        if depth >= token
        else f"The {seen.column} matters more than depth. The"
    )


def _medians(seen: Seen) -> str:
    start = int(len(seen.rows) > MOST_POINTS and seen.layer(0) == "embed")
    first, *others = [row + start for row in landmarks(seen.levels[start:])]
    said = f"of a layer is {seen.amount(float(seen.levels[first]))} at layer "
    said += seen.layer(first)
    for row in others:
        said += f", {seen.bare(float(seen.levels[row]))} at {seen.layer(row)}"
    return said + "."


def _spread(seen: Seen) -> str:
    """Within one layer, in the units that the layers are compared in."""
    if len(seen.columns) < 10:
        return ""
    if not seen.is_ratio:
        apart = seen.values - seen.levels[:, None]
        low, high = np.nanpercentile(apart, (10, 90))
        return _linear(seen, float(low), float(high))
    ratios = seen.values / seen.levels[:, None]
    first = len(seen.rows) // 3
    low, high = np.nanpercentile(ratios[first:], (10, 90), axis=1)
    reach = f"{_signed(float(low.min()))} and {_signed(float(high.max()))} of it"
    since = f" At any layer from {seen.layer(first)} on"
    return f"{since}, at least eight of ten tokens lie between {reach}."


def _signed(ratio: float) -> str:
    return f"{100 * (ratio - 1):+.0f} %"


def _linear(seen: Seen, low: float, high: float) -> str:
    below, above = seen.difference(low), seen.difference(high)
    tokens = f"eight of ten {seen.column}s"
    return f" In one layer, {tokens} lie between {below} below and {above} above it."
