"""Groups of tokens that can be computed from their spelling alone: equal tokens and equal roles.

Nothing here knows a language but the list of function words, which is English.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from jaxtyping import Bool

from model_backend.reading.material.function_words import FUNCTION_WORDS

CONTINUES = "##"
"""Mark of WordPiece before the later pieces of a word."""


class Role(StrEnum):
    """Roles of tokens; the value is their plural."""

    NAMES = "names"
    """Words with a capital letter that are no function words."""
    FUNCTION = "function words"
    PUNCTUATION = "punctuation"
    NUMBERS = "numbers"
    FIRST_PIECES = "first pieces of words"
    LATER_PIECES = "later pieces of words"
    WORDS = "other words"
    CONTENT = "content words"
    """Words, pieces included, that are neither function words nor numbers."""


@dataclass(frozen=True, eq=False)
class Group:
    """Columns that have something in common."""

    name: str | Role
    """A role, or the text of a token that all of them are."""
    members: Bool[np.ndarray, " token"]

    @property
    def is_token(self) -> bool:
        """True if all members are the same token."""
        return not isinstance(self.name, Role)


def equal_tokens(tokens: Sequence[str], fewest: int = 2) -> Iterator[Group]:
    """Every token that is there at least ``fewest`` times, the most frequent first."""
    texts, counts = np.unique(np.array(tokens, dtype=object), return_counts=True)
    for at in np.argsort(-counts, kind="stable"):
        if counts[at] >= fewest:
            members = np.array([token == texts[at] for token in tokens])
            yield Group(str(texts[at]), members)


def roles(tokens: Sequence[str]) -> dict[Role, Bool[np.ndarray, " token"]]:
    """The tokens of each role; a name that is split is both a name and a first piece."""
    later = [_continues(tokens, at) for at in range(len(tokens))]
    found = {role: np.zeros(len(tokens), dtype=bool) for role in Role}
    for at, token in enumerate(tokens):
        is_first = at + 1 < len(tokens) and later[at + 1] and not later[at]
        for role in _roles_of(token.strip().removeprefix(CONTINUES), later[at], is_first):
            found[role][at] = True
    return found


def _roles_of(core: str, is_later: bool, is_first: bool) -> Iterator[Role]:
    if not core:
        return
    if not any(character.isalnum() for character in core):
        yield Role.PUNCTUATION
        return
    if core[0].isdecimal():
        yield Role.NUMBERS
        return
    if is_later:
        yield from (Role.LATER_PIECES, Role.CONTENT)
        return
    if core.lower() in FUNCTION_WORDS and not is_first:
        yield Role.FUNCTION
        return
    yield Role.CONTENT
    if is_first:
        yield Role.FIRST_PIECES
    if core[0].isupper():
        yield Role.NAMES
    elif not is_first:
        yield Role.WORDS


def _continues(tokens: Sequence[str], at: int) -> bool:
    """True if the token belongs to the word of the token before it."""
    token = tokens[at]
    if token.startswith(CONTINUES) and len(token) > len(CONTINUES):
        return True
    before = tokens[at - 1] if at else ""
    return _is_cased(token[:1]) and _is_cased(before[-1:])


def _is_cased(letter: str) -> bool:
    """True for letters of scripts that put spaces between words, as far as these have cases."""
    return letter.isupper() or letter.islower()
