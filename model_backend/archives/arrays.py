"""Reads and writes the arrays of an archive as NPZ and JSON, without trusting declared sizes."""

import io
import math
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from model_backend.api.errors import BadRequest

Arrays = dict[str, np.ndarray]

MOST_ENTRIES = 200
MOST_HEADER = 2048
MOST_TOKENS = 100_000
MOST_LAYERS = 1000
MOST_IDS = 2_000_000
KINDS = {"token_ids": "iu", "is_special": "b", "is_sink": "b", "top_ids": "iu", "top_probs": "f"}
"""NumPy kinds of every array that is not a grid."""


def read_npz(content: bytes, most_bytes: int) -> Arrays:
    """Read every array of an NPZ file; arrays of objects are refused.

    Raises:
        BadRequest: the arrays have more than ``most_bytes`` in all.
        ValueError, KeyError, zipfile.BadZipFile: it is not an NPZ file.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            entries = packed.infolist()
            total = sum(entry.file_size for entry in entries)
            if len(entries) > MOST_ENTRIES or total > most_bytes:
                raise BadRequest(
                    f"This file unpacks to {len(entries):,} arrays of {total / 2**20:,.0f} MB; "
                    f"at most {MOST_ENTRIES} arrays of {most_bytes / 2**20:,.0f} MB are read."
                )
            return {
                entry.filename.removesuffix(".npy"): _read_npy(packed, entry) for entry in entries
            }
    except (zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise ValueError(str(error)) from error


def _read_npy(packed: zipfile.ZipFile, entry: zipfile.ZipInfo) -> np.ndarray:
    """Read one array, if its header declares exactly the bytes of the entry."""
    with packed.open(entry) as stream:
        body = stream.read(entry.file_size + 1)
    start = io.BytesIO(body)
    if np.lib.format.read_magic(start) != (1, 0):
        raise ValueError("an array of another version")
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(start, MOST_HEADER)
    if dtype.kind not in "biufU" or fortran:
        raise ValueError(f"an array of {dtype}")
    if math.prod(shape) * dtype.itemsize != len(body) - start.tell() or min(shape, default=0) < 0:
        raise ValueError("an array of another size than it declares")
    return np.frombuffer(body, dtype, offset=start.tell()).reshape(shape)


def list_arrays(arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Convert arrays to JSON values: float32 as float64 of the same value, NaN as null."""
    return {
        name: {"dtype": array.dtype.name, "shape": array.shape, "values": _list(array)}
        for name, array in arrays.items()
    }


def _list(array: np.ndarray) -> Any:
    if array.dtype.kind != "f":
        return array.tolist()
    wide = array.astype(np.float64)
    if not np.isinf(wide).any():
        return wide.tolist()  # orjson writes NaN as null
    named = wide.astype(object)
    named[np.isinf(wide)] = np.where(wide[np.isinf(wide)] > 0, "inf", "-inf")
    return named.tolist()


def read_values(held: Mapping[str, Any]) -> Arrays:
    """Convert JSON values from ``list_arrays`` back to arrays.

    Raises:
        ValueError, KeyError, TypeError: the values have another form.
    """
    return {name: _array(**one) for name, one in held.items()}


def _array(dtype: str, shape: Sequence[int], values: Any) -> np.ndarray:
    kind = np.dtype(dtype)
    if kind.kind not in "biuf":
        raise ValueError(f"an array of {kind}")
    array = np.array(values, dtype=np.float64 if kind.kind == "f" else kind)
    return array.reshape(shape).astype(kind)


def check_arrays(arrays: Arrays, grids: Sequence[str], n_layers: int, n_tokens: int) -> None:
    """Check that the arrays of an inspection are complete and match its labels.

    Args:
        grids: the keys of the arrays that are grids.

    Raises:
        ValueError: an array is missing, unknown, or of another shape or kind.
    """
    if not 0 < n_layers <= MOST_LAYERS or not 0 < n_tokens <= MOST_TOKENS:
        raise ValueError(f"{n_layers:,} layers and {n_tokens:,} tokens")
    if arrays.keys() != {*grids, *KINDS} or set(grids) & KINDS.keys():
        raise ValueError("arrays are missing, or there are others")
    cells = (n_layers, n_tokens)
    top = (*cells, arrays["top_ids"].shape[-1])
    shapes: dict[str, tuple[int, ...]] = dict.fromkeys(grids, cells) | dict.fromkeys(
        KINDS, (n_tokens,)
    )
    shapes |= {"top_ids": top, "top_probs": top}
    for name, array in arrays.items():
        if array.shape != shapes[name]:
            raise ValueError(f"{name[:40]} has shape {array.shape}, the labels {shapes[name]}")
        if array.dtype.kind not in KINDS.get(name, "f"):
            raise ValueError(f"{name[:40]} holds {array.dtype}")
        if (
            array.dtype.kind in "iu"
            and array.size
            and not 0 <= array.min() <= array.max() < MOST_IDS
        ):
            raise ValueError(f"{name[:40]} has ids that no vocabulary has")
