"""The story of the lens's first guesses: where the last layer's guess is there already."""

from collections.abc import Iterator

import numpy as np

from model_backend.api.maps.measure_specs import Group
from model_backend.grids.numbers import percent
from model_backend.reading.material.evidence import Predictions
from model_backend.reading.material.observations import Kind, Observation, TokenText
from model_backend.reading.material.seen import Seen
from model_backend.reading.sentences.foreseen import MEASURES

FEWEST_TOKENS = 5
SURE = 0.5
FEWEST_SURE = 5


def say_guesses(seen: Seen) -> Iterator[Observation]:
    """When the last layer's guess comes on top, and how often guesses are right."""
    given = seen.evidence.predictions
    is_lens = seen.measure is not None and seen.measure.spec.group is Group.LENS
    if given is None or not is_lens or not given.ids.shape[2] or seen.measure in MEASURES:
        return
    if len(seen.columns) < FEWEST_TOKENS or len(seen.rows) < 4:
        return
    yield _settled(seen, given)
    yield from _early_and_sure(seen, given)


def _settled(seen: Seen, given: Predictions) -> Observation:
    """Layers from which the last guess stays on top, for half of the tokens and for most."""
    tops = given.ids[:, seen.columns, 0]
    same = np.logical_and.accumulate((tops == tops[-1])[::-1], axis=0)[::-1]
    settled = same.argmax(axis=0)
    half, most = (int(np.percentile(settled, q, method="higher")) for q in (50, 80))
    labels = seen.grid.layer_labels
    said = f"The last layer's guess is on top to the end from layer {labels[half]} on for half of "
    said += f"the tokens, from {labels[most]} for eight of ten."
    followed = seen.columns[seen.columns < len(seen.grid.token_labels) - 1]
    if seen.is_text and len(followed):
        n_right = int((given.next_ranks[-1, followed] == 1).sum())
        said += f" It is the token that really follows for {n_right:,} of {len(followed):,}."
    return seen.say(Kind.LAYERS, said, regions=seen.every())


def _early_and_sure(seen: Seen, given: Predictions) -> Iterator[Observation]:
    """Confident guesses of the lower half that the last layer does not share."""
    middle = int(seen.rows[0]) + (int(seen.rows[-1]) - int(seen.rows[0])) // 2
    rows = seen.rows[seen.rows <= middle]
    cells = np.ix_(rows, seen.columns)
    tops, probs = given.ids[..., 0][cells], given.probs[..., 0][cells]
    sure = probs >= SURE
    if sure.sum() < FEWEST_SURE:
        return
    agrees = float((tops == given.ids[-1, seen.columns, 0])[sure].mean())
    ids, counts = np.unique(tops[sure], return_counts=True)
    text = TokenText(None, given.texts[int(ids[counts.argmax()])])
    last = int(np.flatnonzero(seen.rows == rows[-1])[0])
    yield seen.say(
        Kind.LAYERS,
        f"At {seen.layers(0, last)}, the first guess is at {percent(SURE)} or more in "
        f"{int(sure.sum()):,} cells; in {percent(agrees)} of these it is the last layer's guess. "
        "Most frequent: ",
        text,
        f" ({int(counts.max()):,} times).",
        regions=seen.every((0, last)),
    )
