"""Sentences on what stands out: groups of columns over a span of layers."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float

from model_backend.api.maps.measures import Measure
from model_backend.grids.numbers import percent
from model_backend.reading.material.observations import Kind, Observation, Part
from model_backend.reading.material.seen import Seen, capital, listed, medians
from model_backend.reading.material.who import (
    MOST_NAMED,
    MOST_PLACES,
    can_be_named,
    has_a_name,
    spelled,
    who,
)
from model_backend.reading.patterns.standouts import Standout, find_standouts
from model_backend.reading.sentences.depth import is_even

MOST, MOST_TRIED = 2, 4
LEAST_RATIO = 1.5
LEAST_OF_SPAN = 0.25
"""Least share of the colours' reach that a difference must have to be seen."""
BACK = 1.25
CLEAR = 1.15
"""Columns with nothing in common must be so many times as far out as any other."""
BLOCK = 20
"""Tokens whose median is what is usual for attention received."""
SINK_RATIO, SINK_SHARE = 5.0, 0.02
"""A token that gets this share of all later attention, and so many times as much as others."""


def standouts(seen: Seen) -> tuple[Standout, ...]:
    """The groups that stand out of a map, in what its colours show."""
    if is_even(seen) or seen.is_rank:
        return ()
    least = np.log(LEAST_RATIO) if seen.is_ratio else LEAST_OF_SPAN * seen.span
    apart = apart_from_usual(seen)
    found = [
        one
        for one in find_standouts(apart, float(least), MOST_TRIED)
        if can_be_named(seen, one.columns)
        and (has_a_name(seen, one.columns) or _gap(apart, one) >= CLEAR)
    ]
    is_auc = seen.grid.midpoint is not None and seen.grid.midpoint != 0
    is_two_sided = not is_auc and seen.measure is not Measure.ATTENTION_RECEIVED
    return tuple(one for one in found if one.is_high or is_two_sided)[:MOST]


def _gap(apart: Float[np.ndarray, "row column"], one: Standout) -> float:
    """The nearest of its columns as a multiple of the furthest other one."""
    means = np.nanmean(apart[one.rows], axis=0) * (1 if one.is_high else -1)
    inside = float(means[list(one.columns)].min())
    outside = float(np.delete(means, list(one.columns)).max())
    return inside / outside if outside > 0 else np.inf


def apart_from_usual(seen: Seen) -> Float[np.ndarray, "row column"]:
    """The distance of each cell from the usual value of its layer, or of the whole map of AUCs."""
    values, chance = seen.values, seen.evidence.within_chance
    if seen.grid.midpoint is not None:
        middle = 0.0 if seen.grid.midpoint == 0 else float(np.nanmedian(values))
        apart = values - middle
        if chance is None:
            return apart
        return np.where(chance[np.ix_(seen.rows, seen.columns)], np.minimum(apart, 0.0), apart)
    if seen.is_ratio:
        return np.log(values / seen.levels[:, None])
    if seen.measure is Measure.ATTENTION_RECEIVED:
        return values - _around(values)
    return values - seen.levels[:, None]


