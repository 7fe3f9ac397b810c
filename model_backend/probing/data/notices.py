"""Sentences about a file of questions: rows that are left out, and how answers are labelled."""

from collections.abc import Iterator, Mapping, Sequence

from model_backend.answering.judging.rules import LabelRules
from model_backend.api.datasets import ColumnMapping, DatasetQuestion, LabelScope
from model_backend.api.errors import counted
from model_backend.api.study_requests import SMALLEST_STUDY
from model_backend.probing.data.label_rules import find_separator

DUPLICATE = "with a question from an earlier line"
INCOMPLETE = "without a question or an answer"


def rows_left_out(lines: Mapping[str, Sequence[int]], n_usable: int) -> Iterator[str]:
    """Sentences about rows that are left out, by reason, and about a file with too few others."""
    if n_usable < SMALLEST_STUDY:
        found = counted(n_usable, "question")
        yield f"Only {found} can be used; a study needs {SMALLEST_STUDY} at least."
    for what, numbers in lines.items():
        rows = "1 row is" if len(numbers) == 1 else f"{len(numbers):,} rows are"
        first = "in" if len(numbers) == 1 else "the first in"
        yield f"{rows} left out, {what}: {first} line {numbers[0]:,}."


def reading_notices(
    questions: Sequence[DatasetQuestion], mapping: ColumnMapping, rules: LabelRules
) -> Iterator[str]:
    """Sentences about how the rows of a file are read."""
    if any(question.split for question in questions):
        yield (
            f"The splits of the column {mapping.split!r} are all used together; a study draws "
            "its own folds."
        )
    yield from _brought(mapping)
    if not mapping.correct:
        yield from _labels(questions, mapping, rules)
    if sign := find_separator(questions, mapping):
        yield (
            f"Most rows have {sign!r} in their right answers. If it separates several answers, "
            f"choose it under “Separator of answers”."
        )


def _brought(mapping: ColumnMapping) -> Iterator[str]:
    """Sentences about answers, exact answers and labels that a file brings."""
    if mapping.model_answer:
        yield (
            f"The answers of the column {mapping.model_answer!r} are read, and none is generated. "
            "The token with which the model ends its own answers is put after each of them, so "
            "position -1 is that token."
        )
        yield (
            "Baselines of probability are those of the model that reads. If another model wrote "
            "the answers, they tell how expected its words are, not how sure it was."
        )
    if mapping.exact_answer:
        yield (
            f"Exact answers come from the column {mapping.exact_answer!r}. Where it is empty or "
            "its words are not in the answer, they are found as usual."
        )
    if mapping.correct:
        yield f"Labels come from the column {mapping.correct!r}; no answer is judged here."
    if mapping.correct and not mapping.model_answer:
        yield (
            "These labels are given to the answers that the model generates in the study. If they "
            "belong to other answers, bring those in a column too."
        )


def _labels(
    questions: Sequence[DatasetQuestion], mapping: ColumnMapping, rules: LabelRules
) -> Iterator[str]:
    if rules.closed and len(questions) >= SMALLEST_STUDY:
        yield f"Answers are read for one of: {', '.join(rules.closed)}."
    elif any(question.wrong_answers for question in questions):
        yield "Answers are read for the right and the wrong answers of their row."
    elif mapping.scope == LabelScope.WHOLE_ANSWER:
        yield (
            "The whole answer is read for the right answer, not only its first sentence, and has "
            f"{mapping.longest_answer} tokens at most."
        )
