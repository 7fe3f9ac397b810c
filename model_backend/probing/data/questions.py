"""Makes a question of a row: its text, its answers, and the label that a file may give."""

import re
from collections.abc import Iterator, Sequence

from model_backend.api.datasets import ColumnMapping, DatasetQuestion
from model_backend.probing.data.json_rows import read_list
from model_backend.probing.data.rows import BadLine, Row

LONGEST_QUESTION, LONGEST_ANSWER, MOST_ALIASES = 20_000, 2_000, 200
ALIAS_SEPARATOR = "|"
"""Separator within the cells of aliases and wrong answers where none is chosen."""
LONGEST_MODEL_ANSWER = 20_000
_PLACE = re.compile(r"\{([^{}]+)\}")
_LABELS = {"1": True, "true": True, "yes": True, "right": True, "correct": True,
           "0": False, "false": False, "no": False, "wrong": False, "incorrect": False,
           "1.0": True, "0.0": False}  # fmt: skip
"""Spellings of a label; data frames write 1.0 in a column that has gaps."""


def make_question(row: Row, mapping: ColumnMapping) -> DatasetQuestion:
    """Make the question of one row.

    Raises:
        BadLine: a cell holds something else than texts, or too much.
    """
    answer, *more = _answers(row, mapping.answer, mapping.separator) or [""]
    listed = _answers(row, mapping.aliases, mapping.separator or ALIAS_SEPARATOR)
    wrong = _answers(row, mapping.wrong_answers, mapping.separator or ALIAS_SEPARATOR)
    return DatasetQuestion(
        question=_question(row, mapping),
        answer=answer,
        aliases=tuple(dict.fromkeys([*more, *listed])),
        group=_text(row, mapping.group),
        split=_text(row, mapping.split),
        wrong_answers=tuple(dict.fromkeys(wrong)),
        model_answer=_text(row, mapping.model_answer, LONGEST_MODEL_ANSWER),
        exact_answer=_text(row, mapping.exact_answer),
        correct=_label(row, mapping.correct),
        row=row.number,
    )


def check_template(template: str, columns: Sequence[str]) -> None:
    """Refuse a template that names no column of the file.

    Raises:
        BadLine: with the columns that there are.
    """
    there = ", ".join(columns[:20])
    names = _PLACE.findall(template)
    if not names:
        raise BadLine(
            f"The question {template!r} names no column. Write columns in braces, such as "
            f"{{{columns[0]}}}; there are: {there}."
        )
    for name in names:
        if name not in columns:
            raise BadLine(f"The question names {{{name}}}; the columns are: {there}.")


def _question(row: Row, mapping: ColumnMapping) -> str:
    if not mapping.template:
        return _text(row, mapping.question, LONGEST_QUESTION)
    texts = {name: _text(row, name, LONGEST_QUESTION) for name in _PLACE.findall(mapping.template)}
    if not any(texts.values()):
        return ""
    question = _PLACE.sub(lambda place: texts[place[1]], mapping.template).strip()
    if len(question) > LONGEST_QUESTION:
        raise BadLine(
            f"Line {row.line:,} makes a question of {len(question):,} characters; the limit is "
            f"{LONGEST_QUESTION:,}."
        )
    return question


def _text(row: Row, column: str, longest: int = LONGEST_ANSWER) -> str:
    value = row.cells.get(column) if column else None
    if value is None:
        return ""
    if isinstance(value, list | dict):
        kind = "a list" if isinstance(value, list) else "an object"
        raise BadLine(f"Line {row.line:,} has {kind} as {column!r}; it must be a text.")
    text = _written(value)
    if len(text) > longest:
        raise BadLine(
            f"Line {row.line:,} has {len(text):,} characters as {column!r}; the limit is "
            f"{longest:,}."
        )
    return text


def _label(row: Row, column: str) -> bool | None:
    """The label in a cell; None for an empty one."""
    text = _text(row, column)
    if text and text.lower() not in _LABELS:
        raise BadLine(
            f"Line {row.line:,} has {text[:40]!r} as {column!r}; it must be 1 or 0, true or false, "
            "yes or no, right or wrong, or empty."
        )
    return _LABELS[text.lower()] if text else None


def _answers(row: Row, column: str, separator: str) -> list[str]:
    """Texts of a cell that holds a list or several texts; an empty separator splits nothing."""
    value = row.cells.get(column) if column else None
    if isinstance(value, str):
        listed = read_list(value.strip())
        value = listed if listed is not None else value
    if not isinstance(value, list):
        text = _text(row, column, LONGEST_ANSWER * (MOST_ALIASES if separator else 1))
        value = text.split(separator) if separator else [text]
    return list(_checked(row, column, value))


def _checked(row: Row, column: str, values: list) -> Iterator[str]:
    if len(values) > MOST_ALIASES:
        raise BadLine(
            f"Line {row.line:,} has {len(values):,} answers as {column!r}; the limit is "
            f"{MOST_ALIASES}."
        )
    for value in values:
        if value is None or isinstance(value, list | dict):
            raise BadLine(f"Line {row.line:,} has answers as {column!r} that are not texts.")
        text = _written(value)
        if len(text) > LONGEST_ANSWER:
            raise BadLine(
                f"Line {row.line:,} has {len(text):,} characters as {column!r}; the limit is "
                f"{LONGEST_ANSWER:,}."
            )
        if text:
            yield text


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value).strip()
