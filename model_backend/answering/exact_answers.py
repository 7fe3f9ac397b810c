"""The exact answer within an answer: the few tokens that say what was asked.

One rule for right and wrong answers: it sees the question and the answer, never the right answer,
so nothing can learn from *how* an answer was found whether it is right. It works on characters of
the answer as generated, and tokens are found by the bytes that each of them holds.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from model_backend.answering.verdicts import words
from model_backend.api.positions import TokenRange
from model_backend.engine.tokens import token_bytes

BUILTIN_PATTERN = re.compile(r".*\b(?:is|in) (?:the )?([A-Z0-9][^\n]*?)\.?\s*$", re.DOTALL)
"""The answer pattern of the built-in question sets: what follows the last "is" or "in"."""

_ABBREVIATIONS = "St Mt Ft Dr Mr Mrs Ms Prof Sr Jr No vs ca".split()
_OPENERS = frozenset(
    "a an the this that these those there it its he she his her they their we our you your i my "
    "yes no well sure in on at of for to from by with and but or so if as is are was were what who "
    "when where which how here".split()
)
_LINKS = "of and the de da do du del della di la le les el al au es van von der den bin ibn".split()
_SHORT = "|".join(_ABBREVIATIONS)
_NOT_AN_ABBREVIATION = "".join(rf"(?<!\b{short})" for short in (r"[^\W\d_]", *_ABBREVIATIONS))
_SENTENCE_END = re.compile(
    rf"\n|[\u3002\uff01\uff1f]|{_NOT_AN_ABBREVIATION}[.!?…]+(?=[\"')\]*_]*(?:\s+[^\Wa-z]|\s*$))"
)
_WORD = re.compile(rf"(?:[^\W\d_]\.)+(?!\w)|(?:{_SHORT})\.(?= )|\w+(?:[-'\u2019&]\w+)*")
_LINK = re.compile(rf" (?:(?:{'|'.join(_LINKS)}) )*")
_NUMBER = re.compile(r"(?<![\w.,])[-\u2212]?\d+(?:[.,:/\u2013-]\d+)*\w*")
_CONCLUSION = re.compile(
    rf"(?:\bthat is|\bthat makes|\bequals|\banswer is|=)[\s*$:]*({_NUMBER.pattern})"
)
_NUMBER_WANTED = re.compile(
    r"\bhow (?:many|much|old|long|far|tall|big|high|deep|often)\b|\bwhen\b|\byear\b|\bnumber of\b|"
    r"\b(?:sum|difference|product|plus|minus|times|divided|add|subtract|multiply|calculate)\b|"
    r"\d\s*[-+*/\u00d7\u00f7\u2212]\s*\d",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class CharacterSpan:
    """Characters of a text, from ``start`` up to ``end``, which is not included."""

    start: int
    end: int


@dataclass(frozen=True)
class Spelling:
    """A text as the tokens that spell it; tokens need not hold whole characters."""

    pieces: tuple[bytes, ...]
    """What each token adds to the text; nothing where it is a special token."""

    @property
    def text(self) -> str:
        """The text as generated; a byte that belongs to no character is one lone surrogate."""
        return b"".join(self.pieces).decode("utf-8", errors="surrogateescape")

    def tokens_of(self, span: CharacterSpan) -> TokenRange | None:
        """The tokens that hold any part of some characters; None if there are no characters."""
        text = self.text
        start, end = (len(_bytes(text[:place])) for place in (span.start, span.end))
        edges = [0, *accumulate(len(piece) for piece in self.pieces)]
        held = [
            token
            for token in range(len(self.pieces))
            if max(start, edges[token]) < min(end, edges[token + 1])
        ]
        return TokenRange(held[0], held[-1]) if held else None

    def text_of(self, tokens: TokenRange) -> str:
        """What some tokens say, without the whitespace around it."""
        held = b"".join(self.pieces[tokens.first : tokens.last + 1])
        return held.decode("utf-8", errors="replace").strip()


def spell(tokenizer: Any, token_ids: Sequence[int]) -> Spelling:
    """How generated tokens spell a text."""
    return Spelling(token_bytes(tokenizer, token_ids))


def find_exact_answer(
    question: str, answer: str, pattern: re.Pattern[str] | None = None
) -> CharacterSpan | None:
    """Where the answer says what was asked, as characters of the unstripped ``answer``.

    With a data set's own ``pattern``, its first group. Else, in the first sentence: a number given
    as the result of a working ("that is 71", "= 71"); else the last number or the last capitalised
    name that is not in the question, a number first where a number was asked for. None, *not
    found*, rather than a guess.
    """
    if pattern is not None:
        match = pattern.match(answer)
        return CharacterSpan(*match.span(1)) if match else None
    start, end = _first_sentence(answer)
    concluded = list(_CONCLUSION.finditer(answer, start, end))
    if concluded:
        return CharacterSpan(*concluded[-1].span(1))
    numbers, names = list(_numbers(answer, start, end)), list(_names(answer, start, end))
    for found in (numbers, names) if _NUMBER_WANTED.search(question) else (names, numbers):
        new = [span for span in found if not _is_said(question, answer[span.start : span.end])]
        if new:
            return new[-1]
    return None


def _first_sentence(answer: str) -> tuple[int, int]:
    start = len(answer) - len(answer.lstrip())
    end = _SENTENCE_END.search(answer, start)
    return start, end.end() if end else len(answer)


def _numbers(text: str, start: int, end: int) -> Iterator[CharacterSpan]:
    for match in _NUMBER.finditer(text, start, end):
        yield CharacterSpan(*match.span())


def _names(text: str, start: int, end: int) -> Iterator[CharacterSpan]:
    """Runs of capitalised words, joined by a space or by words such as "of"; not "It" or "The"."""
    run: list[re.Match[str]] = []
    for word in _WORD.finditer(text, start, end):
        is_joined = run and _LINK.fullmatch(text, run[-1].end(), word.start())
        if run and not is_joined and not _is_link(word):
            yield from _name(run)
            run = []
        if word[0][0].isupper() or (is_joined and word[0].isdigit()):
            run.append(word)
    yield from _name(run)


def _name(run: list[re.Match[str]]) -> Iterator[CharacterSpan]:
    while run and _opens(run[0][0]):
        run = run[1:]
    if run:
        yield CharacterSpan(run[0].start(), run[-1].end())


def _is_link(word: re.Match[str]) -> bool:
    return word[0] in _LINKS


def _opens(word: str) -> bool:
    """Whether a capitalised word is no name; "US" and "IT" may be."""
    return word.lower() in _OPENERS and (len(word) == 1 or not word.isupper())


def _is_said(question: str, candidate: str) -> bool:
    asked, said = words(question), words(candidate)
    return any(asked[at : at + len(said)] == said for at in range(len(asked) - len(said) + 1))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", errors="surrogateescape")
