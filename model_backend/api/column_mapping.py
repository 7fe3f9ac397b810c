"""How an uploaded file is read: which column holds what, and how its answers are labelled."""

from dataclasses import dataclass
from enum import StrEnum

from model_backend.api.errors import BadRequest


class LabelScope(StrEnum):
    """Part of an answer that is searched for a right answer."""

    FIRST_SENTENCE = "first sentence"
    WHOLE_ANSWER = "whole answer"


COLUMN_ROLES = ("question", "answer", "aliases", "wrong_answers", "group", "split")
"""Roles that a column of a file may have."""
SEPARATORS = ("", ";", "|")
"""Signs that may separate several answers in one cell; empty where none does."""


@dataclass(frozen=True)
class ColumnMapping:
    """How a file is read: columns by role, where an empty name means that there is none.

    Raises:
        BadRequest: there is no such separator or scope.
    """

    question: str = "question"
    answer: str = "answer"
    aliases: str = ""
    group: str = ""
    split: str = ""
    wrong_answers: str = ""
    template: str = ""
    """A question of several columns, such as ``{sentence} {q_instruct}``, in place of ``question``.
    """
    separator: str = ""
    """A sign that separates several right answers in a cell; one of ``SEPARATORS``. If empty, bars
    separate aliases, and the right answer is one text."""
    scope: str = LabelScope.FIRST_SENTENCE
    """A ``LabelScope``."""

    def __post_init__(self) -> None:
        if self.separator not in SEPARATORS:
            known = " or ".join(repr(sign) for sign in SEPARATORS[1:])
            raise BadRequest(f"Right answers are separated by {known}, not {self.separator!r}.")
        if self.scope not in tuple(LabelScope):
            known = " or ".join(repr(scope.value) for scope in LabelScope)
            raise BadRequest(f"Labels go by {known}, not {self.scope!r}.")

    @property
    def columns(self) -> dict[str, str]:
        """Columns by role."""
        return {role: getattr(self, role) for role in COLUMN_ROLES}
