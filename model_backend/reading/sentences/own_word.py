"""The word that the model itself would write next, and its way up through the layers."""

from collections.abc import Iterator

import numpy as np

from model_backend.api.maps.measure_specs import Group
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
    """Say which token the model predicts after the text and where it rises; once at most.

    Nothing is said where the end of the text, or the last layer, is not in view.
    """
    given = seen.evidence.predictions
    last = len(seen.grid.token_labels) - 1
    is_lens = seen.measure is not None and seen.measure.spec.group is Group.LENS
    if given is None or not is_lens or not given.ids.shape[2] or not seen.evidence.ends_text:
        return
    if seen.columns[-1] != last or seen.rows[-1] != len(seen.grid.layer_labels) - 1:
        return
    yield seen.say(
        Kind.OWN_WORD,
        *(
            "After ",
            seen.token(-1),
            ": ",
            _word(given, -1),
            " ",
            percent(float(given.probs[-1, -1, 0])),
        ),
        *_rivals(given),
        *_way_up(seen, given),
        ".",
        regions=seen.regions((0, len(seen.rows) - 1), [len(seen.columns) - 1]),
    )


def _word(given: Predictions, row: int) -> TokenText:
    """The likeliest next word after the last token, by one row."""
    return TokenText(None, given.texts[int(given.ids[row, -1, 0])])


def _rivals(given: Predictions) -> list[Part]:
    """The next likeliest words of the last layer."""
    pairs = list(zip(given.ids[-1, -1], given.probs[-1, -1], strict=True))[1 : OTHERS + 1]
    others: list[list[Part]] = [
        [TokenText(None, given.texts[int(token_id)]), f" {percent(float(prob))}"]
        for token_id, prob in pairs
        if prob >= LEAST_OTHER
    ]
    return [" (", *listed(others, ", "), ")"] if others else []


def _way_up(seen: Seen, given: Predictions) -> list[Part]:
    """First layer at which it is on top for good, and what was on top below."""
    labels, ids = seen.grid.layer_labels, given.ids[:, -1, 0]
    on_top = ids == ids[-1]
    below = np.flatnonzero(~on_top[1:-1]) + 1  # without the embedding
    if not len(below):
        return ["; on top at every layer"]
    row, first = int(below[-1]) + 1, int(on_top[1:].argmax()) + 1
    is_last = row == len(labels) - 1
    where = "at the last layer" if is_last else f"from layer {labels[row]} on"
    only = " only" if is_last and first == row else ""
    before = f" (and first at {labels[first]})" if first < row else ""
    return [
        f"; on top {where}{only}{before}",
        *_rise(seen, given, row),
        *_below(seen, given, row - 1),
    ]


def _below(seen: Seen, given: Predictions, row: int) -> list[Part]:
    """The word on top in the row below, and the rank that the model's own word had there."""
    top = percent(float(given.probs[row, -1, 0]))
    said: list[Part] = [f". At layer {seen.grid.layer_labels[row]} ", _word(given, row)]
    said += [f" was on top with {top}"]
    rank = int(given.next_ranks[row, -1])
    own = f" {ordinal(rank)} with {percent(float(given.next_probs[row, -1]))}"
    return [*said, ", ", _word(given, -1), own] if rank > 1 else said


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
