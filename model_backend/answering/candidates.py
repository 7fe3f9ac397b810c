"""Lists the spans of an answer that can be its exact answer: whole words, at most eight."""

import re
import unicodedata
from collections.abc import Iterator

from model_backend.answering.exact_answers import CharacterSpan

MOST_WORDS = 8
MOST_CHARACTERS = 12
"""Limit in scripts without spaces, where every character counts as a word."""

_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
"""Thai, Lao, Burmese, Khmer, Japanese syllables, Chinese characters."""

_LETTER = rf"[^\W{_UNSPACED}]"
_NUMBER = (
    r"[-+\u2212]?[$\u20ac\u00a3\u00a5]?\d+(?:[.,:/\u2013-]\d+)*[^\W\d_]*(?:[%\u00b0][^\W\d_]?)?"
)
_PLAIN = rf"{_LETTER}+(?:[-&.]{_LETTER}+|['\u2019](?!s\b){_LETTER}+)*(?:[+#]+|-(?!\w))?"
_WORD = re.compile(
    rf"(?P<run>[{_UNSPACED}]+)|(?<!\w){_NUMBER}|(?:[^\W\d_]\.){{2,}}|(?<!['\u2019]){_PLAIN}"
)
"""A number with its sign, currency and unit, an abbreviation, or a word: "+", "#" and a last "-"
belong to it (``C++``, ``O-``), the "s" of a genitive does not."""


def candidate_spans(answer: str, start: int = 0, end: int | None = None) -> list[CharacterSpan]:
    """List all runs of whole words on one line, in the order of their beginnings.

    Args:
        start: first character of the part that is searched.
        end: the end of that part; the answer's own if None.
    """
    words, runs = list(_words(answer, start, len(answer) if end is None else end)), []
    for number, first in enumerate(words):
        for last in words[number : number + _limit(answer[first.start])]:
            if "\n" in answer[first.start : last.end]:
                break
            runs.append(CharacterSpan(first.start, last.end))
    return runs


def _words(text: str, start: int, end: int) -> Iterator[CharacterSpan]:
    for match in _WORD.finditer(text, start, end):
        if match["run"] is None:
            yield CharacterSpan(*match.span())
        else:
            yield from _characters(text, *match.span())


def _characters(text: str, start: int, end: int) -> Iterator[CharacterSpan]:
    """Yield each character with the marks above and below it."""
    edges = [at for at in range(start, end) if not unicodedata.category(text[at]).startswith("M")]
    for edge, after in zip(edges, [*edges[1:], end], strict=True):
        yield CharacterSpan(edge, after)


def _limit(character: str) -> int:
    return MOST_CHARACTERS if re.match(f"[{_UNSPACED}]", character) else MOST_WORDS
