"""Reads uploaded questions with known answers.

A whole file is checked before anything runs. Each problem becomes a sentence with the line number.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import orjson

from model_backend.api.errors import BadRequest, counted
from model_backend.api.study_requests import (
    SMALLEST_STUDY,
    ColumnMapping,
    DatasetPreview,
    DatasetQuestion,
    Upload,
)
from model_backend.probing.data.file_rows import BadLine, Row, read_rows

LONGEST_QUESTION, LONGEST_ANSWER, MOST_ALIASES = 20_000, 2_000, 200
N_SHOWN = 5

GUESSES = {
    "question": ("question", "prompt", "query", "q", "input"),
    "answer": ("answer", "gold", "target", "a", "output", "correct_answer"),
    "aliases": ("aliases", "alias", "alternatives", "other_answers"),
    "group": ("group", "subject", "entity", "topic"),
    "split": ("split", "fold", "subset"),
}
"""Column names that are recognised for each role, in any case."""


@dataclass(frozen=True)
class Dataset:
    """The usable questions of a data set, and the preview that the page shows."""

    preview: DatasetPreview
    questions: tuple[DatasetQuestion, ...]

    @property
    def fingerprint(self) -> str:
        """Hash of all questions and answers."""
        lines = (orjson.dumps(asdict(question)) for question in self.questions)
        return hashlib.sha256(b"\n".join(lines)).hexdigest()


def read_upload(upload: Upload) -> Dataset:
    """Read an uploaded file; an unusable one gives a preview with its problems and no id."""
    name = Path(upload.filename).name or "upload"
    columns: tuple[str, ...] = ()
    mapping = ColumnMapping()
    try:
        rows, columns = read_rows(name, upload.content)
        mapping = upload.mapping or _guess(columns)
        return _make(name, rows, columns, _check_mapping(mapping, columns))
    except BadLine as error:
        problem = (str(error),)
        return Dataset(DatasetPreview("", name, columns, mapping, 0, 0, 0, 0, 0, (), problem), ())


def _guess(columns: Sequence[str]) -> ColumnMapping:
    known = {column.lower().strip(): column for column in reversed(columns)}
    found = {
        role: next((known[name] for name in names if name in known), "")
        for role, names in GUESSES.items()
    }
    return ColumnMapping(**found)


def _check_mapping(mapping: ColumnMapping, columns: Sequence[str]) -> ColumnMapping:
    there = ", ".join(columns[:20])
    for role in ("question", "answer"):
        if not getattr(mapping, role):
            raise BadLine(f"No column holds the {role}. Choose one of: {there}.")
    for role, column in asdict(mapping).items():
        if column and column not in columns:
            raise BadLine(f"There is no column {column!r} for the {role}; there are: {there}.")
    return mapping


def _make(
    name: str, rows: Sequence[Row], columns: tuple[str, ...], mapping: ColumnMapping
) -> Dataset:
    kept: dict[str, DatasetQuestion] = {}
    empty: list[int] = []
    duplicates: list[int] = []
    for row in rows:
        question = _question(row, mapping)
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
            *_split_notice(questions, mapping),
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


def _split_notice(questions: Sequence[DatasetQuestion], mapping: ColumnMapping) -> Iterator[str]:
    if any(question.split for question in questions):
        yield (
            f"The splits of the column {mapping.split!r} are all used together; a study draws "
            "its own folds."
        )


def _question(row: Row, mapping: ColumnMapping) -> DatasetQuestion:
    limits = {"question": LONGEST_QUESTION}
    texts = {
        role: _text(row, column, limits.get(role, LONGEST_ANSWER))
        for role, column in asdict(mapping).items()
        if role != "aliases"
    }
    return DatasetQuestion(aliases=_aliases(row, mapping.aliases), **texts)


def _text(row: Row, column: str, longest: int) -> str:
    value = row.cells.get(column) if column else None
    if value is None:
        return ""
    if not isinstance(value, str | int | float):
        kind = "a list" if isinstance(value, list) else "an object"
        raise BadLine(f"Line {row.line:,} has {kind} as {column!r}; it must be a text.")
    text = str(value).strip()
    if len(text) > longest:
        raise BadLine(
            f"Line {row.line:,} has {len(text):,} characters as {column!r}; the limit is "
            f"{longest:,}."
        )
    return text


def _aliases(row: Row, column: str) -> tuple[str, ...]:
    value = row.cells.get(column) if column else None
    parts = value if isinstance(value, list) else str(value or "").split("|")
    if len(parts) > MOST_ALIASES:
        raise BadLine(f"Line {row.line:,} has {len(parts):,} aliases; the limit is {MOST_ALIASES}.")
    if not all(isinstance(part, str | int | float) for part in parts):
        raise BadLine(f"Line {row.line:,} has aliases that are not texts.")
    texts = (str(part).strip() for part in parts)
    return tuple(text for text in texts if text)


def usable(dataset: Dataset) -> Dataset:
    """Return the data set if it can be studied.

    Raises:
        BadRequest: it cannot be studied; the text lists its problems.
    """
    if not dataset.preview.dataset:
        raise BadRequest(" ".join(dataset.preview.problems))
    return dataset
