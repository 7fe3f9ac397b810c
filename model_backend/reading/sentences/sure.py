"""Statistics behind a reading, which the page shows under *How sure is this?*."""

from collections.abc import Iterator

import numpy as np

from model_backend.reading.material.observations import Kind, Observation
from model_backend.reading.material.seen import Seen, capital
from model_backend.reading.patterns.standouts import Standout
from model_backend.reading.sentences.depth import Shares, find_shares

MIDDLES = {"P(correct)": "which calls an answer as likely right as wrong"}
"""Meaning of a midpoint, by unit."""
ROLES = (
    "Groups go by spelling alone: names are words with a capital letter, function words those of "
    "an English list, content words all others."
)
ALIKE = (
    "Neighbouring layers are alike in every model: that a pattern is no scatter says that it is "
    "there, not that it means something."
)


def say_how_sure(seen: Seen, found: tuple[Standout, ...]) -> Iterator[Observation]:
    """Extremes, shares of the variance, and what was found in one half and held in the other."""
    yield from _extremes(seen)
    if min(seen.values.shape) > 1:
        yield seen.say(Kind.SURE, _shares(seen))
    for one in found:
        yield _held(seen, one)
    if seen.grid.midpoint is not None:
        yield against_midpoint(seen, seen.grid.midpoint)
    if min(seen.values.shape) > 1:
        yield seen.say(Kind.SURE, f"{ROLES} {ALIKE}" if seen.is_text else ALIKE)


def _extremes(seen: Seen) -> Iterator[Observation]:
    values = seen.values
    for name, at in (("highest", np.nanargmax(values)), ("lowest", np.nanargmin(values))):
        row, column = (int(place) for place in np.unravel_index(int(at), values.shape))
        n_equal = int((values == values[row, column]).sum())
        cells = "cell" if n_equal == 2 else "cells"
        more = f", and in {n_equal - 1:,} other {cells}" if n_equal > 1 else ""
        place = "" if seen.grid.named_columns else f" ({seen.place(column)})"
        chance = seen.evidence.within_chance
        if (
            name == "highest"
            and chance is not None
            and chance[seen.rows[row], seen.columns[column]]
        ):
            more += ": within chance"
        yield seen.say(
            Kind.SURE,
            f"{capital(name)}: {seen.amount(float(values[row, column]))} at layer "
            f"{seen.layer(row)}, ",
            seen.token(column),
            f"{place}{more}.",
            regions=seen.regions((row, row), [column]),
        )


def _shares(seen: Seen) -> str:
    """Whole percentages that add up to 100."""
    values = np.log(seen.values) if seen.is_ratio else seen.values
    shares = find_shares(values)
    layers, columns, rest = whole_percentages(shares)
    of = "variance of the logarithms" if seen.is_ratio else "variance"
    chance = max(shares.by_chance)
    luck = ""
    if chance >= 0.02:
        luck = (
            f" Of cells in random order, either would explain about {100 * chance:.0f} % or less."
        )
    return (
        f"Of the {of}, the means of layers explain {layers} %, those of {seen.column}s "
        f"{columns} % more, and {rest} % is in neither: 100 % together.{luck}"
    )


def whole_percentages(shares: Shares) -> tuple[int, int, int]:
    """Round shares of layers, tokens and rest to percentages that add up to 100.

    What rounding down leaves over goes to the largest remainders.
    """
    exact = [100 * share for share in (shares.layers, shares.tokens, shares.rest)]
    whole = [int(share) for share in exact]
    order = sorted(range(3), key=lambda at: whole[at] - exact[at])
    for at in order[: 100 - sum(whole)]:
        whole[at] += 1
    return whole[0], whole[1], whole[2]


def _held(seen: Seen, one: Standout) -> Observation:
    """The check of a group in layers that had no part in finding it."""
    if seen.is_ratio:
        found, held = (f"{np.exp(mean):.2f} times" for mean in (one.found_at, one.held_at))
        by = "what is usual"
    else:
        found, held = (seen.difference(mean) for mean in (one.found_at, one.held_at))
        by = "above what is usual" if one.is_high else "below what is usual"
    return seen.say(
        Kind.SURE,
        f"{_size(one)} at {seen.layers(one.first, one.last)} was looked for in "
        f"every second layer (mean {found} {by}, outliers capped) and held in the layers between "
        f"({held}).",
        regions=seen.regions((one.first, one.last), one.columns),
    )


def _size(one: Standout) -> str:
    return "The column" if len(one.columns) == 1 else f"The group of {len(one.columns):,}"


def against_midpoint(seen: Seen, midpoint: float) -> Observation:
    """The side on which cells are of the value that means "nothing here"."""
    clipped = seen.grid.clipped_at
    if clipped is not None and clipped >= midpoint:
        return seen.say(
            Kind.SURE,
            f"Values under {clipped:g} were drawn as {clipped:g} by the source, so none can be "
            "seen below it.",
        )
    cells = seen.finite
    above, below = int((cells > midpoint).sum()), int((cells < midpoint).sum())
    meaning = MIDDLES.get(seen.grid.unit, "the value that means nothing is found")
    meaning = "where both maps are equal" if midpoint == 0 else meaning  # of a difference
    equal = cells.size - above - below
    rest = f", {equal:,} at it" if equal else ""
    return seen.say(
        Kind.SURE,
        f"{above:,} of {cells.size:,} cells are above {midpoint:g}, {meaning}; {below:,} are below "
        f"it{rest}.",
    )
