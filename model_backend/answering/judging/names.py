"""Finds the longer name that a phrase is a part of: South Sudan for Sudan."""

from collections.abc import Set
from dataclasses import dataclass

from model_backend.answering.judging.phrases import Place, Text, has_run
from model_backend.answering.judging.vocabulary import (
    AFTER_HAN,
    BEFORE_HAN,
    COMPASS,
    CONTINENTS,
    FUNCTION_WORDS,
    LINKS,
    NOT_A_REGION,
    TITLES,
)

_LONGEST_NAME = 6


@dataclass(frozen=True)
class LongerName:
    """A name with more words than the phrase in it."""

    text: str
    is_known: bool
    """True if it is the right answer of another row, or a known wrong answer."""


def longer_name(
    said: Text, place: Place, question: Text, known: Set[tuple[str, ...]], right: Set
) -> LongerName | None:
    """Find the longer name around ``place``, unless its other words change nothing.

    Words taken from the question (the *Syrian* pound, of Syria), titles, and the points of the
    compass before a continent change nothing.
    """
    if said.words[place.first].is_unspaced:
        return _unspaced_name(said, place)
    if name := _known_name(said, place, known - right):
        return name
    first, last = _extent(said, place)
    keys = said.keys[first : last + 1]
    others = (*said.keys[first : place.first], *said.keys[place.last + 1 : last + 1])
    is_asked = has_run(question.keys, keys)
    if (
        keys in right
        or not others
        or (not is_asked and _all_excused(said, place, others, question))
    ):
        return None
    text = said.text[said.words[first].start : said.words[last].end]
    return LongerName(text, is_known=False)


def stands_alone(said: Text, place: Place) -> bool:
    """True if the words are a whole name by themselves."""
    return _extent(said, place) == (place.first, place.last)


def _known_name(said: Text, place: Place, known: Set[tuple[str, ...]]) -> LongerName | None:
    """The longest known answer that holds the place and more."""
    for first in range(max(0, place.last - _LONGEST_NAME + 1), place.first + 1):
        for last in range(min(first + _LONGEST_NAME, len(said.keys)) - 1, place.last - 1, -1):
            if (first, last) == (place.first, place.last):
                continue
            if said.keys[first : last + 1] in known and _is_one(said, first, last):
                text = said.text[said.words[first].start : said.words[last].end]
                return LongerName(text, is_known=True)
    return None


def _is_one(said: Text, first: int, last: int) -> bool:
    return all(said.between(at).strip(" -'\u2019.&") == "" for at in range(first, last))


def _extent(said: Text, place: Place) -> tuple[int, int]:
    """First and last word of the name around a place."""
    first, last = place.first, place.last
    while first and _joins(said, first - 1):
        if _is_name(said, first - 1):
            first -= 1
            continue
        back = first - 1
        while back and said.keys[back] in LINKS and _joins(said, back - 1):
            back -= 1
        if said.keys[first - 1] not in LINKS or not _is_name(said, back):
            break
        first = back
    while last + 1 < len(said.words) and _joins(said, last):
        ahead = last + 1
        while ahead + 1 < len(said.words) and said.keys[ahead] in LINKS and _joins(said, ahead):
            ahead += 1
        if not _is_name(said, ahead):
            break
        last = ahead
    return first, last


def _joins(said: Text, at: int) -> bool:
    """True if only a space or a hyphen stands between a word and the next."""
    return said.between(at) in (" ", "-", "\u00a0", "\u2013")


def _is_name(said: Text, at: int) -> bool:
    word = said.words[at]
    text = said.said(word)
    is_small = word.key in FUNCTION_WORDS and text not in ("US", "WHO", "IT")
    return text[0].isupper() and not is_small and not word.is_unspaced


def _all_excused(said: Text, place: Place, others: tuple[str, ...], question: Text) -> bool:
    asked = [word.key for word in question.words if question.said(word)[0].isupper()]
    initials = "".join(key[0] for key in asked)
    is_continent = said.keys[place.last] in CONTINENTS
    before = said.keys[place.first - 1] if place.first else ""
    is_region = is_continent and (before, said.keys[place.last]) not in NOT_A_REGION
    return all(
        key in LINKS
        or key in TITLES
        or (is_region and key in COMPASS)
        or any(_is_akin(key, other) for other in asked)
        or (len(key) > 1 and key in initials)
        for key in others
    )


def _is_akin(key: str, asked: str) -> bool:
    """True for Swiss and Switzerland, Syrian and Syria."""
    return len(key) >= 3 and key[:3] == asked[:3] and asked not in FUNCTION_WORDS


def _unspaced_name(said: Text, place: Place) -> LongerName | None:
    """The run of characters around a place, unless words such as \u662f end the name."""
    first, last = place.first, place.last
    while first and _touches(said, first - 1) and said.keys[first - 1] not in BEFORE_HAN:
        first -= 1
    while (
        last + 1 < len(said.words) and _touches(said, last) and said.keys[last + 1] not in AFTER_HAN
    ):
        last += 1
    if (first, last) == (place.first, place.last):
        return None
    text = said.text[said.words[first].start : said.words[last].end]
    return LongerName(text, is_known=False)


def _touches(said: Text, at: int) -> bool:
    """True if two characters of one script follow each other; kana end a name in Han."""
    one, other = said.words[at], said.words[at + 1]
    if one.end != other.start or not (one.is_unspaced and other.is_unspaced):
        return False
    return _script(one.key) == _script(other.key)


def _script(character: str) -> str:
    if "\u3041" <= character <= "\u309f":
        return "hiragana"
    return "katakana" if "\u30a0" <= character <= "\u30ff" else "other"
