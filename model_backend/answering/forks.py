"""Finds the first token at which a given answer and the right one differ."""

from collections.abc import Sequence
from typing import Any

from model_backend.answering.exact_answers import Spelling
from model_backend.api.maps.positions import TokenRange
from model_backend.api.questions import Fork
from model_backend.engine.tokens import encode_inside


def find_fork(
    tokenizer: Any, answer_ids: Sequence[int], spelling: Spelling, exact: TokenRange, right: str
) -> Fork:
    """The first token that differs between the exact answer and a right one in its place.

    ``Fork.position`` counts from the answer's first token; -1 is the prompt's last one. The right
    answer stands after the same space, and with a capital letter if the exact answer has one. Where
    it is empty, or begins as the exact answer does to its end, no token differs.
    """
    given = answer_ids[exact.first : exact.last + 1]
    wanted = encode_inside(tokenizer, _in_place(right, spelling, exact)) if right else ()
    for at, (one, other) in enumerate(zip(given, wanted, strict=False)):
        if one != other:
            return Fork(exact.first + at - 1, int(one), int(other))
    return Fork(exact.first - 1, int(given[0]), None)


def _in_place(right: str, spelling: Spelling, exact: TokenRange) -> str:
    pieces = spelling.pieces[exact.first : exact.last + 1]
    held = b"".join(pieces).decode("utf-8", errors="replace")
    said = held.lstrip()
    if said[:1].isupper():
        right = right[:1].upper() + right[1:]
    return held[: len(held) - len(said)] + right
