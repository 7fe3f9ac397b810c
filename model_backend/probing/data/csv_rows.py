"""Reads the rows of a CSV file as spreadsheets write them."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from model_backend.probing.data.rows import MOST_COLUMNS, BadLine, Row

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
_QUOTED = re.compile(r'"(?:[^"]|"")*"?')


@dataclass(frozen=True)
class _Table:
    """The part of a CSV file that begins with its header."""

    text: str
    delimiter: str
    first_line: int
    """Line number of the header."""


def csv_rows(text: str, name: str) -> Iterator[Row]:
    """Yield the rows of a CSV or TSV file below its header.

    Blank lines are skipped, also above the header, and a line such as ``sep=;`` names the
    delimiter. A row of empty fields is skipped too, and counts in the numbers of the rows.
    Columns without a name are left out where they are empty.

    Raises:
        BadLine: the file is not CSV, or a row has another number of fields than the header.
    """
    table = _find_table(text, "\t" if name.lower().endswith(".tsv") else "")
    rows = _fields(table)
    line, header = next(rows)
    header = [_strip(column) for column in header]
    while header and not header[-1]:
        header.pop()
    names = [column or f"column {number}" for number, column in enumerate(header, start=1)]
    _check_columns(names, line)
    found = False
    for number, (line, fields) in enumerate(each for each in rows if each[1]):
        if any(field.strip() for field in fields):
            found = True
            cells = dict(zip(names, _fit(fields, len(names), line, table.delimiter), strict=True))
            kept = {
                column: cell for column, cell in cells.items() if column in header or cell.strip()
            }
            yield Row(line, kept, number)
    if not found:
        raise BadLine(f"{name} has a header in line {table.first_line} and no rows.")


def _strip(name: str) -> str:
    """A column's name without spaces and signs of no width around it, which pasted tables have."""
    start, end = 0, len(name)
    while start < end and _is_blank(name[start]):
        start += 1
    while start < end and _is_blank(name[end - 1]):
        end -= 1
    return name[start:end]


def _is_blank(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) == "Cf"


def _find_table(text: str, delimiter: str) -> _Table:
    lines = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", text)
    first = _first_line(lines, 0)
    if named := _SEPARATOR_LINE.fullmatch(lines[first].strip(" \r\n")):
        delimiter = named[1]
        first = _first_line(lines, first + 1)
    return _Table("".join(lines[first:]), delimiter or _guess_delimiter(lines[first]), first + 1)


def _first_line(lines: Sequence[str], start: int) -> int:
    """Index of the first line that is not blank."""
    found = (number for number in range(start, len(lines)) if lines[number].strip(" \t,;\r\n"))
    return next(found, len(lines) - 1)


def _guess_delimiter(header: str) -> str:
    """The most frequent delimiter of the header outside quotes."""
    return max(DELIMITERS, key=_QUOTED.sub("", header).count)


def _fields(table: _Table) -> Iterator[tuple[int, list[str]]]:
    """Yield the line on which each row begins, and its fields."""
    source = io.StringIO(table.text, newline="")
    reader = csv.reader(source, strict=True, delimiter=table.delimiter)
    line = table.first_line
    try:
        for fields in reader:
            yield line, fields
            line = table.first_line + reader.line_num
    except csv.Error as error:
        raise BadLine(f"Line {line:,} cannot be read as CSV: {_explain(error)}") from error


def _explain(error: csv.Error) -> str:
    if "unexpected end of data" in str(error):
        return "a quote opens in this row and never closes. Close it, or double a quote in a text."
    if "expected after" in str(error):
        return "a quote closes in the middle of a field. Double every quote inside a quoted field."
    return f"{error}."


def _fit(fields: list[str], n: int, line: int, delimiter: str) -> list[str]:
    """The fields of a row without empty ones beyond the header."""
    while len(fields) > n and not fields[-1].strip():
        fields = fields[:-1]
    if len(fields) == n:
        return fields
    mark = DELIMITERS.get(delimiter, repr(delimiter))
    advice = (
        f"Put quotes around a field that holds a {mark}."
        if len(fields) > n
        else f"An empty field needs its {mark} too, and a field with a line break needs quotes."
    )
    counts = f"{len(fields)} field{'s' * (len(fields) != 1)}; the header has {n}"
    raise BadLine(f"Line {line:,} has {counts}. {advice}")


def _check_columns(header: Sequence[str], line: int) -> None:
    if len(header) > MOST_COLUMNS:
        raise BadLine(f"Line {line} names {len(header):,} columns; the limit is {MOST_COLUMNS}.")
    twice = next((column for column in header if header.count(column) > 1), None)
    if twice is not None:
        raise BadLine(f"Line {line} names the column {twice!r} twice.")
