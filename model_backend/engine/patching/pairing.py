"""Pairs the tokens of A with those of B."""

from collections.abc import Sequence
from dataclasses import dataclass

from model_backend.api.errors import BadRequest


@dataclass(frozen=True)
class Pairing:
    """Pairs of positions, first in A and then in B."""

    pairs: tuple[tuple[int, int], ...]
    differing: tuple[int, ...]
    """Indices of the pairs whose tokens differ, or are noised."""
    is_proposed: bool = False
    """True if the counts differ and nobody has paired the tokens yet."""


def pair_tokens(
    ids_a: Sequence[int],
    ids_b: Sequence[int],
    given: Sequence[Sequence[int]],
    noised: Sequence[int] = (),
) -> Pairing:
    """The pairs that were given, else equal positions, else a proposal.

    Raises:
        BadRequest: a pair names a token that is not there.
    """
    for a, b in given:
        if a >= len(ids_a) or b >= len(ids_b):
            raise BadRequest(
                f"There is no pair {a}:{b}. Text A has {len(ids_a)} tokens and text B "
                f"{len(ids_b)}, counted from 0."
            )
    pairs = tuple((int(a), int(b)) for a, b in given) or _by_place(ids_a, ids_b)
    differing = tuple(at for at, (a, b) in enumerate(pairs) if ids_a[a] != ids_b[b] or a in noised)
    return Pairing(pairs, differing, is_proposed=not given and len(ids_a) != len(ids_b))


def _by_place(ids_a: Sequence[int], ids_b: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Equal positions; where the counts differ, equal ends, and what lies between by its end."""
    if len(ids_a) == len(ids_b):
        return tuple((at, at) for at in range(len(ids_a)))
    start = _common(ids_a, ids_b)
    end = _common(ids_a[start:][::-1], ids_b[start:][::-1])
    # The last token of a name carries most of what is known of it.
    middle = min(len(ids_a), len(ids_b)) - start - end
    ending = range(end + middle, 0, -1)
    same = tuple((at, at) for at in range(start))
    return (*same, *((len(ids_a) - back, len(ids_b) - back) for back in ending))


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    """Number of equal tokens at the beginning."""
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count
