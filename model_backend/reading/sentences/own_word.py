"""The word that the model itself would write next, and its way up through the layers."""

from collections.abc import Iterator

import numpy as np

from model_backend.api.measure_specs import Group
from model_backend.grids.numbers import percent
from model_backend.reading.material.evidence import Predictions
from model_backend.reading.material.observations import Kind, Observation, Part, TokenText
from model_backend.reading.material.seen import Seen, listed
from model_backend.reading.material.who import ordinal

OTHERS = 2
LEAST_OTHER = 0.02
RISES = (0.1, 0.5)
"""Shares of its last probability at which its way up is named."""


def say_own_word(seen: Seen) -> Iterator[Observation]:
    """The model's choice after the last token in view, if that is where the text ends."""
    given = seen.evidence.predictions
    last = len(seen.grid.token_labels) - 1
    is_lens = seen.measure is not None and seen.measure.spec.group is Group.LENS
    if given is None or not is_lens or not given.ids.shape[2] or not seen.evidence.ends_text:
        return
    if seen.columns[-1] != last or seen.rows[-1] != len(seen.grid.layer_labels) - 1:
        return
    token_id = int(given.ids[-1, -1, 0])
    others: list[list[Part]] = [
        [TokenText(None, given.texts[int(given.ids[-1, -1, k])]), f" {percent(float(prob))}"]
        for k, prob in enumerate(given.probs[-1, -1][: OTHERS + 1])
        if k and prob >= LEAST_OTHER
    ]
    said: list[Part] = [
        "After ",
        seen.token(-1),
        ": ",
        TokenText(None, given.texts[token_id]),
        f" {percent(float(given.probs[-1, -1, 0]))}",
    ]
    said += [" (", *listed(others, ", "), ")"] if others else []
    yield seen.say(
        Kind.OWN_WORD,
        *said,
        *_way_up(seen, given),
        ".",
        regions=seen.regions((0, len(seen.rows) - 1), [len(seen.columns) - 1]),
    )


def _way_up(seen: Seen, given: Predictions) -> list[Part]:
    """First layer at which it is on top for good, and what was on top below."""
    labels = seen.grid.layer_labels
    ranks, ids = given.next_ranks[:, -1], given.ids[:, -1, 0]
    on_top = ids == ids[-1]
    below = np.flatnonzero(~on_top[:-1])
    if not len(below):
        return ["; on top at every layer"]
    row = int(below[-1]) + 1
    first = int(on_top.argmax())
    said: list[Part] = [f"; on top from layer {labels[row]} on"]
    if row == len(labels) - 1:
        said = ["; on top at the last layer only"]
    if first < row:
        said += [f" (and first at {labels[first]})"]
    said += _rise(seen, given, row)
    rival = TokenText(None, given.texts[int(ids[row - 1])])
    rank = int(ranks[row - 1])
    own: list[Part] = [
        ", ",
        TokenText(None, given.texts[int(ids[-1])]),
        f" {ordinal(rank)} with {percent(float(given.next_probs[row - 1, -1]))}",
    ]
    return [
        *said,
        f". At layer {labels[row - 1]} ",
        rival,
        f" was on top with {percent(float(given.probs[row - 1, -1, 0]))}",
        *(own if rank > 1 else []),
    ]


def _rise(seen: Seen, given: Predictions, row: int) -> list[Part]:
    """Its probability at the layers where it rises."""
    probs, labels = given.next_probs[:, -1], seen.grid.layer_labels
    rows = {row}
    for share in RISES:
        rows.add(int((probs[row:] >= share * probs[-1]).argmax()) + row)
    rows.discard(len(probs) - 1)
    if not rows:
        return []
    steps = [f"{percent(float(probs[at]))} at {labels[at]}" for at in sorted(rows)]
    return [", ", ", ".join(steps)]
