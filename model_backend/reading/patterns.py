"""Regular patterns of a grid: variance explained by layers and tokens, and how edges differ.

Pure functions of NumPy arrays. Random picks come from a fixed seed, so equal grids have equal
readings; what layers and tokens explain is compared with a known distribution and not with
shuffles, for a map may have 300,000 cells.
"""

from dataclasses import dataclass
from math import comb

import numpy as np
from jaxtyping import Bool, Float, Int

LARGEST = 1e100
"""Numbers beyond this are no measurements, and their squares could not be added up; those under its
inverse are nothing, and their squares would be."""
SEED = 20_241_003
MOST_DRAWS = 300_000
FEWEST_PICKS = 200
"""With fewer ways to pick the edge, even the two most extreme ones are more than 1 in 100."""


@dataclass(frozen=True, eq=False)
class Kept:
    """The part of a grid that has something to say: no empty rows, no positions left out."""

    values: Float[np.ndarray, "kept_row kept_token"]
    """NaN where a cell has no value."""
    rows: Int[np.ndarray, " kept_row"]
    positions: Int[np.ndarray, " kept_token"]

    @property
    def finite(self) -> Float[np.ndarray, " cell"]:
        """The values that there are."""
        return self.values[~np.isnan(self.values)]


@dataclass(frozen=True)
class Band:
    """Neighbouring rows or tokens, both ends included."""

    first: int
    last: int

    @property
    def ends(self) -> tuple[int, int]:
        """Both ends."""
        return self.first, self.last


@dataclass(frozen=True)
class Share:
    """The share of a map's variance that something explains."""

    value: float
    shuffled: float
    """99th percentile of the share over maps with the same cells in random order."""
    chance: float
    """Mean of the share over such maps."""

    @property
    def is_real(self) -> bool:
        """True if the share exceeds ``shuffled``."""
        return self.value > self.shuffled

    @property
    def beyond_chance(self) -> float:
        """The share minus the part expected by chance; 0 if it is not real.

        As an adjusted R squared: many tokens explain more by chance than one straight line does.
        """
        return (self.value - self.chance) / (1 - self.chance) if self.is_real else 0.0


@dataclass(frozen=True)
class Shares:
    """Shares of a map's variance explained by layers and by tokens, each alone."""

    layers: Share
    tokens: Share
    layer_ramp: Share
    token_ramp: Share

    @property
    def interaction(self) -> float:
        """Share of the variance that neither explains."""
        return max(0.0, 1.0 - self.layers.value - self.tokens.value)


@dataclass(frozen=True)
class Edge:
    """The mean of the first few rows or tokens, and of the middle."""

    edge: float
    middle: float
    beyond: bool | None
    """True if the first few are further from the mean than 99 of 100 random picks of as many
    are; None where there are too few different picks to say."""


def keep(
    values: Float[np.ndarray, "row token"], left_out: Bool[np.ndarray, " token"] | None
) -> Kept:
    """The rows and positions that have a value and are not left out."""
    values = values.astype(np.float64)
    present = np.abs(np.where(np.isnan(values), np.inf, values)) <= LARGEST
    if left_out is not None:
        present &= ~left_out
    rows, positions = np.flatnonzero(present.any(axis=1)), np.flatnonzero(present.any(axis=0))
    cells = np.ix_(rows, positions)
    kept = np.where(np.abs(values[cells]) < 1 / LARGEST, 0.0, values[cells])
    return Kept(np.where(present[cells], kept, np.nan), rows, positions)


def runs(chosen: Bool[np.ndarray, " place"]) -> list[Band]:
    """The unbroken runs of what is true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], chosen.astype(int), [0]])))
    return [Band(int(a), int(b) - 1) for a, b in edges.reshape(-1, 2)]


def is_flat(values: Float[np.ndarray, " cell"]) -> bool:
    """True if all values are equal up to rounding."""
    return values.size == 0 or bool(np.ptp(values) <= 1e-7 * np.abs(values).max())


def means(values: Float[np.ndarray, "row token"], axis: int) -> Float[np.ndarray, " kept"]:
    """The mean of every row (axis 1) or token (axis 0) over the cells that have a value."""
    return np.asarray(np.nanmean(values, axis=axis))


def medians(values: Float[np.ndarray, "row token"], axis: int) -> Float[np.ndarray, " kept"]:
    """As ``means``; sorted by hand, for NumPy's own is slow where cells are missing."""
    ordered = np.sort(values, axis=axis)
    count = np.expand_dims((~np.isnan(values)).sum(axis=axis), axis)
    low = np.take_along_axis(ordered, (count - 1) // 2, axis)
    high = np.take_along_axis(ordered, count // 2, axis)
    return np.asarray((0.5 * (low + high)).squeeze(axis))


def find_shares(values: Float[np.ndarray, "row token"]) -> Shares:
    """Measure the shares of variance explained by row means, token means and linear ramps."""
    mean = np.nanmean(values)
    total = float(np.nansum((values - mean) ** 2))
    n_cells = int((~np.isnan(values)).sum())

    def share(explained: float, freedom: int) -> Share:
        chance = freedom / (n_cells - 1)
        return Share(explained / total, _shuffled_share(freedom, n_cells), chance)

    def by(axis: int) -> tuple[Share, Share]:
        counts = (~np.isnan(values)).sum(axis=axis).astype(float)
        apart = means(values, axis) - mean
        place = np.arange(len(apart)) - np.average(np.arange(len(apart)), weights=counts)
        slope = float((counts * place * apart).sum()) ** 2
        ramp = slope / max(float((counts * place**2).sum()), 1e-30)
        return share(float((counts * apart**2).sum()), len(apart) - 1), share(ramp, 1)

    (layers, layer_ramp), (tokens, token_ramp) = by(1), by(0)
    return Shares(layers, tokens, layer_ramp, token_ramp)


def _shuffled_share(freedom: int, n_cells: int) -> float:
    """The 99th percentile of a share of variance when cells are in random order.

    That distribution is close to a Beta distribution whatever the values (Pitman 1938, Biometrika
    29, 322-335), which saves shuffling a map of 300,000 cells.
    """
    rest = n_cells - 1 - freedom
    if freedom < 1 or rest < 1:
        return 1.0
    draws = np.random.default_rng(SEED).beta(freedom / 2, rest / 2, 4000)
    return float(np.percentile(draws, 99))


def compare_edges(means: Float[np.ndarray, " kept"], width: int) -> tuple[Edge, Edge]:
    """The first and the last ``width`` of some means, against those between.

    Whole rows or tokens are picked at random, not cells: one token is alike in all layers.
    """
    centred = means - means.mean()
    picks = np.tile(centred, (min(999, MOST_DRAWS // len(means)), 1))
    np.random.default_rng(SEED).permuted(picks, axis=1, out=picks)
    random = np.abs(picks[:, :width].mean(axis=1))
    testable = comb(len(means), width) >= FEWEST_PICKS

    def compare(edge: slice) -> Edge:
        as_far = int((random >= abs(centred[edge].mean()) * (1 - 1e-9)).sum())
        beyond = (1 + as_far) / (1 + len(random)) <= 0.01 if testable else None
        return Edge(float(means[edge].mean()), float(means[width:-width].mean()), beyond)

    return compare(slice(width)), compare(slice(-width, None))
