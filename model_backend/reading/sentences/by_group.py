"""Groups of tokens that are higher or lower than the others of their layers, and where."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from model_backend.reading.material.groups import Group, equal_tokens, roles
from model_backend.reading.material.observations import Kind, Observation, Part
from model_backend.reading.material.seen import Seen, capital, listed, medians, runs
from model_backend.reading.material.who import examples
from model_backend.reading.patterns.standouts import Standout
from model_backend.reading.sentences.depth import is_even
from model_backend.reading.sentences.peaks import apart_from_usual, significant_ratio

FEWEST_MEMBERS, MOST_MEMBERS = 4, 0.6
"""The most is a share of all columns: a group of nearly all is not apart from the others."""
LEAST_RATIO = 1.08
LEAST_OF_SPAN = 0.12
AGREE = 0.75
"""Share of the members on the same side of the layer's median."""
LEAST_SURE = 4.5
"""Standard errors, as if cells were independent."""
FEWEST_LAYERS = 3
MOST_BANDS, MOST_ON_A_SIDE = 2, 2
PREFER_ROLES = 1.4
SAME_BAND = 0.5
"""Spans of layers that share this much of both together are one band."""


@dataclass(frozen=True, eq=False)
class Effect:
    """A group that is apart from the others over a span of layers, both ends included."""

    group: Group
    columns: tuple[int, ...]
    """Its columns, the furthest out first."""
    first: int
    last: int
    mean: float
    """The median over its cells there of how far they are apart."""

    @property
    def strength(self) -> float:
        """Distance and length together; a role says more than one token of it."""
        whole = 1.0 if self.group.is_token else PREFER_ROLES
        size = len(self.columns) ** 0.2
        return whole * size * abs(self.mean) * (self.last - self.first + 1) ** 0.5


def say_groups(seen: Seen, found: tuple[Standout, ...]) -> Iterator[Observation]:
    """A sentence for each band of layers in which groups of tokens are apart."""
    if not seen.is_text or is_even(seen) or len(seen.columns) < 2 * FEWEST_MEMBERS or seen.is_rank:
        return
    effects = sorted(_effects(seen, found), key=lambda one: -one.strength)
    for band in _bands(effects)[:MOST_BANDS]:
        yield _say_band(seen, band)


def _effects(seen: Seen, found: tuple[Standout, ...]) -> Iterator[Effect]:
    apart = apart_from_usual(seen)
    spread = np.sqrt(np.nanmean(apart**2, axis=1))
    for one in found:  # which have a sentence of their own
        apart[one.rows, list(one.columns)] = np.nan
    least = np.log(LEAST_RATIO) if seen.is_ratio else LEAST_OF_SPAN * seen.span
    for group in _groups(seen):
        columns = np.flatnonzero(group.members[seen.columns])
        if FEWEST_MEMBERS <= len(columns) <= MOST_MEMBERS * len(seen.columns):
            yield from _effect(group, columns, apart, spread, float(least))


def _groups(seen: Seen) -> Iterator[Group]:
    labels = seen.grid.token_labels
    yield from (Group(role, mask) for role, mask in roles(labels).items())
    yield from list(equal_tokens(labels, FEWEST_MEMBERS))[:30]


def _effect(
    group: Group,
    columns: np.ndarray,
    apart: Float[np.ndarray, "row column"],
    spread: Float[np.ndarray, " row"],
    least: float,
) -> Iterator[Effect]:
    """The longest span of layers where the group is apart, if it is so beyond doubt."""
    own = apart[:, columns]
    counts = (~np.isnan(own)).sum(axis=1)
    middle = np.where(counts >= FEWEST_MEMBERS, medians(own, 1), 0.0)
    agree = (np.sign(own) == np.sign(middle)[:, None]).sum(axis=1) / np.maximum(counts, 1)
    for sign in (1, -1):
        spans = runs((sign * middle >= least) & (agree >= AGREE))
        if not spans:
            continue
        first, last = max(spans, key=lambda span: span[1] - span[0])
        rows = slice(first, last + 1)
        error = float(spread[rows].mean()) / np.sqrt(counts[rows].sum())
        mean = float(np.nanmedian(own[rows]))
        if last - first + 1 >= FEWEST_LAYERS and abs(np.nanmean(own[rows])) >= LEAST_SURE * error:
            order = np.argsort(-sign * _means(own[rows], otherwise=-sign * np.inf), kind="stable")
            yield Effect(group, tuple(int(one) for one in columns[order]), first, last, mean)


def _means(
    values: Float[np.ndarray, "row column"], otherwise: float
) -> Float[np.ndarray, " column"]:
    """Mean of each column's values; ``otherwise`` for a column that has none."""
    counts = (~np.isnan(values)).sum(axis=0)
    return np.where(counts, np.nansum(values, axis=0) / np.maximum(counts, 1), otherwise)


def _bands(effects: list[Effect]) -> list[list[Effect]]:
    """Effects at nearly the same layers together, the strongest first; no group twice."""
    bands: list[list[Effect]] = []
    for one in effects:
        home = next((band for band in bands if _overlap(band[0], one) >= SAME_BAND), None)
        if home is None:
            bands.append([one])
            continue
        beside = [other for other in home if (other.mean > 0) == (one.mean > 0)]
        if len(beside) < MOST_ON_A_SIDE and not any(_shares(one, other) for other in beside):
            home.append(one)
    return bands


def _overlap(one: Effect, other: Effect) -> float:
    shared = min(one.last, other.last) - max(one.first, other.first) + 1
    both = max(one.last, other.last) - min(one.first, other.first) + 1
    return shared / both


def _shares(one: Effect, other: Effect) -> bool:
    """True if most of the smaller group is in the other."""
    shared = len(set(one.columns) & set(other.columns))
    return shared >= 0.5 * min(len(one.columns), len(other.columns))


def _say_band(seen: Seen, band: list[Effect]) -> Observation:
    first, last = max(one.first for one in band), min(one.last for one in band)
    named = [_name(seen, one, first, last) for one in sorted(band, key=lambda one: -one.mean)]
    columns = {column for one in band for column in one.columns}
    return seen.say(
        Kind.LAYERS,
        f"{capital(seen.layers(first, last))}, against the layer's median: ",
        *listed(named, ", "),
        ".",
        regions=seen.regions((first, last), sorted(columns)),
    )


def _name(seen: Seen, one: Effect, first: int, last: int) -> list[Part]:
    """The group with its median there: a ratio or a difference."""
    apart = apart_from_usual(seen)[first : last + 1][:, list(one.columns)]
    middle = float(np.nanmedian(apart))
    sign = "+" if middle > 0 else "-"
    size = (
        f" {significant_ratio(float(np.exp(middle)))} times"
        if seen.is_ratio
        else f" {sign}{seen.difference(middle)}"
    )
    if one.group.is_token:
        return [seen.token(one.columns[0]), size]
    return [f"{one.group.name}{size} (", *examples(seen, one.columns), ")"]
