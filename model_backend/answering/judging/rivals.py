"""Finds the rival that an answer gives beside a phrase: "Paris or Lyon"."""

import re
from collections.abc import Iterator, Set

from model_backend.answering.judging.phrases import Place, Text
from model_backend.answering.judging.vocabulary import FUNCTION_WORDS, SEVERAL

_OR = re.compile(
    r"[\"'\u201d\u2019)*]*\s*(?:\([^)]*\)\s*)?(?:,?\s*(?:and/or|or|oder|vel)\b|\s?/\s?|"
    r",\s*(?:maybe|perhaps|possibly)\b)",
    re.IGNORECASE,
)
_AND = re.compile(
    r"[\"'\u201d\u2019)*]*\s*(?:\([^)]*\)\s*)?(?:,?\s*(?:and|as well as)\b|\s?&\s?)", re.IGNORECASE
)
_COMMA = re.compile(r"[\"'\u201d\u2019)*]*\s*,\s*(?!and\b|or\b)", re.IGNORECASE)
_LEAD = re.compile(
    r"\s*(?:(?:the|a|an|in|at|either|even|maybe|perhaps|possibly|rather|also)\s+)*[\"'\u201c(*]*",
    re.IGNORECASE,
)
_LONGEST_ITEM, _MOST_ITEMS = 4, 8


def find_rival(
    said: Text, place: Place, known: Set[tuple[str, ...]], right: Set[tuple[str, ...]]
) -> str | None:
    """The text of an item that is joined to the phrase by "or", or by "and" where both are given.

    An apposition ("Ottawa, Canada") is no rival. Behind "and" only an answer that is known from
    another row counts, or any name after words such as "both".
    """
    items = [(place.first, place.last)]
    kinds = {*_walk(said, items, 1), *_walk(said, items, -1)}
    others = [item for item in items if item != (place.first, place.last)]
    others = [item for item in others if said.keys[item[0] : item[1] + 1] not in right]
    if "or" not in kinds and "and" not in kinds:
        return None
    if "or" not in kinds:
        before = said.text[
            max(0, said.words[min(items)[0]].start - 40) : said.words[min(items)[0]].start
        ]
        if not SEVERAL.search(before):
            others = [item for item in others if _is_known(said, item, known)]
    for first, last in others:
        return said.text[said.words[first].start : said.words[last].end]
    return None


def _walk(said: Text, items: list[tuple[int, int]], step: int) -> Iterator[str]:
    """Yield the connectors from item to item, and add the items."""
    taken: list[str] = []
    found: list[tuple[int, int]] = []
    at = items[0]
    while len(found) < _MOST_ITEMS:
        connector, item = _connector(said, at, step), _item(said, at, step, items[0])
        if not connector or item is None:
            break
        taken.append(connector)
        found.append(item)
        at = item
    if any(kind != "comma" for kind in taken):
        items.extend(found)
        yield from taken


def _connector(said: Text, at: tuple[int, int], step: int) -> str:
    """Kind of the connector on one side of an item; empty if there is none."""
    here, there = _sides(said, at, step)
    gap = said.text[here:there]
    for kind, pattern in (("or", _OR), ("and", _AND), ("comma", _COMMA)):
        match = pattern.match(gap)
        if match and _LEAD.fullmatch(gap[match.end() :]):
            return kind
    return ""


def _sides(said: Text, at: tuple[int, int], step: int) -> tuple[int, int]:
    """Characters between an item and the nearest content word on one side."""
    near = _neighbour(said, at, step)
    if near is None:
        return 0, 0
    if step > 0:
        return said.words[at[1]].end, said.words[near].start
    return said.words[near].end, said.words[at[0]].start


def _neighbour(said: Text, at: tuple[int, int], step: int) -> int | None:
    """Index of the nearest word on one side that is no function word."""
    index = at[1] + 1 if step > 0 else at[0] - 1
    while 0 <= index < len(said.words) and _is_small(said, index):
        index += step
    return index if 0 <= index < len(said.words) else None


def _is_small(said: Text, index: int) -> bool:
    return said.keys[index] in FUNCTION_WORDS or said.keys[index] in (
        "perhaps",
        "maybe",
        "possibly",
    )


def _item(
    said: Text, at: tuple[int, int], step: int, phrase: tuple[int, int]
) -> tuple[int, int] | None:
    """The item beside another one: a name, a number, or a word like the phrase itself."""
    near = _neighbour(said, at, step)
    if near is None or not _is_item_word(said, near, phrase):
        return None
    far = near
    while abs(far - near) < _LONGEST_ITEM - 1 and 0 <= far + step < len(said.words):
        gap = said.between(min(far, far + step))
        if gap not in (" ", "-") or not _is_item_word(said, far + step, phrase):
            break
        far += step
    return min(near, far), max(near, far)


def _is_item_word(said: Text, index: int, phrase: tuple[int, int]) -> bool:
    word = said.words[index]
    if word.key in FUNCTION_WORDS:
        return False
    if word.number is not None:
        return said.words[phrase[0]].number is not None
    is_lower = said.said(said.words[phrase[0]])[0].islower()
    return is_lower or said.said(word)[0].isupper() or word.is_unspaced


def _is_known(said: Text, item: tuple[int, int], known: Set[tuple[str, ...]]) -> bool:
    keys = said.keys[item[0] : item[1] + 1]
    return any(
        keys[first:last] in known
        for first in range(len(keys))
        for last in range(first + 1, len(keys) + 1)
    )
