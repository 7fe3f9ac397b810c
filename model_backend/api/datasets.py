"""Files of questions with known answers: how they are read, and their preview before a study."""

from dataclasses import dataclass
from enum import StrEnum

from model_backend.api.errors import BadRequest


class LabelScope(StrEnum):
    """Part of an answer that is searched for a right answer."""

    FIRST_SENTENCE = "first sentence"
    WHOLE_ANSWER = "whole answer"


LONGEST_ANSWER = {LabelScope.FIRST_SENTENCE: 64, LabelScope.WHOLE_ANSWER: 256}
"""Limit in tokens for answers of a data set, by the part that is searched: what is worked out
stands last and takes longer."""


COLUMN_ROLES = (
    "question",
    "answer",
    "aliases",
    "wrong_answers",
    "group",
    "split",
    "model_answer",
    "exact_answer",
    "correct",
)
"""Roles that a column of a file may have."""
SEPARATORS = ("", ";", "|")
"""Signs that may separate several answers in one cell; empty where none does."""


@dataclass(frozen=True)
class ColumnMapping:
    """Columns of a file by role, and how its cells are read; an empty name means no column.

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
    model_answer: str = ""
    """Answers that a model gave before; nothing is generated."""
    exact_answer: str = ""
    """The few words of each answer that state it."""
    correct: str = ""
    """Labels: 1 or 0, true or false, yes or no, right or wrong."""

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

    @property
    def longest_answer(self) -> int:
        """Limit in tokens for an answer that is generated to these questions."""
        return LONGEST_ANSWER[LabelScope(self.scope)]


NO_ROW = -1
"""Row number of a question from an older version, which kept none."""


@dataclass(frozen=True)
class Upload:
    """A CSV or JSONL file that somebody brings; ``mapping`` is guessed from the header if None."""

    filename: str
    content: bytes
    mapping: ColumnMapping | None = None


@dataclass(frozen=True)
class DatasetQuestion:
    """One question of a data set."""

    question: str
    answer: str
    """A right answer; may be empty where the file gives a label."""
    aliases: tuple[str, ...] = ()
    """Other right answers; in a file they stand in one cell, between bars, or are a JSON list."""
    group: str = ""
    """Topic: questions of one group are never on both sides of a split."""
    split: str = ""
    """Shown and no more: a study uses all splits together, and draws folds of its own."""
    wrong_answers: tuple[str, ...] = ()
    """Known wrong answers: an answer that names none of them and no right one gets no label."""
    model_answer: str = ""
    """Answer that a model gave before; empty if the studied model is to answer."""
    exact_answer: str = ""
    """Words of the answer that state it, from the file; empty if they are to be found."""
    correct: bool | None = None
    """Label of the answer, from the file; None if it is judged by the right answers."""
    row: int = NO_ROW
    """Number of its row in the file, from 0 as in a data frame; -1 where it is not known."""


@dataclass(frozen=True)
class DatasetPreview:
    """Preview of a data set, before anything runs."""

    dataset: str
    """Its id, to be put into a ``StudyRequest``; empty while it cannot be used."""
    name: str
    columns: tuple[str, ...]
    mapping: ColumnMapping
    n_rows: int
    n_usable: int
    """Rows that can be asked: neither empty nor duplicates."""
    n_empty: int
    """Rows that lack a question, a right answer, or what a chosen column brings; left out."""
    n_duplicates: int
    """Rows whose question, or question and model's answer, stood there before; left out."""
    n_groups: int
    first: tuple[DatasetQuestion, ...]
    problems: tuple[str, ...] = ()
    """Notices in sentences, with line numbers; for an unusable file, the reasons."""
    about: str = ""
    """For a built-in set: its origin, and the share the built-in model answers correctly."""
    is_builtin: bool = False
