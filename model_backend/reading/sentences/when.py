"""Groups of next tokens by the layer that foresees them: earliest, together, or only at the end."""

from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np

from model_backend.reading.material.observations import Kind, Observation, Part
from model_backend.reading.material.seen import listed
from model_backend.reading.material.who import spelled
from model_backend.reading.sentences.by_next_role import say_roles
from model_backend.reading.sentences.foreseen import (
    CLEARLY,
    LAST_JUMP,
    NEVER_ROW,
    Foreseen,
    repeated_pairs,
)

MOST_GROUPS, MOST_LISTED = 3, 5
LONG = 64
"""A text of so many tokens is told by roles and repeats, not token by token."""


def say_when(found: Foreseen) -> Iterator[Observation]:
    """What is foreseen first, what together, and what only at the last layer."""
    if len(found.seen.rows) < 4:
        return
    if found.n_columns >= LONG:
        yield from _repeats(found)
        yield from say_roles(found)
        return
    early = _earlier_in_repeats(found)
    if early:
        yield _say_pair(found, early)
    else:
        yield from _earliest(found)
    yield from _together(found, set(early))
    yield from _only_at_last(found)
    yield from _repeats(found)


def _earlier_in_repeats(found: Foreseen) -> list[int]:
    """The pair that repeats foresee earliest, and all of them earlier than its first time."""
    reached = found.reached
    pairs = [
        ats
        for ats in repeated_pairs(found).values()
        if found.ends[ats].all() and max(reached[ats[1:]]) < reached[ats[0]]
    ]
    return min(pairs, key=lambda ats: float(np.median(reached[ats])), default=[])


def _say_pair(found: Foreseen, ats: list[int]) -> Observation:
    seen, (first, *others) = found.seen, [int(row) for row in found.reached[ats]]
    repeats = f"in {'each of ' if len(others) > 1 else ''}the "
    repeats += f"{spelled(len(others))} repeats" if len(others) > 1 else "repeat"
    low, high = min(others), max(others)
    is_first = low <= found.reached[found.ends].min()
    lead = "Earliest" if is_first else "Earlier when repeated"
    again = f"layer {seen.layer(low)}" if low == high else seen.layers(low, high)
    return seen.say(
        Kind.STANDS_OUT,
        f"{lead}: ",
        *found.pair(ats[0]),
        f", at {found.what} first at layer "
        f"{seen.layer(first)} the first time, at {again} {repeats}: earlier once the text has said "
        "it.",
        regions=found.region(ats, (low, len(seen.rows) - 1)),
    )


def _earliest(found: Foreseen) -> Iterator[Observation]:
    """The next token that is foreseen from the lowest layer to the end."""
    seen, row = found.seen, int(found.settled.min())
    ats = [int(at) for at in np.flatnonzero(found.settled == row)]
    if row == NEVER_ROW or len(ats) > MOST_GROUPS:
        return
    pairs = {found.pair_text(at): at for at in reversed(ats)}
    named = listed([found.pair(at) for at in sorted(pairs.values())])
    yield seen.say(
        Kind.STANDS_OUT,
        "Earliest: ",
        *named,
        f", at {found.what} from layer {seen.layer(row)} to the end.",
        regions=found.region(ats, (row, len(seen.rows) - 1)),
    )


def _repeats(found: Foreseen) -> Iterator[Observation]:
    """Pairs that the text has had before, against their first time."""
    pairs = repeated_pairs(found)
    firsts = [ats[0] for ats in pairs.values()]
    again = [at for ats in pairs.values() for at in ats[1:]]
    if len(pairs) < 3:
        return
    n_first, n_again = (int(found.ends[ats].sum()) for ats in (firsts, again))
    if n_again / len(again) < n_first / len(firsts) + 0.2:
        return
    seen, settled = found.seen, found.settled[again]
    half = float(np.median(settled))
    since = f", half of them from layer {seen.layer(int(half))} on" if half < NEVER_ROW else ""
    yield seen.say(
        Kind.STANDS_OUT,
        f"Repeats are foreseen: where a token and the next have been together before, "
        f"{n_again:,} of {len(again):,} end at {found.what}{since}; the first time, "
        f"{n_first:,} of {len(firsts):,}.",
        regions=found.region(again),
    )


