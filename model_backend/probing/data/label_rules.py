"""Finds the rules by which the answers to a data set's questions are labelled."""

from collections.abc import Sequence
from statistics import mean, median

from model_backend.answering.judging.phrases import Phrase
from model_backend.answering.judging.rules import LabelRules
from model_backend.answering.judging.words import split_words, words
from model_backend.api.datasets import SEPARATORS, ColumnMapping, DatasetQuestion, LabelScope

MOST_CLOSED = 12
"""Different right answers that a closed set has at most."""
MOSTLY, LONG_QUESTION, TERMS = 0.8, 60, 2
"""Share of numeric answers, and median length of a question or of numbers in it, in sets of worked
arithmetic."""


def find_rules(
    questions: Sequence[DatasetQuestion], scope: str = LabelScope.FIRST_SENTENCE
) -> LabelRules:
    """Rules for these questions: the closed set of their answers, or all answers that are known.

    The set is closed if there are two to twelve different right answers, and none is a number.
    """
    answers = {words(one.answer): one.answer for one in reversed(questions) if one.answer}
    is_closed = 2 <= len(answers) <= MOST_CLOSED and not any(map(_is_number, answers.values()))
    if is_closed:
        return LabelRules(scope, closed=tuple(sorted(answers.values())))
    known = {words(text): text for one in questions for text in (one.answer, *one.aliases) if text}
    return LabelRules(scope, known=tuple(sorted(known.values())))


def guess_scope(questions: Sequence[DatasetQuestion]) -> str:
    """The whole answer for worked arithmetic, which states its result last; else one sentence.

    Arithmetic is told by numbers for right answers, and by questions that are long or have two
    numbers.
    """
    is_number = [
        bool(Phrase(one.answer).keys) and Phrase(one.answer).is_number for one in questions
    ]
    if not questions or mean(is_number) < MOSTLY:
        return LabelScope.FIRST_SENTENCE
    is_long = median(len(one.question) for one in questions) >= LONG_QUESTION
    has_terms = median(_count_numbers(one.question) for one in questions) >= TERMS
    return LabelScope.WHOLE_ANSWER if is_long or has_terms else LabelScope.FIRST_SENTENCE


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


def describe_labels(rules: LabelRules, mapping: ColumnMapping | None) -> str:
    """Origin of the labels in one line, for the provenance of a study."""
    if mapping is not None and mapping.correct:
        return f"given in the column {mapping.correct!r} of the file"
    return describe_rules(rules)


def describe_answers(mapping: ColumnMapping | None, max_new_tokens: int) -> str:
    """Origin of the answers in one line, for the provenance of a study."""
    if mapping is not None and mapping.model_answer:
        column = f"read from the column {mapping.model_answer!r} of the file"
        return f"{column}, with an end token after each"
    return f"generated, at most {max_new_tokens:,} tokens"


def describe_mapping(mapping: ColumnMapping) -> str:
    """The columns of a file in one line, for the provenance of a study."""
    columns = {**mapping.columns, "question": mapping.template or mapping.question}
    said = [f"{role.replace('_', ' ')}: {name}" for role, name in columns.items() if name]
    separator = [f"answers separated by {mapping.separator}"] if mapping.separator else []
    return "; ".join([*said, *separator])


def _count_numbers(text: str) -> int:
    return sum(word.number is not None for word in split_words(text))


def _is_number(answer: str) -> bool:
    return any(word.number is not None for word in split_words(answer))
