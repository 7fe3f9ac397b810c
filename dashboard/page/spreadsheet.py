"""Tables as CSV that spreadsheets read as meant: in UTF-8, and with texts that are no formulas."""

import codecs
import csv
import io
import json
import re
from collections.abc import Iterable, Iterator

_FORMULA = ("=", "+", "-", "@")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_FIELD_ENDS = re.compile(r"([;\t\r\n])")
"""Signs at which some spreadsheet begins a new field or row, whatever the file's delimiter is."""


def write_csv(rows: Iterable[Iterable[object]]) -> str:
    """Rows as CSV; the first is the header. Texts are no formulas, numbers stay as they are."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerows([_plain(cell) for cell in row] for row in rows)
    return file.getvalue()


def encode_csv(pieces: Iterable[str]) -> Iterator[bytes]:
    """The bytes of a CSV file: UTF-8, with the byte order mark by which Excel recognises it."""
    yield codecs.BOM_UTF8
    for piece in pieces:
        yield piece.encode()


def no_formula(text: str) -> str:
    """A text that no spreadsheet takes for a formula: an apostrophe goes before one that it would.

    A spreadsheet whose list separator is ``;`` splits a text there, so each part counts. A part
    that is a number, such as the position ``-8``, is a number to a spreadsheet, too.
    """
    return "".join(map(_defuse, _FIELD_ENDS.split(text)))


def quoted_token(text: str) -> str:
    """A token as a JSON string: exact, its spaces visible, and never a formula."""
    quoted = json.dumps(text, ensure_ascii=False)
    return quoted if no_formula(text) == text else quoted.replace(";", "\\u003b")


def _defuse(part: str) -> str:
    bare = part.lstrip(' "')
    return f"'{part}" if bare.startswith(_FORMULA) and not _NUMBER.fullmatch(part) else part


def _plain(cell: object) -> object:
    return no_formula(cell) if isinstance(cell, str) else cell
