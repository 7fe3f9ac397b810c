"""Finds where a text holds a phrase, on the boundaries of words."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from model_backend.answering.judging.vocabulary import KOREAN_ENDINGS, UNIT_OF
from model_backend.answering.judging.words import Word, split_words, words

_GAP = re.compile(r"[\s.,'\u2019\u2018\u02bb&()\"_*-]{0,4}")
_INFLECTIONS = frozenset("s es n an ian ean ese ish ic".split())
_SHORTEST_STEM = 4
_ENDINGS = tuple(
    "ality ities ation ments ment ions ion ory ally ive ing ity al ly ed es s e y".split()
)


@dataclass(frozen=True)
class Text:
    """A text and its words."""

    text: str

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """The words of the text, split once."""
        return split_words(self.text)

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The forms of the words by which they are compared."""
        return tuple(word.key for word in self.words)

    def said(self, word: Word) -> str:
        """A word as the text spells it."""
        return self.text[word.start : word.end]

    def between(self, at: int) -> str:
        """Characters between a word and the next."""
        return self.text[self.words[at].end : self.words[at + 1].start]


@dataclass(frozen=True)
class Place:
    """Words from ``first`` to ``last`` that hold a phrase."""

    first: int
    last: int
    is_inflected: bool = False
    """True if the phrase stands there in another form, such as African for Africa."""


@dataclass(frozen=True)
class Phrase:
    """A right answer, an alias or a wrong answer, as words."""

    text: str

    @cached_property
    def keys(self) -> tuple[str, ...]:
        return words(self.text)

    @cached_property
    def is_number(self) -> bool:
        """True for a number, with or without a unit; "12 Monkeys" is a name."""
        said = split_words(self.text)
        if not said or said[0].number is None or len(said) > 3:
            return False
        return not any(self.text[word.start].isupper() for word in said[1:])

    @property
    def unit(self) -> str:
        """Unit of a number, in its standard name; empty if there is none."""
        return UNIT_OF.get(self.keys[1], "") if self.is_number and len(self.keys) > 1 else ""

    @cached_property
    def joined(self) -> str:
        """The words without spaces, so that "Nukualofa" is "Nuku'alofa"."""
        return "".join(map(_part, self.keys[:1] if self.is_number else self.keys))

    def places(self, said: Text) -> Iterator[Place]:
        """Yield each place of the phrase in a text; a number is found with any unit."""
        for first in range(len(said.words) if self.keys else 0):
            place = self._place(said, first)
            if place and self._has_case(said, place):
                yield place

    def _place(self, said: Text, first: int) -> Place | None:
        if said.keys[first][:1] != self.keys[0][:1]:
            return None
        joined, most = "", len(self.joined) + max(map(len, KOREAN_ENDINGS)) + 3
        for last in range(first, len(said.words)):
            if last > first and not _GAP.fullmatch(said.between(last - 1)):
                return None
            before, joined = joined, joined + _part(said.keys[last])
            if joined == self.joined:
                return Place(first, last)
            if ending := self._ending(joined, before):
                is_plural = joined[len(self.joined) :] in ("s", "es")
                is_same = is_plural and said.said(said.words[last])[0].islower()
                return Place(first, last, ending == "inflected" and not is_same)
            if len(joined) > most:
                return None
        return None

    def _ending(self, joined: str, before: str) -> str:
        """ "same" for a plural or a particle after the phrase, "inflected" for another form."""
        if self.is_number or not self.keys or len(before) >= len(self.joined):
            return ""
        rest = joined[len(self.joined) :]
        if joined.startswith(self.joined) and rest in KOREAN_ENDINGS:
            return "same"
        last = self.keys[-1]
        if len(last) >= _SHORTEST_STEM and joined.startswith(self.joined) and rest in _INFLECTIONS:
            return "inflected"
        return "inflected" if _is_other_form(self.joined, joined, last) else ""

    def _has_case(self, said: Text, place: Place) -> bool:
        """False for "us" where "US" is meant."""
        is_acronym = self.text.isupper() and len(self.joined) <= 4 and self.joined.isalpha()
        return not is_acronym or said.said(said.words[place.first])[0].isupper()


def has_run(these: Sequence[str], those: Sequence[str]) -> bool:
    """True if ``those`` stand in ``these``, one after the other."""
    n = len(those)
    return any(tuple(these[at : at + n]) == tuple(those) for at in range(len(these) - n + 1))


def stem(word: str) -> str:
    """A word without a common ending: entails, entailment and entailed have one stem."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word.removesuffix(ending)
    return word


def _part(key: str) -> str:
    return (
        f"\0{key}\0" if key[-1:].isdigit() and key.strip("-+").replace("/", "").isdigit() else key
    )


def _is_other_form(phrase: str, said: str, last: str) -> bool:
    """True for European and Europe, and for words of other alphabets with another ending."""
    stem_of = phrase.rstrip("aeiou")
    if said.isascii():
        is_stem = len(last) - len(phrase) + len(stem_of) >= _SHORTEST_STEM
        return is_stem and said.startswith(stem_of) and said[len(stem_of) :] in _INFLECTIONS
    shared = phrase[:-1]
    return (
        len(last) > _SHORTEST_STEM and said.startswith(shared) and abs(len(said) - len(phrase)) < 3
    )