def _together(found: Foreseen, taken: set[int]) -> Iterator[Observation]:
    """Next tokens that are foreseen from the same layer on, grouped by equal next tokens."""
    last = len(found.seen.rows) - 1
    rows = [int(row) for at, row in enumerate(found.settled) if at not in taken and row < last]
    if not rows:
        return
    row, count = Counter(rows).most_common(1)[0]
    ats = [at for at, at_row in enumerate(found.settled) if at_row == row and at not in taken]
    if count < 3:
        return
    groups: dict[str, list[int]] = {}
    for at in ats:
        groups.setdefault(found.following[at], []).append(at)
    ranked = sorted(groups.values(), key=len, reverse=True)[:MOST_GROUPS]
    seen = found.seen
    said = [part for group in ranked for part in ("; ", *_to_one(found, group))][1:]
    late = _late_first(found, ranked, row)
    shown = [at for group in ranked for at in group]
    yield seen.say(
        Kind.LAYERS,
        f"At {found.what} from layer {seen.layer(row)} to the end: ",
        *said,
        ".",
        *late,
        regions=found.region(shown, (row, last)),
    )


def _to_one(found: Foreseen, ats: list[int]) -> list[Part]:
    tokens = {found.seen.token(int(found.columns[at])).text: at for at in ats}
    named = [
        [found.seen.token(int(found.columns[at]))] for at in list(tokens.values())[:MOST_LISTED]
    ]
    return [*listed(named), " → ", found.next(ats[0])]


def _late_first(found: Foreseen, groups: list[list[int]], row: int) -> list[Part]:
    """Columns before the same next token that came first in the text, and settle later."""
    late: list[list[Part]] = []
    at_rows = []
    for group in groups:
        earlier = [at for at in range(group[0]) if found.following[at] == found.following[group[0]]]
        if (
            found.has_start
            and len(group) > 1
            and earlier
            and row + CLEARLY <= found.settled[earlier[0]] < NEVER_ROW
        ):
            late.append([found.seen.token(int(found.columns[earlier[0]]))])
            at_rows.append(int(found.settled[earlier[0]]))
    if not late:
        return []
    low, high = min(at_rows), max(at_rows)
    where = (
        f"from {found.seen.layers(low, high)} on"
        if low == high
        else (f"from {found.seen.layers(low, high)}")
    )
    return [" The first time only ", where, " (", *listed(late), ")."]


def _only_at_last(found: Foreseen) -> Iterator[Observation]:
    """Equal tokens behind which the next is foreseen by the last layer alone."""
    seen, last = found.seen, len(found.seen.rows) - 1
    only = found.settled == last
    if not seen.is_rank:
        only &= found.values[last] - found.values[last - 1] >= LAST_JUMP
    groups: dict[str, list[int]] = {}
    for at in np.flatnonzero(only):
        groups.setdefault(seen.token(int(found.columns[at])).text, []).append(int(at))
    ats = max(groups.values(), key=_lowest_before(found), default=[])
    if not ats:
        return
    ends: list[list[Part]] = [
        [found.next(at), f" {seen.bare(float(found.values[last, at]))}"] for at in ats[:MOST_LISTED]
    ]
    shown = [] if len(ats) > MOST_LISTED else [f"; one layer below, {_below(found, ats)}"]
    yield seen.say(
        Kind.LAYERS,
        "Only at the last layer: ",
        seen.token(int(found.columns[ats[0]])),
        " → ",
        *listed(ends, ", "),
        *shown,
        ".",
        regions=found.region(ats, (last - 1, last)),
    )


def _below(found: Foreseen, ats: list[int]) -> str:
    """Values one layer below the last."""
    seen, before = found.seen, found.values[-2, ats]
    low, high = seen.bare(float(before.min())), seen.bare(float(before.max()))
    if seen.is_rank:
        return f"rank {low}" if low == high else f"ranks {low} to {high}"
    count = len(ats)
    return (
        "it is" if count == 1 else "both are" if count == 2 else f"all {spelled(count)} are"
    ) + (f" at {high} or less")


def _lowest_before(found: Foreseen) -> Callable[[list[int]], tuple[int, float]]:
    """Key: most columns first; among as many, the lowest one layer below."""
    sign = 1 if found.seen.is_rank else -1

    def key(ats: list[int]) -> tuple[int, float]:
        return len(ats), sign * float(found.values[-2, ats].mean())

    return key
