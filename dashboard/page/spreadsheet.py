"""Tables as CSV in which nothing that people or models wrote is a formula to a spreadsheet."""

import csv
import io
import re
from collections.abc import Iterable

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)


def write_csv(rows: Iterable[Iterable[object]]) -> str:
    """Rows as CSV; the first is the header. Texts are no formulas, numbers stay as they are."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerows([_plain(cell) for cell in row] for row in rows)
    return file.getvalue()


def no_formula(text: str) -> str:
    """A text that no spreadsheet takes for a formula: an apostrophe goes before one that it would.

    A text that is a number, such as the position ``-8``, is a number to a spreadsheet, too.
    """
    is_formula = text.startswith(_FORMULA) and not _NUMBER.fullmatch(text)
    return f"'{text}" if is_formula else text


def _plain(cell: object) -> object:
    return no_formula(cell) if isinstance(cell, str) else cell
