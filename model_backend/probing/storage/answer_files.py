"""Reads and writes the answers of a study as JSON lines: the used and the dropped ones.

The files may come from strangers, so the type of every value is checked.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from model_backend.api.datasets import NO_ROW
from model_backend.api.study_tables import DroppedAnswer, ExampleTable

_TEXTS = ("question", "right_answer", "answer", "exact_answer", "group")


def example_lines(examples: ExampleTable) -> bytes:
    """Write a JSON line for every answer, without the columns that are stored as arrays."""
    names = (*(("row",) if examples.row else ()), *_TEXTS, "aliases")
    columns = zip(*(getattr(examples, name) for name in names), strict=True)
    return _lines(dict(zip(names, row, strict=True)) for row in columns)


def read_examples(path: Path, arrays: Mapping[str, np.ndarray]) -> ExampleTable:
    """Read the used answers and join them with their arrays.

    Old studies have no aliases, and no numbers of rows.

    Raises:
        ValueError: a line is malformed, or the number of lines differs from the arrays.
    """
    entries = list(_entries(path))
    if len(entries) != len(arrays["examples/is_right"]):
        raise ValueError(
            f"{path.name} has {len(entries):,} answers, but the study has another number of them"
        )
    return ExampleTable(
        **{name: tuple(_text(entry, name) for entry in entries) for name in _TEXTS},
        aliases=tuple(_aliases(entry) for entry in entries),
        is_correct=arrays["examples/is_right"],
        baselines=arrays["examples/baselines"],
        indices=arrays["examples/indices"],
        row=tuple(_row(entry) for entry in entries if "row" in entry),
    )


def dropped_lines(dropped: Iterable[DroppedAnswer]) -> bytes:
    """Write a JSON line for every answer that was dropped."""
    return _lines(asdict(each) for each in dropped)


def read_dropped(path: Path, counts: Mapping[str, int]) -> tuple[DroppedAnswer, ...]:
    """Read the dropped answers; none for a study that is older than this file.

    Raises:
        ValueError: a line is malformed, or the counts by reason differ from the study's.
    """
    if not path.exists():
        return ()
    dropped = tuple(
        DroppedAnswer(
            **{name: _text(entry, name) for name in (*_TEXTS, "reason")},
            why=_text(entry, "why") if "why" in entry else "",
            aliases=_aliases(entry),
            row=_row(entry) if "row" in entry else NO_ROW,
        )
        for entry in _entries(path)
    )
    if Counter(each.reason for each in dropped) != dict(counts):
        raise ValueError(f"{path.name} has other answers than the study counts")
    return dropped


def _lines(entries: Iterable[dict[str, Any]]) -> bytes:
    return b"".join(orjson.dumps(entry) + b"\n" for entry in entries)


def _entries(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        for line in file:
            entry = orjson.loads(line)
            if not isinstance(entry, dict):
                raise ValueError(f"{path.name} has a line that is not a JSON object")
            yield entry


def _text(entry: Mapping[str, Any], name: str) -> str:
    value = entry[name]
    if not isinstance(value, str):
        raise ValueError(f"the {name} of an answer is not a text")
    return value


def _row(entry: Mapping[str, Any]) -> int:
    value = entry["row"]
    if type(value) is not int:
        raise ValueError("the row of an answer is not a number")
    return value


def _aliases(entry: Mapping[str, Any]) -> tuple[str, ...]:
    aliases = entry.get("aliases", [])
    if not isinstance(aliases, list) or not all(isinstance(alias, str) for alias in aliases):
        raise ValueError("the aliases of an answer are not texts")
    return tuple(aliases)
