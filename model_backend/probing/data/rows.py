"""A row of a file, and the error that names its line."""

from dataclasses import dataclass
from typing import Any

from model_backend.api.datasets import NO_ROW

MOST_COLUMNS = 200


@dataclass(frozen=True)
class Row:
    """One row of a file: its line number and the values of its columns."""

    line: int
    cells: dict[str, Any]
    number: int = NO_ROW
    """Number of the row in the file, from 0."""


class BadLine(Exception):
    """A problem in a file, as a sentence that names the line."""
