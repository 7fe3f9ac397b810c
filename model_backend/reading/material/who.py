"""Names for some columns together: by equal tokens, by a role, or one by one."""

from collections.abc import Sequence

import numpy as np

from model_backend.reading.material.groups import roles
from model_backend.reading.material.observations import Part, TokenText
from model_backend.reading.material.seen import Seen, listed

MOST_NAMED = 6
MOST_PLACES = 8
MOST_LISTED = 12
MOST_NEIGHBOURS = 3
"""As many different tokens before, or after, are named."""
NEARLY_ALL, COMMON = 0.8, 0.6
"""Share of some columns that a role must have, and the most it may have of the whole text."""
NUMBERS = (
    "none",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)


ORDINALS = (
    "",
    *("first", "second", "third", "fourth", "fifth"),
    *("sixth", "seventh", "eighth", "ninth", "tenth"),
)


def ordinal(rank: int) -> str:
    """``fourth``; ``number 42`` beyond ten."""
    return ORDINALS[rank] if rank < len(ORDINALS) else f"number {rank:,}"


def spelled(number: int) -> str:
    """``six``; ``13`` and more in digits."""
    return NUMBERS[number] if number < len(NUMBERS) else f"{number:,}"


def who(seen: Seen, columns: Sequence[int]) -> list[Part]:
    """Columns in words, such as ``all full stops``, with their positions if these are few."""
    if seen.grid.named_columns:
        return _named(seen, columns)
    if len(columns) < 2 or not seen.is_text:
        return _one_by_one(seen, columns)
    if _is_run(seen, columns) and len(columns) >= 3:
        ends: list[Part] = [seen.token(columns[0]), " to ", seen.token(columns[-1])]
        return [f"positions {seen.place(columns[0])} to {seen.place(columns[-1])} (", *ends, ")"]
    return grouped(seen, columns) or _one_by_one(seen, columns)


def grouped(seen: Seen, columns: Sequence[int]) -> list[Part]:
    """The words for a group that columns share, such as names; empty if they share none."""
    return _equal(seen, columns) or _of_a_role(seen, columns)


def can_be_named(seen: Seen, columns: Sequence[int]) -> bool:
    """True unless so many columns have nothing in common that a list would say nothing."""
    return len(columns) <= MOST_LISTED or has_a_name(seen, columns)


def has_a_name(seen: Seen, columns: Sequence[int]) -> bool:
    """True if columns have something in common, or are named positions."""
    if not seen.is_text:
        return True
    return _is_run(seen, columns) or bool(grouped(seen, columns))


def _named(seen: Seen, columns: Sequence[int]) -> list[Part]:
    return listed([[seen.token(column)] for column in columns])


def _is_run(seen: Seen, columns: Sequence[int]) -> bool:
    at = seen.columns[list(columns)]
    return bool((np.diff(at) == 1).all())


def _equal(seen: Seen, columns: Sequence[int]) -> list[Part]:
    """``six tokens, all `the` after `in` or `on` (positions 4, 84, ...)``; empty if not equal."""
    tokens = seen.grid.token_labels
    at = [int(position) for position in seen.columns[list(columns)]]
    count = f"{spelled(len(at))} tokens, " + ("both " if len(at) == 2 else "all ")
    before = _texts(tokens[position - 1] if position else "" for position in at)
    if len({tokens[position] for position in at}) == 1:
        named: list[Part] = [TokenText(at[0], tokens[at[0]])]
        if before and len(at) > 2:
            named += [" after ", *listed([[one] for one in before], " or ")]
        return [count, *named, places(seen, columns)]
    after = _texts(tokens[position + 1] if position + 1 < len(tokens) else "" for position in at)
    for neighbours, side in ((after, "before"), (before, "after")):
        if len(neighbours) == 1 and len(at) > 2:
            return [count, f"{side} ", neighbours[0], places(seen, columns)]
    return []


def _texts(texts: object) -> list[TokenText]:
    """The different ones; none where they are many, or one of them is the text's edge."""
    found = dict.fromkeys(texts)  # type: ignore[call-overload]
    if len(found) > MOST_NEIGHBOURS or "" in found:
        return []
    return [TokenText(None, text) for text in found]


def _of_a_role(seen: Seen, columns: Sequence[int]) -> list[Part]:
    at, n_columns = seen.columns[list(columns)], len(columns)
    known = roles(seen.grid.token_labels)
    shares = {role: float(mask[at].mean()) for role, mask in known.items() if mask.mean() <= COMMON}
    role = max(shares, key=lambda one: shares[one])
    if n_columns < 3 or shares[role] < NEARLY_ALL:
        return []
    members = [column for column in columns if known[role][seen.columns[column]]]
    which = "all" if len(members) == n_columns else f"{spelled(len(members))} of them"
    return [f"{spelled(n_columns)} tokens, {which} {role} (", *examples(seen, members), ")"]


def examples(seen: Seen, columns: Sequence[int], most: int = 3) -> list[Part]:
    """The first few different tokens."""
    found: dict[str, TokenText] = {}
    for column in columns:
        token = seen.token(column)
        found.setdefault(token.text, token)
    named = listed([[token] for token in list(found.values())[:most]], ", ")
    return named if len(found) <= most else [*named, " ..."]


def _one_by_one(seen: Seen, columns: Sequence[int]) -> list[Part]:
    shown = columns[:MOST_NAMED]
    named: list[list[Part]] = [[seen.token(one), f" ({seen.place(one)})"] for one in shown]
    if len(columns) > MOST_NAMED:
        named = [*named[: MOST_NAMED - 1], [f"{len(columns) - MOST_NAMED + 1} more tokens"]]
    return listed(named)


def places(seen: Seen, columns: Sequence[int]) -> str:
    """``(positions 4, 84 and 115)``, or nothing where they are many."""
    if len(columns) > MOST_PLACES:
        return ""
    numbers = "".join(str(part) for part in listed([[seen.place(one)] for one in columns]))
    return f" (position{'s' if len(columns) > 1 else ''} {numbers})"
