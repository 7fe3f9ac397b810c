"""The answers of a study as lines of JSON: those that it used, and those that it could not use.

What is read may have been written by strangers, so every value is held to be what it should be.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from model_backend.api.study_results import DroppedAnswer, ExampleTable

_TEXTS = ("question", "right_answer", "answer", "exact_answer", "group")


def example_lines(examples: ExampleTable) -> bytes:
    """A line for every answer, without what stands in arrays."""
    names = (*_TEXTS, "aliases")
    columns = zip(*(getattr(examples, name) for name in names), strict=True)
    return _lines(dict(zip(names, row, strict=True)) for row in columns)


def read_examples(path: Path, arrays: Mapping[str, np.ndarray]) -> ExampleTable:
    """The answers with their arrays; studies that are older than aliases have none.

    Raises:
        ValueError: the lines are not what was written, or not as many as the arrays have.
    """
    entries = list(_entries(path))
    if len(entries) != len(arrays["examples/is_right"]):
        raise ValueError(f"{path.name} has not as many answers as the study")
    return ExampleTable(
        **{name: tuple(_text(entry, name) for entry in entries) for name in _TEXTS},
        aliases=tuple(_aliases(entry) for entry in entries),
        is_right=arrays["examples/is_right"],
        baselines=arrays["examples/baselines"],
        indices=arrays["examples/indices"],
    )


def dropped_lines(dropped: Iterable[DroppedAnswer]) -> bytes:
    return _lines(asdict(each) for each in dropped)


def read_dropped(path: Path, counts: Mapping[str, int]) -> tuple[DroppedAnswer, ...]:
    """The answers that were not used; none of a study that is older than their list.

    Raises:
        ValueError: the lines are not what was written, or not what the study counts by reason.
    """
    if not path.exists():
        return ()
    dropped = tuple(
        DroppedAnswer(
            **{name: _text(entry, name) for name in (*_TEXTS, "reason")}, aliases=_aliases(entry)
        )
        for entry in _entries(path)
    )
    if Counter(each.reason for each in dropped) != dict(counts):
        raise ValueError(f"{path.name} has not the answers that the study counts")
    return dropped


def _lines(entries: Iterable[dict[str, Any]]) -> bytes:
    return b"".join(orjson.dumps(entry) + b"\n" for entry in entries)


def _entries(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        for line in file:
            entry = orjson.loads(line)
            if not isinstance(entry, dict):
                raise ValueError(f"{path.name} has a line that is no JSON object")
            yield entry


def _text(entry: Mapping[str, Any], name: str) -> str:
    value = entry[name]
    if not isinstance(value, str):
        raise ValueError(f"the {name} of an answer is no text")
    return value


def _aliases(entry: Mapping[str, Any]) -> tuple[str, ...]:
    aliases = entry.get("aliases", [])
    if not isinstance(aliases, list) or not all(isinstance(alias, str) for alias in aliases):
        raise ValueError("the aliases of an answer are no texts")
    return tuple(aliases)