def _around(values: Float[np.ndarray, "row column"]) -> Float[np.ndarray, "row column"]:
    """The median of the tokens around each, for late tokens are seen by those near them alone.

    Medians of blocks, and a straight line from block to block.
    """
    n_columns = values.shape[1]
    blocks = np.array_split(np.arange(n_columns), max(1, n_columns // BLOCK))
    centres = [float(block.mean()) for block in blocks]
    usual = np.stack([medians(values[:, block], 1) for block in blocks], axis=1)
    at = np.arange(n_columns)
    return np.stack([np.interp(at, centres, row) for row in usual])


def say_standout(seen: Seen, one: Standout) -> Observation:
    """A sentence on columns that stand out: which, at which layers, and how far."""
    regions = seen.regions((one.first, one.last), one.columns)
    where = f", at {seen.layers(one.first, one.last)}: "
    if seen.is_ratio:
        said = _ratios(seen, one)
        return seen.say(Kind.STANDS_OUT, *_subject(seen, one), ": ", *said, regions=regions)
    return seen.say(
        Kind.STANDS_OUT, *_subject(seen, one), where, *_levels(seen, one), regions=regions
    )


def _subject(seen: Seen, one: Standout) -> list[Part]:
    first, *rest = who(seen, one.columns)
    return [capital(first) if isinstance(first, str) else first, *rest]


def _ratios(seen: Seen, one: Standout) -> list[Part]:
    ratios = (seen.values / seen.levels[:, None])[:, list(one.columns)]
    row = one.first + int(np.abs(np.log(np.nanmedian(ratios[one.rows], axis=1))).argmax())
    at_peak = ratios[row]
    said = listed([[significant_ratio(ratio)] for ratio in at_peak])
    if len(at_peak) > MOST_PLACES:
        said = [f"{significant_ratio(at_peak.min())} to {significant_ratio(at_peak.max())}"]
    later = ratios[one.last + 1 :]
    middle = np.nanmedian(later, axis=1)
    far = (middle >= BACK) | (middle <= 1 / BACK)
    back = one.last + 1 + (int(np.flatnonzero(far)[-1]) + 1 if far.any() else 0)
    end = f"; back to normal by layer {seen.layer(back)}" if back < len(seen.rows) else ""
    return [*said, f" times the layer's median at layer {seen.layer(row)}{end}."]


def significant_ratio(ratio: float) -> str:
    """Two digits: ``9.4``, ``0.81``, ``165``."""
    if ratio >= 10:
        return f"{ratio:,.0f}"
    return f"{ratio:.1f}" if ratio >= 0.95 else f"{ratio:.2f}"


def _levels(seen: Seen, one: Standout) -> list[Part]:
    inside = seen.values[one.rows][:, list(one.columns)]
    outside = np.delete(seen.values[one.rows], list(one.columns), axis=1)
    per_column = np.nanmean(inside, axis=0)
    average = " on average" if one.last > one.first else ""
    said = f"{seen.amount(float(np.nanmean(inside)))}{' on average' if inside.size > 1 else ''}"
    if len(one.columns) > 1 and not seen.grid.named_columns:
        said = f"{_means(seen, per_column)}{average}"
    others = seen.amount(float(np.nanmedian(outside)))
    return [f"{said}; the median of the other {seen.column}s there is {others}."]


def _means(seen: Seen, means: Float[np.ndarray, " column"]) -> str:
    """One for each column where all are named, in their order; else the lowest and highest."""
    said = [seen.bare(float(mean)) for mean in means]
    if len(said) > MOST_NAMED:
        said = [f"{seen.bare(float(means.min()))} to {seen.bare(float(means.max()))}"]
    text = "".join(str(part) for part in listed([[one] for one in said]))
    return f"{text} {seen.grid.unit}" if _has_unit(seen) else text


def _has_unit(seen: Seen) -> bool:
    return bool(seen.grid.unit) and not seen.amount(0.5).endswith("%")


def second_sinks(seen: Seen, found: tuple[Standout, ...]) -> Iterator[Observation]:
    """Attention that the columns of a spike receive, where it was measured."""
    received = seen.evidence.received
    for one in found[:1]:
        if received is None or not seen.is_ratio or not one.is_high:
            continue
        own = received[np.ix_(seen.rows, seen.columns)][one.rows]
        if not np.isfinite(own[:, list(one.columns)]).any(axis=0).all():
            continue
        shares = np.nanmean(own[:, list(one.columns)], axis=0)
        usual = float(np.nanmedian(np.delete(own, list(one.columns), axis=1)))
        if shares.min() >= max(SINK_SHARE, SINK_RATIO * usual):
            yield _sinks(seen, one, shares)


def _sinks(seen: Seen, one: Standout, shares: Float[np.ndarray, " column"]) -> Observation:
    low, high = percent(float(shares.min())), percent(float(shares.max()))
    which = (
        "The same token receives"
        if len(shares) == 1
        else f"The same {spelled(len(shares))} receive"
    )
    span = low if len(shares) == 1 else f"{low} to {high}"
    sinks = "a second sink" if len(shares) == 1 else "second sinks"
    layers = seen.layers(one.first, one.last)
    said = f"{which} {span} of all later attention in {layers}: {sinks}."
    return seen.say(Kind.STANDS_OUT, said, regions=seen.regions((one.first, one.last), one.columns))


def norms_there(seen: Seen, found: tuple[Standout, ...]) -> Iterator[Observation]:
    """The length of the residual stream where a token receives much attention."""
    norms = seen.evidence.norms
    if norms is None or seen.measure is not Measure.ATTENTION_RECEIVED:
        return
    for one in found[:1]:
        own = norms[np.ix_(seen.rows, seen.columns)][one.rows]
        ratios = (own / np.median(own, axis=1, keepdims=True))[:, list(one.columns)]
        row = int(np.median(ratios, axis=1).argmax())
        if one.is_high and ratios[row].min() >= 2:
            low, high = (
                significant_ratio(float(end)) for end in (ratios[row].min(), ratios[row].max())
            )
            times = low if len(one.columns) == 1 else f"{low} to {high}"
            those = "it" if len(one.columns) == 1 else f"these {spelled(len(one.columns))}"
            layer = seen.layer(one.first + row)
            said = f"At {those} the residual stream is {times} times as long as the layer's median"
            said += f" (layer {layer}), as it is at sinks."
            yield seen.say(
                Kind.STANDS_OUT, said, regions=seen.regions((one.first, one.last), one.columns)
            )
