"""Splits a text into words that can be compared, and keeps where each stands.

Letter case, accents and punctuation do not count. Numbers are compared by value, and signs that
carry meaning stay: O+ is not O-, C++ is not C.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from model_backend.answering.judging.numbers import (
    NUMBER_WORDS,
    SCALES,
    read_digits,
    read_number_words,
)

_APOSTROPHES = "'\u2019\u2018\u02bb\u02bc\u00b4`"
_THIN_SPACES = "\u00a0\u202f\u2009"
_WHOLE_WORDS = str.maketrans(
    {"\u00f8": "o", "\u0142": "l", "\u0111": "d", "\u0131": "i", "\u00f0": "d", "\u00fe": "th",
     "\u00e6": "ae", "\u0153": "oe"}
)  # fmt: skip
_UNSEEN = "\u00ad\u200c\u200d\u2060\ufeff"
"""Soft hyphens and signs that join or part letters; a space without width parts words."""
_MARKS = re.compile(f"[\u0300-\u036f\u0591-\u05c7\u064b-\u0652\u0640{_UNSEEN}]")
_IS_UNSEEN = re.compile(f"[{_UNSEEN}]")
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff]"
)
_TOKEN = re.compile(
    r"(?P<number>(?:(?<![a0h)\]%])[+-])?(?<![a0])(?:0+|(?<!\.)\.0+)(?:[.,'~:/]0+)*"
    r"(?:e[+-]?00?(?!0))?(?![a0]))"
    r"|(?P<word>[ae0]+)(?P<sign>\+\+?(?![a0])|#(?![ae0])|-(?![ae0h-]))?|(?P<single>h)|(?P<and>&)"
)
_ARTICLES = ("the", "a", "an")
_SHORT_FORMS = {"st": "saint", "ste": "sainte", "mt": "mount", "ft": "fort"}
_ELEMENTS = 3


@dataclass(frozen=True)
class Word:
    """One word of a text: what it is compared by, and its characters."""

    key: str
    start: int
    end: int
    number: Fraction | None = None
    is_unspaced: bool = False
    """True for a character of a script that puts no spaces between words."""


def split_words(text: str) -> tuple[Word, ...]:
    """Split a text into words; each number, in digits or in words, is one of them."""
    return tuple(_join_blood_types(text, _join_numbers(tuple(_tokens(text)))))


@lru_cache(maxsize=8192)
def words(text: str) -> tuple[str, ...]:
    """Keys by which the words of a text are compared, without a leading article."""
    found = tuple(word.key for word in split_words(text))
    return found[1:] if len(found) > 1 and found[0] in _ARTICLES else found


def normalise(text: str) -> str:
    """A word without letter case and accents."""
    plain = _MARKS.sub("", unicodedata.normalize("NFKD", text)).casefold()
    key = unicodedata.normalize("NFC", plain.translate(_WHOLE_WORDS))
    return _SHORT_FORMS.get(key, key)


def _tokens(text: str) -> Iterator[Word]:
    for match in _TOKEN.finditer(_outline(text)):
        start, end = match.span()
        said = text[start:end]
        if match["number"] and (value := read_digits(said)) is not None:
            yield Word(str(value), start, end, value)
        elif match["and"]:
            yield Word("and", start, end)
        elif match["single"]:
            yield Word(normalise(said), start, end, is_unspaced=True)
        elif match["sign"] and not _has_sign(said):
            end = match.end("word")
            yield Word(normalise(text[start:end]), start, end)
        elif key := normalise(said).replace("\u2212", "-"):  # a joiner alone is no word
            yield Word(key, start, end)


def _outline(text: str) -> str:
    """The text with a letter for each kind of character, so that one pattern reads every script."""
    return "".join(map(_kind, text))


@lru_cache(maxsize=8192)
def _kind(character: str) -> str:
    if character in "eE":
        return "e"
    if character in _APOSTROPHES:
        return "'"
    if character in _THIN_SPACES:
        return "~"
    if character in "\u2212\ufe63\uff0d":
        return "-"
    if _UNSPACED.match(character):
        return "h"
    if _IS_UNSEEN.match(character):
        return "a"
    category = unicodedata.category(character)
    if category == "Nd":
        return "0"
    if category[0] in "LMN":
        return "a"
    return character if character.isascii() and character != "_" else " "


def _has_sign(said: str) -> bool:
    """True if a last ``-`` belongs to the word, as in O- and Cl-, and is no dash after "No"."""
    word = said.rstrip("-\u2212")
    if word == said:
        return True
    return len(word) <= _ELEMENTS and (word.isupper() or any(map(str.isdigit, word)))


def _join_numbers(tokens: Sequence[Word]) -> Iterator[Word]:
    """Join number words, and a number with the scale after it: "1.4 billion"."""
    at = 0
    while at < len(tokens):
        word = tokens[at]
        keys = [each.key for each in tokens[at : at + 12]]
        if word.key in NUMBER_WORDS and not _is_pronoun(keys):
            read = read_number_words(keys)
            if read:
                value, taken = read
                yield Word(str(value), word.start, tokens[at + taken - 1].end, value)
                at += taken
                continue
        if word.number is not None and len(keys) > 1 and keys[1] in SCALES:
            value = word.number * SCALES[keys[1]]
            yield Word(str(value), word.start, tokens[at + 1].end, value)
            at += 2
            continue
        yield word
        at += 1


def _is_pronoun(keys: Sequence[str]) -> bool:
    """True for the "one" of "one of the largest"."""
    return keys[0] == "one" and keys[1:2] in (["of"], ["another"], ["that"], ["which"], ["can"])


def _join_blood_types(text: str, tokens: Iterator[Word]) -> Iterator[Word]:
    """Read "O negative" as O-."""
    before: Word | None = None
    for word in tokens:
        sign = {"positive": "+", "negative": "-"}.get(word.key)
        if before and sign and text[before.start : before.end] in ("A", "B", "AB", "O"):
            yield Word(before.key + sign, before.start, word.end)
            before = None
            continue
        if before:
            yield before
        before = word
    if before:
        yield before
