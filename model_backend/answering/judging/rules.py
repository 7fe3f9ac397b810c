"""Rules by which all answers of a data set are labelled; stored with the plan of a study."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from model_backend.answering.judging.words import words
from model_backend.api.datasets import LabelScope


@dataclass(frozen=True)
class LabelRules:
    """Everything beside a row itself that the label of its answer depends on."""

    scope: str = LabelScope.FIRST_SENTENCE
    """A ``LabelScope``."""
    closed: tuple[str, ...] = ()
    """All answers of a closed set, such as yes and no; empty for an open one."""
    known: tuple[str, ...] = ()
    """Right answers of all rows: South Sudan, known from another row, is not Sudan."""

    @cached_property
    def known_keys(self) -> frozenset[tuple[str, ...]]:
        """Words of every known answer."""
        return keys_of(self.known)


NO_RULES = LabelRules()


def keys_of(texts: Iterable[str]) -> frozenset[tuple[str, ...]]:
    """The compared words of each text, as a set; texts without words are left out."""
    return frozenset(key for key in map(words, texts) if key)
