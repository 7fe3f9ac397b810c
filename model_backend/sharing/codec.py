"""Results as bytes and back: a checksum, a small JSON header, then the raw bytes of the arrays.

Nothing in the bytes can name code to run. Whatever is malformed, cut off, altered, of another
schema or stored under another key decodes to None, which the cache takes as a miss.
"""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import orjson

from model_backend.api.backend import Inspection, Unavailable
from model_backend.api.cell_detail import (
    CellDetail,
    CellPart,
    Neuron,
    Prediction,
    TokenShift,
    Write,
)
from model_backend.api.grid import LayerTokenGrid
from model_backend.api.measures import Measure
from model_backend.api.questions import Generated
from model_backend.api.sites import Site

SCHEMA = 4
"""To be raised with every change of what a result holds or means."""

Result = Inspection | CellDetail | Generated | LayerTokenGrid

_CLASSES = {
    cls.__name__: cls
    for cls in (
        *(Inspection, LayerTokenGrid, Unavailable, Generated),
        *(CellDetail, Prediction, Write, TokenShift, Neuron),
    )
}
_KEYS: dict[str, type[StrEnum]] = {cls.__name__: cls for cls in (Measure, Site, CellPart)}
"""What the keys of a mapping may be."""
_TYPE = "@"
"""Marks a JSON object that stands for something JSON has not; no field has this name."""

_DIGEST = 32
_LENGTH = 8
_ALIGN = 16


def encode(key: str, result: Result) -> bytes:
    """The bytes of a result, which decode under the same key only.

    Raises:
        TypeError: the result holds something other than numbers, strings, arrays and results.
    """
    packer = _Packer()
    packed = packer.pack(result)
    arrays = [np.ascontiguousarray(array) for array in packer.arrays]
    shapes = [[array.dtype.str, array.shape] for array in arrays]
    header = orjson.dumps(
        {"schema": SCHEMA, "result": packed, "texts": list(packer.texts), "arrays": shapes}
    )
    header += b" " * (-(_DIGEST + _LENGTH + len(header)) % _ALIGN)
    parts = [len(header).to_bytes(_LENGTH, "little"), header]
    for array in arrays:
        parts += [array.tobytes(), bytes(-array.nbytes % _ALIGN)]
    body = b"".join(parts)
    return _digest(key, body) + body


def decode(key: str, value: bytes) -> Result | None:
    """The result, its arrays read-only views of ``value``; None unless it is exactly as written."""
    body = memoryview(value)[_DIGEST:]
    if value[:_DIGEST] != _digest(key, body):
        return None
    try:
        end = _LENGTH + int.from_bytes(body[:_LENGTH], "little")
        header = orjson.loads(body[_LENGTH:end])
        if header["schema"] != SCHEMA:
            return None
        texts = [tuple(text) for text in header["texts"]]
        arrays = _read_arrays(value, _DIGEST + end, header["arrays"])
        result = _unpack(header["result"], texts, arrays)
    except Exception:  # bytes from outside: someone who can write a checksum can write anything
        return None
    return result if isinstance(result, Result) else None


def _digest(key: str, body: bytes | memoryview) -> bytes:
    digest = hashlib.sha256(key.encode())
    digest.update(body)
    return digest.digest()


class _Packer:
    """FairLock a result into JSON values; arrays and tuples of strings are kept once, by number."""

    def __init__(self) -> None:
        self.arrays: list[np.ndarray] = []
        self.texts: dict[tuple[str, ...], int] = {}

    def pack(self, value: Any) -> Any:
        if value is None or type(value) in (str, int, bool):
            return value
        if type(value).__name__ in _KEYS:
            return {_TYPE: "choice", "of": type(value).__name__, "value": str(value)}
        if isinstance(value, float):
            return value if math.isfinite(value) else {_TYPE: "float", "value": str(value)}
        if isinstance(value, np.ndarray):
            self.arrays.append(value)
            return {_TYPE: "array", "number": len(self.arrays) - 1}
        if isinstance(value, Mapping):
            return self._pack_mapping(value)
        if isinstance(value, tuple):
            return self._pack_tuple(value)
        if is_dataclass(value) and type(value).__name__ in _CLASSES:
            packed = {field.name: self.pack(getattr(value, field.name)) for field in fields(value)}
            return {_TYPE: type(value).__name__, **packed}
        raise TypeError(f"a result cannot hold a {type(value).__name__}: {value!r}")

    def _pack_mapping(self, value: Mapping[Any, Any]) -> Any:
        kinds = {type(key).__name__ for key in value}
        if not kinds <= _KEYS.keys() or len(kinds) > 1:
            raise TypeError(f"the keys of a result's mapping cannot be {sorted(kinds)}")
        items = {str(key): self.pack(item) for key, item in value.items()}
        return {_TYPE: "mapping", "of": min(kinds, default=Measure.__name__), "items": items}

    def _pack_tuple(self, value: tuple[Any, ...]) -> Any:
        if value and all(type(item) is str for item in value):
            number = self.texts.setdefault(value, len(self.texts))
            return {_TYPE: "texts", "number": number}
        return [self.pack(item) for item in value]


def _read_arrays(value: bytes, start: int, shapes: list[Any]) -> list[np.ndarray]:
    arrays = []
    for name, shape in shapes:
        dtype = np.dtype(name)
        if dtype.kind not in "biuf":
            raise ValueError(f"an array of {dtype}")
        count = math.prod(shape)
        arrays.append(np.frombuffer(value, dtype, count, start).reshape(shape))
        start += -(-count * dtype.itemsize // _ALIGN) * _ALIGN
    if start != len(value):
        raise ValueError(f"{len(value) - start} bytes too many")
    return arrays


def _unpack(packed: Any, texts: list[tuple[str, ...]], arrays: list[np.ndarray]) -> Any:
    if isinstance(packed, list):
        return tuple(_unpack(item, texts, arrays) for item in packed)
    if not isinstance(packed, dict):
        return packed
    kind = packed.pop(_TYPE)
    if kind == "array":
        return arrays[packed["number"]]
    if kind == "texts":
        return texts[packed["number"]]
    if kind == "float":
        return float(packed["value"])
    if kind == "choice":
        return _KEYS[packed["of"]](packed["value"])
    if kind == "mapping":
        items, key = packed["items"].items(), _KEYS[packed["of"]]
        return {key(label): _unpack(item, texts, arrays) for label, item in items}
    values = {name: _unpack(item, texts, arrays) for name, item in packed.items()}
    return _CLASSES[kind](**values)
