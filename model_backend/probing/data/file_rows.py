"""Reads the rows of a CSV or JSONL file; errors name the line."""

from model_backend.api.study_requests import LARGEST_STUDY, MOST_UPLOAD_BYTES
from model_backend.probing.data.csv_rows import csv_rows
from model_backend.probing.data.json_rows import json_rows
from model_backend.probing.data.rows import MOST_COLUMNS, BadLine, Row

OTHER_FORMATS = {
    b"PK\x03\x04": "a workbook or a zip file",
    b"\xd0\xcf\x11\xe0": "a workbook",
    b"\x1f\x8b": "compressed",
    b"PAR1": "a Parquet file",
    b"ARROW1": "an Arrow file",
    b"SQLite format 3": "a database",
    b"%PDF": "a PDF file",
    b"{\\rtf": "a formatted text",
    b"<!doctype": "a web page",
    b"<html": "a web page",
    b"version https://git-lfs": "a pointer of Git LFS to the file, not the file (git lfs pull)",
}
"""Formats that are brought in place of CSV or JSONL, by how they begin."""


def read_rows(name: str, content: bytes) -> tuple[list[Row], tuple[str, ...]]:
    """Read the rows of a file and the names of its columns.

    Raises:
        BadLine: the file is too large, empty, or not CSV or JSONL as its name promises.
    """
    if len(content) > MOST_UPLOAD_BYTES:
        megabytes = len(content) / 1e6
        limit = f"{MOST_UPLOAD_BYTES / 1e6:g} MB"
        raise BadLine(f"{name} has {megabytes:,.1f} MB; the limit is {limit}.")
    text = _decode(name, content)
    if not text.strip():
        raise BadLine(f"{name} is empty.")
    is_json = name.lower().endswith((".jsonl", ".ndjson", ".json")) or text.lstrip()[0] == "{"
    rows = json_rows(text) if is_json else csv_rows(text, name)
    taken = []
    for row in rows:
        taken.append(row)
        if len(taken) > LARGEST_STUDY:
            raise BadLine(f"{name} has more than {LARGEST_STUDY:,} rows, which is the limit.")
    columns = tuple(dict.fromkeys(column for row in taken for column in row.cells))
    if len(columns) > MOST_COLUMNS:
        raise BadLine(
            f"The lines of {name} have {len(columns):,} different fields; the limit is "
            f"{MOST_COLUMNS}."
        )
    return taken, columns


def _decode(name: str, content: bytes) -> str:
    begin = content[:64].lstrip()
    for start, what in OTHER_FORMATS.items():
        if begin.startswith(start) or begin.lower().startswith(start):
            raise BadLine(f"{name} is {what}. Save the table as CSV in UTF-8, or as JSONL.")
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
