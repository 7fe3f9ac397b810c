"""Finds every place where an answer mentions a phrase, and whether it asserts it there."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from model_backend.answering.judging.names import longer_name
from model_backend.answering.judging.phrases import Phrase, Place, Text
from model_backend.answering.judging.rivals import find_rival
from model_backend.answering.judging.vocabulary import (
    ASIDE_BEFORE,
    CLAUSE,
    FORMER_BEFORE,
    FUNCTION_WORDS,
    NEGATED_AFTER,
    NEGATED_BEFORE,
    UNIT_OF,
)

_BEGINNING = re.compile('[.!?:"\u201c\u00ab]')
_COPIED = 5
"""Words in a row that are copied from the question rather than said again by chance."""
_OWNER = re.compile(r"['\u2019]s? +\w", re.IGNORECASE)
_OPERATOR = re.compile(r"\s*[+*/\u00d7\u00f7\u2212\u2013x-]\s*")


class Standing(Enum):
    """Manner in which an answer mentions a phrase."""

    ASSERTED = auto()
    REPEATED = auto()
    KNOWN_NAME = auto()
    LONGER_NAME = auto()
    OTHER_FORM = auto()
    NEGATED = auto()
    ASIDE = auto()
    WORKING = auto()
    OTHER_UNIT = auto()
    OWNER = auto()
    RIVAL = auto()


@dataclass(frozen=True)
class Mention:
    """One place of a phrase in an answer, in characters of the answer."""

    phrase: str
    start: int
    end: int
    standing: Standing
    other: str = ""
    """The longer name or the rival."""


@dataclass(frozen=True)
class Reading:
    """An answer that is searched, and everything that tells how it mentions a phrase."""

    question: Text
    answer: Text
    """The part of the answer that is judged."""
    offset: int
    """Characters of the answer before that part."""
    known: frozenset[tuple[str, ...]] = field(default_factory=frozenset)
    """Answers of other rows, and wrong answers."""
    right: frozenset[tuple[str, ...]] = field(default_factory=frozenset)
    is_closed: bool = False


def mentions(reading: Reading, phrase: Phrase, places: Sequence[Place]) -> Iterator[Mention]:
    """Describe each place of a phrase."""
    for place in places:
        standing, other = _standing(reading, phrase, place)
        said = reading.answer.words
        start, end = said[place.first].start, said[place.last].end
        yield Mention(phrase.text, reading.offset + start, reading.offset + end, standing, other)


def _standing(reading: Reading, phrase: Phrase, place: Place) -> tuple[Standing, str]:
    said = reading.answer
    if _is_repeated(reading, phrase, place):
        return Standing.REPEATED, ""
    if not phrase.is_number:
        name = longer_name(said, place, reading.question, reading.known, reading.right)
        if name is not None:
            return (Standing.KNOWN_NAME if name.is_known else Standing.LONGER_NAME), name.text
    for standing, is_so in (
        (Standing.OTHER_FORM, place.is_inflected),
        (Standing.NEGATED, _is_negated(said, place)),
        (Standing.ASIDE, _is_aside(said, place)),
        (Standing.OWNER, reading.is_closed and _is_owner(said, place)),
        (Standing.WORKING, phrase.is_number and _is_operand(said, place)),
        (Standing.OTHER_UNIT, _has_other_unit(said, phrase, place)),
    ):
        if is_so:
            text = said.text[said.words[place.first].start : said.words[place.last].end]
            return standing, text
    rival = find_rival(said, place, reading.known, reading.right)
    return (Standing.RIVAL, rival) if rival else (Standing.ASSERTED, "")


def _is_repeated(reading: Reading, phrase: Phrase, place: Place) -> bool:
    """True if the words around the phrase are those around it in the question.

    The words before it decide, back to the nearest content word; those after it where none are
    before. In a closed set, whose answers the question often lists, both sides must agree.
    """
    before, after = _around(reading.answer, place)
    for asked in phrase.places(reading.question):
        asked_before, asked_after = _around(reading.question, asked)
        is_before, is_after = before == asked_before, after == asked_after
        if reading.is_closed:
            both = (is_before or not before) and (is_after or not after) and (before or after)
            if both or _is_copied(reading, place, asked):
                return True
        elif (before and is_before) or (not before and after and is_after):
            return True
        elif (is_after and after[:1] == ("and",)) or (is_before and before[:1] == ("and",)):
            return True  # half of a name such as Sao Tome and Principe
    return False


def _is_copied(reading: Reading, place: Place, asked: Place) -> bool:
    """True if five words or more with the phrase are the question's, from a beginning on.

    They begin a sentence or a quotation, or have another content word before the phrase.
    """
    said, question = reading.answer, reading.question
    left = _shared(said, question, place.first, asked.first, -1)
    right = _shared(said, question, place.last, asked.last, 1)
    if left + right + place.last - place.first + 1 < _COPIED:
        return False
    start = place.first - left
    begins = not start or _BEGINNING.search(said.between(start - 1)) is not None
    return begins or any(key not in FUNCTION_WORDS for key in said.keys[start : place.first])


def _shared(said: Text, question: Text, at: int, asked: int, step: int) -> int:
    """Number of equal words that follow each other on one side."""
    n = 0
    while 0 <= at + step < len(said.keys) and 0 <= asked + step < len(question.keys):
        at, asked = at + step, asked + step
        if said.keys[at] != question.keys[asked]:
            break
        n += 1
    return n


def _around(text: Text, place: Place) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Words on both sides of a place, up to the nearest content word of the clause."""
    return _side(text, place.first, -1), _side(text, place.last, 1)


def _side(text: Text, at: int, step: int) -> tuple[str, ...]:
    found: list[str] = []
    while 0 <= at + step < len(text.words):
        gap = text.between(min(at, at + step))
        if CLAUSE.search(gap) or CLAUSE.fullmatch(text.keys[at + step]):
            break
        at += step
        found.append(text.keys[at])
        if text.keys[at] not in FUNCTION_WORDS and text.keys[at] != "s":
            return tuple(found)
    return ()


def _before(said: Text, place: Place) -> str:
    """The clause before a place, at most 120 characters."""
    start = said.words[place.first].start
    text = said.text[max(0, start - 120) : start]
    breaks = list(CLAUSE.finditer(text))
    return text[breaks[-1].end() :] if breaks else text


def _is_negated(said: Text, place: Place) -> bool:
    before, end = _before(said, place), said.words[place.last].end
    if NEGATED_BEFORE.search(before) or FORMER_BEFORE.search(before):
        return True
    return bool(NEGATED_AFTER.match(said.text, end))


def _is_aside(said: Text, place: Place) -> bool:
    return bool(ASIDE_BEFORE.search(_before(said, place)))


def _is_owner(said: Text, place: Place) -> bool:
    """True for the accountant of "the accountant's assistant"."""
    end = said.words[place.last].end
    return bool(_OWNER.match(said.text, end))


def _is_operand(said: Text, place: Place) -> bool:
    """True for a number of a calculation: the 3 and the 7 of "3 * 7 = 21"."""
    gaps = ((place.first - 1, place.first - 1), (place.last, place.last + 1))
    return any(
        0 <= near < len(said.words)
        and said.words[near].number is not None
        and _OPERATOR.fullmatch(said.between(gap)) is not None
        for gap, near in gaps
    )


def _has_other_unit(said: Text, phrase: Phrase, place: Place) -> bool:
    after = said.keys[place.last + 1] if place.last + 1 < len(said.words) else ""
    return bool(phrase.unit) and UNIT_OF.get(after, phrase.unit) != phrase.unit
