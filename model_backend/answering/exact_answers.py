"""Finds the exact answer within an answer: the few tokens that state the requested fact.

One rule serves correct and incorrect answers. It reads the question and the answer, never the
reference answer, so the place of an exact answer gives no hint whether it is correct. The rule
works on characters of the answer as generated; tokens are found by the bytes that each one adds.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from model_backend.answering.judging.words import words
from model_backend.api.maps.positions import TokenRange
from model_backend.engine.tokens import token_bytes

BUILTIN_PATTERN = re.compile(r".*\b(?:is|in) (?:the )?([A-Z0-9][^\n]*?)\.?\s*$", re.DOTALL)
"""The answer pattern of the built-in question sets: the words after the last "is" or "in"."""

_ABBREVIATIONS = "St Mt Ft Dr Mr Mrs Ms Prof Sr Jr No vs ca".split()
_OPENERS = frozenset(
    "a an the this that these those there it its he she his her they their we our you your i my "
    "yes no well sure in on at of for to from by with and but or so if as is are was were what who "
    "when where which how here "
    "i'm i\u2019m it's it\u2019s that's that\u2019s c'est il elle es \u044d\u0442\u043e".split()
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


_CLAUSE_END = re.compile(
    r"(?<!\d),|,(?!\d)|[;:(\u2013\u2014]|\b(?:which|who|where|while|whereas|but|although|because|"
    r"border(?:ed|ing)|specifically|also known)\b"
)
"""Words after which an answer is explained or extended; the answer seldom follows them."""
_NATION = re.compile(r"(?:.*\w(?:an|ese|ish|ine|ench|utch)|US|UK|U\.[SK]\.)")
_ARTICLE = re.compile(r"\b(?:the|an?) $")
_NOUN = re.compile(r" ([^\W\d_A-Z]\w+)\b")


@dataclass(frozen=True)
class CharacterSpan:
    """Characters of a text from ``start`` to ``end``; ``end`` is excluded."""

    start: int
    end: int


@dataclass(frozen=True)
class Spelling:
    """A text as the bytes that each of its tokens adds; a token may hold part of a character."""

    pieces: tuple[bytes, ...]
    """Bytes that each token adds to the text; empty for a special token."""

    @property
    def text(self) -> str:
        """The text as generated; a byte that belongs to no character becomes a lone surrogate."""
        return b"".join(self.pieces).decode("utf-8", errors="surrogateescape")

    def tokens_of(self, span: CharacterSpan) -> TokenRange | None:
        """Tokens with at least one byte of the characters in ``span``; None for an empty span."""
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
        """Text of some tokens, without surrounding whitespace."""
        held = b"".join(self.pieces[tokens.first : tokens.last + 1])
        return held.decode("utf-8", errors="replace").strip()


def spell(tokenizer: Any, token_ids: Sequence[int]) -> Spelling:
    """Decode generated tokens into the bytes that each of them adds to the text."""
    return Spelling(token_bytes(tokenizer, token_ids))


def find_exact_answer(
    question: str, answer: str, pattern: re.Pattern[str] | None = None
) -> CharacterSpan | None:
    """Find the exact answer, as characters of the unstripped ``answer``.

    A data set's own ``pattern`` decides with its first group. Without a pattern, the first sentence
    is searched: first for the result of a calculation ("that is 71", "= 71"), then for numbers and
    capitalised names that the question does not contain. Numbers come first if the question asks
    for a number, names otherwise; of several the last one in the first clause that has any.

    Returns:
        None if nothing is found; there is no guess.
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
        new = [span for span in found if not _occurs_in(question, answer[span.start : span.end])]
        if new:
            return _with_noun(answer, _in_first_clause(answer, new, end))
    return None


def _in_first_clause(text: str, found: Sequence[CharacterSpan], end: int) -> CharacterSpan:
    """The last of these spans before the clause of the first of them ends."""
    clause = _CLAUSE_END.search(text, found[0].end, end)
    last = clause.start() if clause else end
    return [span for span in found if span.start < last][-1]


def _with_noun(text: str, name: CharacterSpan) -> CharacterSpan:
    """A name such as "Syrian" with the noun that it belongs to, such as "pound"."""
    noun = _NOUN.match(text, name.end)
    if noun is None or noun[1] in _OPENERS or noun[1] in _LINKS:
        return name
    if not _ARTICLE.search(text[max(0, name.start - 5) : name.start]):
        return name
    is_nation = _NATION.fullmatch(text[name.start : name.end])
    return CharacterSpan(name.start, noun.end()) if is_nation else name


def _first_sentence(answer: str) -> tuple[int, int]:
    start = len(answer) - len(answer.lstrip())
    end = _SENTENCE_END.search(answer, start)
    return start, end.end() if end else len(answer)


def _numbers(text: str, start: int, end: int) -> Iterator[CharacterSpan]:
    for match in _NUMBER.finditer(text, start, end):
        yield CharacterSpan(*match.span())


def _names(text: str, start: int, end: int) -> Iterator[CharacterSpan]:
    """Yield runs of capitalised words, joined by spaces or words such as "of"; no "It", "The"."""
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
    while run and _opens_sentence(run[0][0]):
        run = run[1:]
    if run and not run[0][0].isdigit():
        yield CharacterSpan(run[0].start(), run[-1].end())


def _is_link(word: re.Match[str]) -> bool:
    return word[0] in _LINKS


def _opens_sentence(word: str) -> bool:
    """True for a word such as "It" that opens a sentence; "IT" and "US" may be names."""
    return word.lower() in _OPENERS and (len(word) == 1 or not word.isupper())


def _occurs_in(question: str, candidate: str) -> bool:
    asked, said = words(question), words(candidate)
    return any(asked[at : at + len(said)] == said for at in range(len(asked) - len(said) + 1))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", errors="surrogateescape")
