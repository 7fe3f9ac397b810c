"""A chosen token in sentences: where it is likely, and its way up through the layers.

Also how far it is above another one, where two are compared.
"""

import math
from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool, Float

from model_backend.api.maps.measure_specs import Needs
from model_backend.grids.numbers import percent, significant
from model_backend.reading.material.observations import Kind, Observation, Part, TokenText
from model_backend.reading.material.seen import Seen, listed

CLEAR = 0.01
"""A token that stays under this probability is hardly a candidate."""
STEPS = (0.1, 0.5)
"""Probabilities whose first layer is named, and ``BEST`` ranks."""
BEST = (100, 10, 1)
MOST_STORIES = 3
EVEN = 0.5
"""Logits: two tokens so near to each other are called even."""


def is_tracked(seen: Seen) -> bool:
    """True of maps of chosen tokens, whose texts are known."""
    measure = seen.measure
    return (
        measure is not None
        and measure.spec.needs is Needs.LENS
        and len(measure.token_ids) > 0
        and len(measure.token_ids) == len(seen.evidence.chosen)
    )


def drawn(seen: Seen) -> list[Part]:
    """A sentence on what is drawn, with the tokens as tokens."""
    first, *others = _tokens(seen)
    if others:
        stopped = ", if the model stopped at that layer; above 0, "
        less: list[Part] = ["The logit of ", first, " less that of ", *others]
        return [*less, stopped, first, " is the likelier"]
    what = "rank" if seen.is_rank else "probability"
    best = "; 1 is the likeliest" if seen.is_rank else ""
    return [f"The {what} of ", first, f", if the model stopped at that layer{best}"]


def in_short(seen: Seen) -> Observation:
    """After how many tokens it is the likeliest at the last layer, or ahead, and where most so."""
    last, (first, *others) = seen.values[-1], _tokens(seen)
    top = _order(seen)[0]
    layer = seen.layer(len(seen.rows) - 1)
    value = float(last[top])
    if others:
        n_ahead, n_columns = int((last > 0).sum()), len(last)
        said: list[Part] = [f"At layer {layer}, ", first, " is ahead of ", *others]
        said += [f" after {n_ahead:,} of {n_columns:,} {seen.column}s; most after "]
        return seen.say(Kind.SHORT, *said, seen.token(top), f": {_ahead(value)}.")
    if _is_nowhere(seen):
        most = seen.amount(float(_best(seen, seen.values)))
        never = "never better than rank" if seen.is_rank else "at any layer at most"
        return seen.say(Kind.SHORT, first, f" is no candidate anywhere: {never} {most}.")
    n_top = int((last <= 1).sum() if seen.is_rank else (last >= 0.5).sum())
    what = "at rank 1" if seen.is_rank else "at 50 % or more"
    said = [f"At layer {layer}, ", first, f" is {what} after {n_top:,} of {len(last):,} "]
    lead = f"{seen.column}s; " + ("best after " if seen.is_rank else "most after ")
    return seen.say(Kind.SHORT, *said, lead, seen.token(top), f": {seen.amount(value)}.")


def findings(seen: Seen) -> Iterator[Observation]:
    """The way up behind the tokens where it ends highest, and where there is nothing of it."""
    if len(seen.rows) < 4:
        return
    story = _of_two if len(_tokens(seen)) > 1 else _of_one
    for column in _order(seen)[:MOST_STORIES]:
        yield from story(seen, column)
    if len(_tokens(seen)) == 1 and not _is_nowhere(seen):
        yield from _nowhere_else(seen)


def _tokens(seen: Seen) -> list[TokenText]:
    return [TokenText(None, text) for text in seen.evidence.chosen]


def _order(seen: Seen) -> list[int]:
    """Columns by their last value, the best first; of equals the last one, where the text ends."""
    last = seen.values[-1] if seen.is_rank else -seen.values[-1]
    keys = list(zip(np.where(np.isnan(last), np.inf, last), -np.arange(len(last)), strict=True))
    return sorted(range(len(last)), key=keys.__getitem__)


