"""Reads the rows of a JSONL file; numbers stay as they are written."""

import ast
import json
import re
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
    # JSON has no line breaks inside its strings, and other separators of Unicode stay in them.
    lines = enumerate(re.split("\r\n?|\n", text), start=1)
    filled = ((line, content) for line, content in lines if content.strip())
    for number, (line, content) in enumerate(filled):
        try:
            orjson.loads(content)  # refuses what is no JSON, such as NaN and half of a character
            cells = _load(content)
        except orjson.JSONDecodeError as error:
            raise BadLine(_document(text) or f"Line {line:,} is not JSON: {error.msg}.") from error
        except RecursionError as error:
            raise BadLine(f"Line {line:,} is not JSON: it has too many levels.") from error
        if not isinstance(cells, dict):
            said = f"Line {line:,} is not a JSON object such as {{'question': ...}}."
            raise BadLine(_document(text) or said)
        if len(cells) > MOST_COLUMNS:
            raise BadLine(f"Line {line:,} has {len(cells):,} fields; the limit is {MOST_COLUMNS}.")
        yield Row(line, cells, number)


def _document(text: str) -> str:
    """Advice for a text that is JSON as a whole, such as a list of all rows; else nothing."""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return ""
    is_rows = isinstance(found, list) and all(isinstance(row, dict) for row in found)
    if not is_rows and not isinstance(found, dict):
        return ""
    return (
        f"The file is one JSON {'list' if is_rows else 'object'}. Write JSONL: one "
        "object on each line, as the command jq -c '.[]' does from a list."
    )


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
