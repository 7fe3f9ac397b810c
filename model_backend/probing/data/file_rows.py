"""Reads the rows of a CSV or JSONL file; errors name the line."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from model_backend.api.study_requests import LARGEST_STUDY

MOST_BYTES = 10_000_000
MOST_COLUMNS = 200
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}


@dataclass(frozen=True)
class Row:
    """One row of a file: its line number and the values of its columns."""

    line: int
    cells: dict[str, Any]


class BadLine(Exception):
    """A problem in a file, as a sentence that names the line."""


def read_rows(name: str, content: bytes) -> tuple[list[Row], tuple[str, ...]]:
    """Read the rows of a file and the names of its columns.

    Raises:
        BadLine: the file is too large, empty, or not CSV or JSONL as its name promises.
    """
    if len(content) > MOST_BYTES:
        megabytes = len(content) / 1e6
        raise BadLine(f"{name} has {megabytes:,.1f} MB; the limit is {MOST_BYTES / 1e6:g} MB.")
    text = _decode(name, content)
    if not text.strip():
        raise BadLine(f"{name} is empty.")
    is_json = name.lower().endswith((".jsonl", ".ndjson", ".json")) or text.lstrip()[0] == "{"
    rows = _json_rows(text) if is_json else _csv_rows(text, name)
    taken = []
    for row in rows:
        taken.append(row)
        if len(taken) > LARGEST_STUDY:
            raise BadLine(f"{name} has more than {LARGEST_STUDY:,} rows, which is the limit.")
    if not taken:
        raise BadLine(f"{name} has a header in line 1 and no rows.")
    columns = tuple(dict.fromkeys(column for row in taken for column in row.cells))
    if len(columns) > MOST_COLUMNS:
        raise BadLine(
            f"The lines of {name} have {len(columns):,} different fields; the limit is "
            f"{MOST_COLUMNS}."
        )
    return taken, columns


def _decode(name: str, content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadLine(f"{name} is in UTF-16. Save it as UTF-8.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadLine(
            f"Line {line:,} of {name} is not UTF-8: it has the byte 0x{content[error.start]:02X}. "
            "Save the file as UTF-8."
        ) from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise BadLine(f"Line {line:,} of {name} has a zero byte. Save it as text.")
    return text


def _csv_rows(text: str, name: str) -> Iterator[Row]:
    delimiter = "\t" if name.lower().endswith(".tsv") else _guess_delimiter(text)
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
                raise BadLine(
                    f"Line {line:,} has {len(fields)} fields; the header has {len(header)}. "
                    f"Put quotes around a field that holds a {DELIMITERS[delimiter]}."
                )
            yield Row(line, dict(zip(header, fields, strict=True)))
    except csv.Error as error:
        raise BadLine(f"Line {reader.line_num:,} cannot be read as CSV: {error}.") from error


def _guess_delimiter(text: str) -> str:
    """The most frequent delimiter of the header; some spreadsheets write semicolons."""
    return max(DELIMITERS, key=text.partition("\n")[0].count)


def _check_columns(header: Sequence[str]) -> None:
    if len(header) > MOST_COLUMNS:
        raise BadLine(f"Line 1 names {len(header):,} columns; the limit is {MOST_COLUMNS}.")
    twice = next((column for column in header if header.count(column) > 1), None)
    if twice is not None:
        raise BadLine(f"Line 1 names the column {twice!r} twice.")


def _json_rows(text: str) -> Iterator[Row]:
    for line, content in enumerate(text.split("\n"), start=1):
        if not content.strip():
            continue
        try:
            cells = orjson.loads(content)
        except orjson.JSONDecodeError as error:
            raise BadLine(f"Line {line:,} is not JSON: {error.msg}.") from error
        if not isinstance(cells, dict):
            raise BadLine(f"Line {line:,} is not a JSON object such as {{'question': ...}}.")
        if len(cells) > MOST_COLUMNS:
            raise BadLine(f"Line {line:,} has {len(cells):,} fields; the limit is {MOST_COLUMNS}.")
        yield Row(line, cells)