def _best(seen: Seen, values: Float[np.ndarray, "..."]) -> float:
    return float(np.nanmin(values) if seen.is_rank else np.nanmax(values))


def _is_clear(seen: Seen) -> Bool[np.ndarray, " column"]:
    """Columns at which it is a candidate at some layer."""
    if seen.is_rank:
        return np.nanmin(seen.values, axis=0) <= BEST[1]
    return np.nanmax(seen.values, axis=0) >= CLEAR


def _is_nowhere(seen: Seen) -> bool:
    return not _is_clear(seen).any()


def _of_one(seen: Seen, column: int) -> Iterator[Observation]:
    """A sentence on the layers at which it passes some marks, and on its last value."""
    if not _is_clear(seen)[column]:
        return
    values, last = seen.values[:, column], len(seen.rows) - 1
    marks = BEST if seen.is_rank else STEPS
    steps: dict[int, str] = {}
    for mark in marks:
        passed = values <= mark if seen.is_rank else values >= mark
        if passed.any():
            steps[int(passed.argmax())] = (
                f"rank {mark} or better" if seen.is_rank else f"{percent(mark)} or more"
            )
    if not steps:
        return
    named = [f"{said} first at layer {seen.layer(row)}" for row, said in steps.items()]
    top = int(np.nanargmin(values) if seen.is_rank else np.nanargmax(values))
    if top != last and not _is_near(seen, values[top], values[last]):
        named.append(f"best at layer {seen.layer(top)} with {seen.amount(float(values[top]))}")
    named.append(f"{seen.amount(float(values[last]))} at the end")
    yield _story(seen, column, ", ".join(named))


def _is_near(seen: Seen, one: float, other: float) -> bool:
    return bool(one == other) if seen.is_rank else abs(float(one - other)) < 0.05


def _of_two(seen: Seen, column: int) -> Iterator[Observation]:
    """From which layer on the first is ahead to the end, or that it falls behind."""
    values, last = seen.values[:, column], len(seen.rows) - 1
    ahead = values > 0
    lasting = np.logical_and.accumulate(ahead[::-1])[::-1]
    end = _ahead(float(values[last]))
    if lasting.all():
        said = f"ahead at every layer, {end} at the end"
    elif lasting.any():
        said = f"ahead from layer {seen.layer(int(lasting.argmax()))} to the end, {end}"
    elif ahead.any():
        top = int(np.nanargmax(values))
        said = f"ahead at layer {seen.layer(top)} ({_ahead(float(values[top]))}), {end} at the end"
    else:
        said = f"behind at every layer, {end} at the end"
    yield _story(seen, column, said)


def _story(seen: Seen, column: int, said: str) -> Observation:
    regions = seen.regions((0, len(seen.rows) - 1), [column])
    token = seen.token(column)
    is_one_of_many = sum(seen.token(other).text == token.text for other in range(len(seen.columns)))
    where = f" (position {seen.place(column)})" if is_one_of_many > 1 else ""
    return seen.say(Kind.LAYERS, "After ", token, f"{where}: {said}.", regions=regions)


def _nowhere_else(seen: Seen) -> Iterator[Observation]:
    clear = _is_clear(seen)
    rest = [int(column) for column in np.flatnonzero(~clear)]
    if not rest or len(rest) == len(clear):
        return
    limit = (
        f"rank {BEST[1]} is never reached" if seen.is_rank else f"it stays under {percent(CLEAR)}"
    )
    where = listed([[seen.token(column)] for column in rest]) if len(rest) <= MOST_STORIES else None
    after: list[Part] = ["After ", *where] if where else [f"After {len(rest):,} {seen.column}s"]
    whole = (0, len(seen.rows) - 1)
    yield seen.say(
        Kind.ABSENT, *after, f" {limit} at any layer.", regions=seen.regions(whole, rest)
    )


def _ahead(logits: float) -> str:
    """A logit difference, and how many times as likely that is."""
    times = math.exp(min(abs(logits), 40.0))
    said = f"{logits:+.2f} logits"
    if abs(logits) < EVEN:
        return f"{said}, about even"
    return f"{said}, {significant(times)} times as {'likely' if logits > 0 else 'unlikely'}"
