"""Reads the rows of a JSONL file; numbers stay as they are written."""

import ast
import json
from collections.abc import Iterator
from typing import Any

import orjson

from model_backend.probing.data.rows import MOST_COLUMNS, BadLine, Row


def json_rows(text: str) -> Iterator[Row]:
    """Yield one row for every line that is a JSON object.

    Numbers become the texts that they are written as: 1.10 is not 1.1, and a number of thirty
    digits keeps them all.

    Raises:
        BadLine: a line is not a JSON object, or has too many fields.
    """
    lines = enumerate(text.split("\n"), start=1)
    filled = ((line, content) for line, content in lines if content.strip())
    for number, (line, content) in enumerate(filled):
        try:
            orjson.loads(content)  # refuses what is no JSON, such as NaN and half of a character
            cells = _load(content)
        except orjson.JSONDecodeError as error:
            raise BadLine(f"Line {line:,} is not JSON: {error.msg}.") from error
        except RecursionError as error:
            raise BadLine(f"Line {line:,} is not JSON: it has too many levels.") from error
        if not isinstance(cells, dict):
            raise BadLine(f"Line {line:,} is not a JSON object such as {{'question': ...}}.")
        if len(cells) > MOST_COLUMNS:
            raise BadLine(f"Line {line:,} has {len(cells):,} fields; the limit is {MOST_COLUMNS}.")
        yield Row(line, cells, number)


def read_list(text: str) -> list[Any] | None:
    """Read a cell such as ``[21.0]`` or ``["Rome", "Roma"]``; None if it is no list.

    Lists in the spelling of Python are read too: data frames write them with single quotes.
    """
    if not (text.startswith("[") and text.endswith("]")):
        return None
    try:
        found = _load(text)
    except (ValueError, RecursionError):
        found = _python_list(text)
    return found if isinstance(found, list) else None


def _load(text: str) -> Any:
    return json.loads(text, parse_int=str, parse_float=str)


def _python_list(text: str) -> list[str] | None:
    try:
        found = ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    is_texts = isinstance(found, list) and all(isinstance(each, str) for each in found)
    return found if is_texts else None
