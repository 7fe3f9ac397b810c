"""Values of ``api`` as bytes and back: a checksum, a small JSON header, then the arrays' own bytes.

Nothing in the bytes can name code to run. Bytes that are malformed, cut off, altered or written
under another key are refused, which the cache takes as a miss.
"""

import hashlib
import math
from typing import Any

import numpy as np
import orjson

from model_backend.sharing.fields import type_of
from model_backend.sharing.parts import Malformed, Parts

MOST_ITEMS = 2**40
"""The longest axis of an array, so that an empty one cannot claim to be endless."""

_DIGEST = 32
_LENGTH = 8
_ALIGN = 16


def encode(key: str, stated: Any, value: Any) -> bytes:
    """The bytes of a value of the stated type, which decode under the same key only.

    Raises:
        TypeError, Malformed: the value is not of that type, or holds text that is not Unicode.
    """
    parts = Parts()
    packed = type_of(stated).pack(value, parts)
    arrays = [np.ascontiguousarray(array) for array in parts.arrays]
    shapes = [[array.dtype.str, array.shape] for array in arrays]
    header = orjson.dumps({"value": packed, "texts": parts.texts, "arrays": shapes})
    header += b" " * (-(_DIGEST + _LENGTH + len(header)) % _ALIGN)
    pieces = [len(header).to_bytes(_LENGTH, "little"), header]
    for array in arrays:
        pieces += [array.tobytes(), bytes(-array.nbytes % _ALIGN)]
    body = b"".join(pieces)
    return _digest(key, body) + body


def decode(key: str, stated: Any, data: bytes) -> Any:
    """The value, its arrays read-only views of ``data``.

    Raises:
        Malformed: ``data`` is not exactly what ``encode`` made of a value of that type.
    """
    body = memoryview(data)[_DIGEST:]
    if data[:_DIGEST] != _digest(key, body):
        raise Malformed("the checksum differs")
    try:
        end = _LENGTH + int.from_bytes(body[:_LENGTH], "little")
        header = orjson.loads(body[_LENGTH:end])
        texts = [_read_texts(text) for text in header["texts"]]
        parts = Parts(_read_arrays(data, _DIGEST + end, header["arrays"]), texts)
        return type_of(stated).unpack(header["value"], parts)
    except Exception as error:  # who can write a checksum can write anything
        raise Malformed(f"{type(error).__name__} {error}") from error


def _digest(key: str, body: bytes | memoryview) -> bytes:
    digest = hashlib.sha256(key.encode(errors="replace"))
    digest.update(body)
    return digest.digest()


def _read_texts(texts: Any) -> tuple[str, ...]:
    if type(texts) is not list or not all(type(text) is str for text in texts):
        raise Malformed("something other than a list of texts")
    return tuple(texts)


def _read_arrays(data: bytes, start: int, shapes: list[Any]) -> list[np.ndarray]:
    arrays = []
    for name, shape in shapes:
        dtype = np.dtype(name)
        if dtype.kind not in "biuf" or any(
            type(n) is not int or not 0 <= n < MOST_ITEMS for n in shape
        ):
            raise Malformed(f"an array of {dtype} with the shape {shape}")
        count = math.prod(shape)
        arrays.append(np.frombuffer(data, dtype, count, start).reshape(shape))
        start += -(-count * dtype.itemsize // _ALIGN) * _ALIGN
    if start != len(data):
        raise Malformed(f"{len(data) - start} bytes too many")
    return arrays
