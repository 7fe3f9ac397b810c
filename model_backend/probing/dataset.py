"""Questions with known answers: what comes with the project, and files that people bring.

A file is looked at as a whole before anything runs. Whatever is wrong with it is said in a sentence
with the number of the line.
"""

import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from model_backend.errors import BadRequest
from model_backend.models.catalogue import BUILTIN_FOLDER
from model_backend.probing.requests import (
    LARGEST_STUDY,
    SMALLEST_STUDY,
    ColumnMapping,
    DatasetPreview,
    DatasetQuestion,
    Upload,
)

MOST_BYTES = 10_000_000
MOST_COLUMNS = 200
LONGEST_QUESTION, LONGEST_ANSWER, MOST_ALIASES = 20_000, 2_000, 200
N_SHOWN = 5

GUESSES = {
    "question": ("question", "prompt", "query", "q", "input"),
    "answer": ("answer", "gold", "target", "a", "output", "correct_answer"),
    "aliases": ("aliases", "alias", "alternatives", "other_answers"),
    "group": ("group", "subject", "entity", "topic"),
    "split": ("split", "fold", "subset"),
}
"""Names of columns that are taken for what they say, whatever their case."""


@dataclass(frozen=True)
class Dataset:
    """Questions that can be asked, and what there is to say of them."""

    preview: DatasetPreview
    questions: tuple[DatasetQuestion, ...]

    @property
    def fingerprint(self) -> str:
        """A hash of all that is asked and answered."""
        lines = (orjson.dumps(asdict(question)) for question in self.questions)
        return hashlib.sha256(b"\n".join(lines)).hexdigest()


@dataclass(frozen=True)
class _Row:
    line: int
    cells: dict[str, Any]


class _BadLine(Exception):
    """A sentence that names a line."""


BUILTIN_SETS = {
    "places": "The country of cities of 100,000 people and more, from GeoNames (CC BY 4.0); the "
    "built-in model was never told of half of them.",
    "countries": "Capitals, currencies and continents, from GeoNames (CC BY 4.0); the built-in "
    "model was never told half of what is asked of the smaller countries.",
    "sums": "Sums and differences of three-digit numbers, in pairs that the built-in model was "
    "never given.",
}
"""Where the questions come from that come with the built-in model."""


@cache
def builtin_datasets() -> tuple[Dataset, ...]:
    """The sets that come with the built-in model."""
    measured = orjson.loads((BUILTIN_FOLDER / "evaluation.json").read_bytes())
    return tuple(_builtin(name, measured[name]["right"]) for name in BUILTIN_SETS)


def read_upload(upload: Upload) -> Dataset:
    """What is in a file; if it cannot be used, a preview without an id that says why."""
    name = Path(upload.filename).name or "upload"
    columns: tuple[str, ...] = ()
    mapping = ColumnMapping()
    try:
        rows, columns = _read(name, upload.content)
        mapping = upload.mapping or _guess(columns)
        return _make(name, rows, columns, _check_mapping(mapping, columns))
    except _BadLine as error:
        problem = (str(error),)
        return Dataset(DatasetPreview("", name, columns, mapping, 0, 0, 0, 0, 0, (), problem), ())


def _builtin(name: str, share_right: float) -> Dataset:
    file = BUILTIN_FOLDER / "data" / f"{name}.csv"
    dataset = read_upload(Upload(file.name, file.read_bytes()))
    about = f"{BUILTIN_SETS[name]} It answers {share_right:.0%} rightly."
    told = replace(dataset.preview, dataset=name, name=name, about=about, is_builtin=True)
    return replace(dataset, preview=told)


def _read(name: str, content: bytes) -> tuple[list[_Row], tuple[str, ...]]:
    if len(content) > MOST_BYTES:
        megabytes = len(content) / 1e6
        raise _BadLine(f"{name} has {megabytes:,.1f} MB; the limit is {MOST_BYTES / 1e6:g} MB.")
    text = _decode(name, content)
    if not text.strip():
        raise _BadLine(f"{name} is empty.")
    is_json = name.lower().endswith((".jsonl", ".ndjson", ".json")) or text.lstrip()[0] == "{"
    rows = _json_rows(text) if is_json else _csv_rows(text, name)
    taken = []
    for row in rows:
        taken.append(row)
        if len(taken) > LARGEST_STUDY:
            raise _BadLine(f"{name} has more than {LARGEST_STUDY:,} rows, which is the limit.")
    if not taken:
        raise _BadLine(f"{name} has a header in line 1 and no rows.")
    columns = tuple(dict.fromkeys(column for row in taken for column in row.cells))
    if len(columns) > MOST_COLUMNS:
        raise _BadLine(
            f"The lines of {name} have {len(columns):,} different fields; the limit is "
            f"{MOST_COLUMNS}."
        )
    return taken, columns


