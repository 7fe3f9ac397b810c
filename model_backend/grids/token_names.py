"""Tokens in sentences: their text joined, and the name of a single one.

Pure functions of labels as ``engine.tokens`` writes them: a character of several tokens stands on
the first, and the others have a mark that stands for no text.
"""

from collections.abc import Iterable, Sequence

CONTINUATION = "\u22ef"
"""On a token that only carries on a character: the glyph stands on the token that began it."""


def join_labels(labels: Iterable[str]) -> str:
    """The text of these tokens, without the marks."""
    return "".join(label for label in labels if label != CONTINUATION)


def name_token(labels: Sequence[str], position: int) -> str:
    """The token's text; for one that carries on a character, that character and which part of it.

    A mark without a beginning, such as one that was typed, is its own name.
    """
    start = position
    while start > 0 and labels[start] == CONTINUATION:
        start -= 1
    if start == position or labels[start] == CONTINUATION:
        return labels[position]
    return f"{labels[start]} (part {position - start + 1})"
