"""Finds the part of an answer that is judged: its first sentence, or all of it."""

import re
from collections.abc import Sequence
from itertools import pairwise

_SHORT = "St|Ste|Mt|Ft|Dr|Mr|Mrs|Ms|Prof|Sr|Jr|No|vs|ca|approx|e\\.g|i\\.e|a\\.k\\.a".split("|")
_NOT_AN_ABBREVIATION = "".join(rf"(?<!\b{short})" for short in (r"[^\W\d_]", *_SHORT))
_SENTENCE_END = re.compile(
    rf"\n|[\u3002\uff01\uff1f\u0964]|{_NOT_AN_ABBREVIATION}[.!?\u2026]+"
    r"(?=[\"'\u201d\u2019)\]*_]*(?:\s+[^\Wa-z]|\s*$|\s+[\"'\u201c(*_-]))"
)
_ITEM = re.compile(r"\s*(?:[-*\u2022\u2013]|1[.)]|[aA][.)])[^\S\n]+(?=\S)")
_NEXT_ITEM = re.compile(r"\n+[^\S\n]*(?:[-*\u2022\u2013]|\d{1,2}[.)]|[a-zA-Z][.)])[^\S\n]+[^\n]*")
_OPENER = re.compile(
    r"\W*(?:(?:sure(?: thing)?|certainly|of course|absolutely|definitely|great|(?:great|good) "
    r"question|hello|hi|hey|okay|ok|thanks|thank you|alright|well|no problem|"
    r"(?:i(?:'d| would) be |i am |i'm )?(?:happy|glad) to help(?: you)?(?: with [^:]*)?|"
    r"let(?: me|'s| us) [^:]*|here(?:'s| is) (?:the|an|my|your) (?:answer|solution|response|"
    r"result|explanation)[^:]*)[\s,!.]*)+\W*",
    re.IGNORECASE,
)


def first_sentence(answer: str) -> tuple[int, int]:
    """Start and end of the first sentence that states something.

    "Sure!" states nothing, a line that ends in a colon goes on in the next, and a list is read as
    one sentence.
    """
    start = 0
    while True:
        start += len(answer[start:]) - len(answer[start:].lstrip())
        end = _sentence_end(answer, start)
        if end >= len(answer.rstrip()) or not _OPENER.fullmatch(answer, start, end):
            return start, end
        start = end


def list_items(answer: str, start: int, end: int) -> list[str]:
    """The items of a list between two characters; the first also has all that stands before it."""
    begins = [match.start() for match in _NEXT_ITEM.finditer(answer, start, end)]
    if not begins or not _ITEM.match(answer[start:].partition(":\n")[2] or answer[start:]):
        return []
    edges = [0, *(at for at in begins if at > start), end]
    return [answer[one:other] for one, other in pairwise(edges)]


def last_sentence_with(answer: str, places: Sequence[int]) -> int:
    """Start of the last sentence that holds one of these characters; 0 if none does."""
    start = found = 0
    while start < len(answer):
        end = _end(answer, start)
        if any(start <= place < end for place in places):
            found = start
        start = end
    return found


def last_sentence(answer: str) -> str:
    """The last sentence of an answer."""
    start, end = 0, _end(answer, 0)
    while answer[end:].strip():
        start, end = end, _end(answer, end)
    return answer[start:]


def _sentence_end(answer: str, start: int) -> int:
    item = _ITEM.match(answer, start)
    if item and (end := _list_end(answer, item.end())):
        return end
    end = _end(answer, item.end() if item else start)
    if answer[start:end].rstrip(" \n*_").endswith(":") and answer[end:].strip():
        end += len(answer[end:]) - len(answer[end:].lstrip("\n"))
        return _sentence_end(answer, end)
    return end


def _end(answer: str, start: int) -> int:
    found = _SENTENCE_END.search(answer, start)
    return found.end() if found else len(answer)


def _list_end(answer: str, start: int) -> int:
    """End of a list of several items; 0 if no second one follows."""
    at = answer.find("\n", start)
    end = 0
    while at >= 0 and (item := _NEXT_ITEM.match(answer, at)):
        at = end = item.end()
    return end