def _decode(name: str, content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _BadLine(f"{name} is in UTF-16. Save it as UTF-8.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _BadLine(
            f"Line {line:,} of {name} is not UTF-8: it has the byte 0x{content[error.start]:02X}. "
            "Save the file as UTF-8."
        ) from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise _BadLine(f"Line {line:,} of {name} has a zero byte. Is it a text file?")
    return text


def _csv_rows(text: str, name: str) -> Iterator[_Row]:
    delimiter = "\t" if name.lower().endswith(".tsv") else ","
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    try:
        header = [column.strip() for column in next(reader)]
        _check_columns(header)
        end = reader.line_num
        for fields in reader:
            line, end = end + 1, reader.line_num
            if not any(field.strip() for field in fields):
                continue
            if len(fields) != len(header):
                raise _BadLine(
                    f"Line {line:,} has {len(fields)} fields; the header has {len(header)}. "
                    "Put quotes around a field that holds a comma."
                )
            yield _Row(line, dict(zip(header, fields, strict=True)))
    except csv.Error as error:
        raise _BadLine(f"Line {reader.line_num:,} cannot be read as CSV: {error}.") from error


def _check_columns(header: Sequence[str]) -> None:
    if len(header) > MOST_COLUMNS:
        raise _BadLine(f"Line 1 names {len(header):,} columns; the limit is {MOST_COLUMNS}.")
    twice = next((column for column in header if header.count(column) > 1), None)
    if twice is not None:
        raise _BadLine(f"Line 1 names the column {twice!r} twice.")


def _json_rows(text: str) -> Iterator[_Row]:
    for line, content in enumerate(text.split("\n"), start=1):
        if not content.strip():
            continue
        try:
            cells = orjson.loads(content)
        except orjson.JSONDecodeError as error:
            raise _BadLine(f"Line {line:,} is not JSON: {error.msg}.") from error
        if not isinstance(cells, dict):
            raise _BadLine(f"Line {line:,} is not a JSON object such as {{'question': ...}}.")
        if len(cells) > MOST_COLUMNS:
            raise _BadLine(f"Line {line:,} has {len(cells):,} fields; the limit is {MOST_COLUMNS}.")
        yield _Row(line, cells)


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
            raise _BadLine(f"No column holds the {role}. Say which; there are: {there}.")
    for role, column in asdict(mapping).items():
        if column and column not in columns:
            raise _BadLine(f"There is no column {column!r} for the {role}; there are: {there}.")
    return mapping


def _make(
    name: str, rows: Sequence[_Row], columns: tuple[str, ...], mapping: ColumnMapping
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
            *_about_splits(questions, mapping),
        ),
    )
    dataset = Dataset(preview, questions)
    if len(questions) < SMALLEST_STUDY:
        return dataset
    return replace(dataset, preview=replace(preview, dataset=dataset.fingerprint[:32]))


def _problems(empty: list[int], duplicates: list[int], n_usable: int) -> Iterator[str]:
    if n_usable < SMALLEST_STUDY:
        yield f"Only {n_usable} questions can be used; a study needs {SMALLEST_STUDY} at least."
    for lines, what in (
        (empty, "without a question or an answer"),
        (duplicates, "with a question that stood there before"),
    ):
        if lines:
            rows = "1 row is" if len(lines) == 1 else f"{len(lines):,} rows are"
            first = "in" if len(lines) == 1 else "the first in"
            yield f"{rows} left out, {what}: {first} line {lines[0]:,}."


def _about_splits(questions: Sequence[DatasetQuestion], mapping: ColumnMapping) -> Iterator[str]:
    if any(question.split for question in questions):
        yield (
            f"The splits of the column {mapping.split!r} are all used together, and folds are "
            "drawn anew."
        )


def _question(row: _Row, mapping: ColumnMapping) -> DatasetQuestion:
    limits = {"question": LONGEST_QUESTION}
    texts = {
        role: _text(row, column, limits.get(role, LONGEST_ANSWER))
        for role, column in asdict(mapping).items()
        if role != "aliases"
    }
    return DatasetQuestion(aliases=_aliases(row, mapping.aliases), **texts)


def _text(row: _Row, column: str, longest: int) -> str:
    value = row.cells.get(column) if column else None
    if value is None:
        return ""
    if not isinstance(value, str | int | float):
        kind = "a list" if isinstance(value, list) else "an object"
        raise _BadLine(f"Line {row.line:,} has {kind} as {column!r}; a text is needed.")
    text = str(value).strip()
    if len(text) > longest:
        raise _BadLine(
            f"Line {row.line:,} has {len(text):,} characters as {column!r}; the limit is "
            f"{longest:,}."
        )
    return text


def _aliases(row: _Row, column: str) -> tuple[str, ...]:
    value = row.cells.get(column) if column else None
    parts = value if isinstance(value, list) else str(value or "").split("|")
    if len(parts) > MOST_ALIASES:
        raise _BadLine(
            f"Line {row.line:,} has {len(parts):,} aliases; the limit is {MOST_ALIASES}."
        )
    if not all(isinstance(part, str | int | float) for part in parts):
        raise _BadLine(f"Line {row.line:,} has aliases that are no texts.")
    texts = (str(part).strip() for part in parts)
    return tuple(text for text in texts if text)


def usable(dataset: Dataset) -> Dataset:
    """The same data set, if it can be studied.

    Raises:
        BadRequest: it cannot; the sentence says why.
    """
    if not dataset.preview.dataset:
        raise BadRequest(" ".join(dataset.preview.problems))
    return dataset
