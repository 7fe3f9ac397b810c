"""Finds the rules by which the answers to a data set's questions are labelled."""

from collections.abc import Sequence
from statistics import mean, median

from model_backend.answering.judging.phrases import Phrase
from model_backend.answering.judging.rules import LabelRules
from model_backend.answering.judging.words import split_words, words
from model_backend.api.datasets import SEPARATORS, ColumnMapping, DatasetQuestion, LabelScope

MOST_CLOSED = 12
"""Different right answers that a closed set has at most."""
MOSTLY, LONG_QUESTION = 0.8, 60
"""Share of numeric answers, and median length of a question, in sets of worked arithmetic."""


def find_rules(
    questions: Sequence[DatasetQuestion], scope: str = LabelScope.FIRST_SENTENCE
) -> LabelRules:
    """Rules for these questions: the closed set of their answers, or all answers that are known.

    The set is closed if there are two to twelve different right answers, and none is a number.
    """
    answers = {words(one.answer): one.answer for one in reversed(questions)}
    is_closed = 2 <= len(answers) <= MOST_CLOSED and not any(map(_is_number, answers.values()))
    if is_closed:
        return LabelRules(scope, closed=tuple(sorted(answers.values())))
    known = {words(text): text for one in questions for text in (one.answer, *one.aliases)}
    return LabelRules(scope, known=tuple(sorted(known.values())))


def guess_scope(questions: Sequence[DatasetQuestion]) -> str:
    """The whole answer for worked arithmetic, which states its result last; else one sentence.

    Arithmetic is told by long questions with numbers for right answers.
    """
    is_number = [
        bool(Phrase(one.answer).keys) and Phrase(one.answer).is_number for one in questions
    ]
    length = median(len(one.question) for one in questions) if questions else 0
    is_worked = length >= LONG_QUESTION and mean(is_number) >= MOSTLY
    return LabelScope.WHOLE_ANSWER if is_worked else LabelScope.FIRST_SENTENCE


def find_separator(questions: Sequence[DatasetQuestion], mapping: ColumnMapping) -> str:
    """A sign that most rows have in their right answers and that separates none; empty if none."""
    if mapping.separator or not questions:
        return ""
    cells = ["\n".join((one.answer, *one.aliases)) for one in questions]
    for sign in SEPARATORS[1:]:
        if mean(sign in cell for cell in cells) > 0.5:
            return sign
    return ""


def describe_rules(rules: LabelRules) -> str:
    """The rules in one line, for the provenance of a study."""
    if rules.closed:
        return f"one of {', '.join(rules.closed)}, anywhere in the answer"
    where = "the whole answer" if rules.scope == LabelScope.WHOLE_ANSWER else "its first sentence"
    return f"a right answer asserted in {where}; {len(rules.known):,} known answers"


def describe_mapping(mapping: ColumnMapping) -> str:
    """The columns of a file in one line, for the provenance of a study."""
    columns = {**mapping.columns, "question": mapping.template or mapping.question}
    said = [f"{role.replace('_', ' ')}: {name}" for role, name in columns.items() if name]
    separator = [f"answers separated by {mapping.separator}"] if mapping.separator else []
    return "; ".join([*said, *separator])


def _is_number(answer: str) -> bool:
    return any(word.number is not None for word in split_words(answer))
