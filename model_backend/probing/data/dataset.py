"""Reads uploaded questions with known answers.

A whole file is checked before anything runs. Each problem becomes a sentence with the line number.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path

import orjson

from model_backend.answering.judging.rules import LabelRules
from model_backend.api.datasets import (
    ColumnMapping,
    DatasetPreview,
    DatasetQuestion,
    LabelScope,
    Upload,
)
from model_backend.api.errors import BadRequest, counted
from model_backend.api.study_requests import SMALLEST_STUDY
from model_backend.probing.data.file_rows import read_rows
from model_backend.probing.data.label_rules import find_rules, find_separator, guess_scope
from model_backend.probing.data.questions import check_template, make_question
from model_backend.probing.data.rows import BadLine, Row

N_SHOWN = 5

GUESSES = {
    "question": ("question", "prompt", "query", "q", "input"),
    "answer": ("answer", "gold", "target", "a", "output", "correct_answer"),
    "aliases": ("aliases", "alias", "alternatives", "other_answers"),
    "wrong_answers": (
        "wrong_answers",
        "wrong_answer",
        "incorrect_answers",
        "incorrect_answer",
        "distractors",
    ),
    "group": ("group", "subject", "entity", "topic"),
    "split": ("split", "fold", "subset"),
}
"""Column names that are recognised for each role, in any case."""
TEMPLATES = (("sentence", "q_instruct"),)
"""Columns that are known to make a question together."""


@dataclass(frozen=True)
class Dataset:
    """The usable questions of a data set, and the preview that the page shows."""

    preview: DatasetPreview
    questions: tuple[DatasetQuestion, ...]

    @property
    def fingerprint(self) -> str:
        """Hash of all questions and answers."""
        lines = [orjson.dumps(_hashed(question)) for question in self.questions]
        scope = self.preview.mapping.scope
        if scope != LabelScope.FIRST_SENTENCE:
            lines.append(scope.encode())
        return hashlib.sha256(b"\n".join(lines)).hexdigest()

    @cached_property
    def rules(self) -> LabelRules:
        """Rules by which answers to these questions are labelled."""
        return find_rules(self.questions, self.preview.mapping.scope)


def _hashed(question: DatasetQuestion) -> dict[str, object]:
    """The fields of a question that have a hash; those that are newer only if they are filled."""
    fields = asdict(question)
    if not question.wrong_answers:
        del fields["wrong_answers"]
    return fields


def read_upload(upload: Upload) -> Dataset:
    """Read an uploaded file; an unusable one gives a preview with its problems and no id."""
    name = Path(upload.filename).name or "upload"
    columns: tuple[str, ...] = ()
    mapping = ColumnMapping()
    try:
        rows, columns = read_rows(name, upload.content)
        mapping = upload.mapping or _guess(columns)
        _check_mapping(mapping, columns)
        questions = [make_question(row, mapping) for row in rows]
        if upload.mapping is None:
            mapping = replace(mapping, scope=guess_scope(questions))
        return _make(name, rows, questions, columns, mapping)
    except BadLine as error:
        problem = (str(error),)
        return Dataset(DatasetPreview("", name, columns, mapping, 0, 0, 0, 0, 0, (), problem), ())


def _guess(columns: Sequence[str]) -> ColumnMapping:
    known = {column.lower().strip(): column for column in reversed(columns)}
    found = {
        role: next((known[name] for name in names if name in known), "")
        for role, names in GUESSES.items()
    }
    together = next((names for names in TEMPLATES if all(name in known for name in names)), ())
    if together:
        found["question"] = ""
    return ColumnMapping(**found, template=" ".join(f"{{{known[name]}}}" for name in together))


def _check_mapping(mapping: ColumnMapping, columns: Sequence[str]) -> None:
    there = ", ".join(columns[:20])
    if mapping.template:
        check_template(mapping.template, columns)
    elif not mapping.question:
        example = " ".join(f"{{{column}}}" for column in columns[:2])
        raise BadLine(
            f"No column holds the question. Choose one of: {there}. Or write a question of several "
            f"columns, such as {example}."
        )
    if not mapping.answer:
        raise BadLine(f"No column holds the answer. Choose one of: {there}.")
    for role, column in mapping.columns.items():
        if column and column not in columns and not (role == "question" and mapping.template):
            what = role.replace("_", " ")
            raise BadLine(f"There is no column {column!r} for the {what}; there are: {there}.")


def _make(
    name: str,
    rows: Sequence[Row],
    made: Sequence[DatasetQuestion],
    columns: tuple[str, ...],
    mapping: ColumnMapping,
) -> Dataset:
    kept: dict[str, DatasetQuestion] = {}
    empty: list[int] = []
    duplicates: list[int] = []
    for row, question in zip(rows, made, strict=True):
        key = " ".join(question.question.casefold().split())
        if not key or not question.answer:
            empty.append(row.line)
        elif key in kept:
            duplicates.append(row.line)
        else:
            kept[key] = question
    questions = tuple(kept.values())
    preview = DatasetPreview(
        dataset="",
        name=name,
        columns=columns,
        mapping=mapping,
        n_rows=len(rows),
        n_usable=len(questions),
        n_empty=len(empty),
        n_duplicates=len(duplicates),
        n_groups=len({q.group for q in questions if q.group}) + sum(not q.group for q in questions),
        first=questions[:N_SHOWN],
        problems=(
            *_problems(empty, duplicates, len(questions)),
            *_notices(questions, mapping, find_rules(questions, mapping.scope)),
        ),
    )
    dataset = Dataset(preview, questions)
    if len(questions) < SMALLEST_STUDY:
        return dataset
    return replace(dataset, preview=replace(preview, dataset=dataset.fingerprint[:32]))


def _problems(empty: list[int], duplicates: list[int], n_usable: int) -> Iterator[str]:
    if n_usable < SMALLEST_STUDY:
        found = counted(n_usable, "question")
        yield f"Only {found} can be used; a study needs {SMALLEST_STUDY} at least."
    for lines, what in (
        (empty, "without a question or an answer"),
        (duplicates, "with a question from an earlier line"),
    ):
        if lines:
            rows = "1 row is" if len(lines) == 1 else f"{len(lines):,} rows are"
            first = "in" if len(lines) == 1 else "the first in"
            yield f"{rows} left out, {what}: {first} line {lines[0]:,}."


def _notices(
    questions: Sequence[DatasetQuestion], mapping: ColumnMapping, rules: LabelRules
) -> Iterator[str]:
    if any(question.split for question in questions):
        yield (
            f"The splits of the column {mapping.split!r} are all used together; a study draws "
            "its own folds."
        )
    if rules.closed and len(questions) >= SMALLEST_STUDY:
        yield f"Answers are read for one of: {', '.join(rules.closed)}."
    elif any(question.wrong_answers for question in questions):
        yield "Answers are read for the right and the wrong answers of their row."
    elif mapping.scope == LabelScope.WHOLE_ANSWER:
        yield "The whole answer is read for the right answer, not only its first sentence."
    if sign := find_separator(questions, mapping):
        yield (
            f"Most rows have {sign!r} in their right answers. If it separates several answers, "
            f"choose it under “Separator of answers”."
        )


def usable(dataset: Dataset) -> Dataset:
    """Return the data set if it can be studied.

    Raises:
        BadRequest: it cannot be studied; the text lists its problems.
    """
    if not dataset.preview.dataset:
        raise BadRequest(" ".join(dataset.preview.problems))
    return dataset
