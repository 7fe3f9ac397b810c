"""Writes files atomically: after a crash a file is complete or absent."""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import orjson

from model_backend.api.errors import NotWritten


@contextmanager
def explain_disk_errors(path: Path) -> Iterator[None]:
    """Turn an error of the disk into a sentence that names ``path``.

    Raises:
        NotWritten: the disk is full or read-only.
    """
    try:
        yield
    except OSError as error:
        raise NotWritten(
            f"{path} could not be written: {error.strerror or error}. Make room there; finished "
            "parts are kept."
        ) from error


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file under a temporary name, then rename it."""
    write_with(path, lambda file: file.write(content))


def write_json(path: Path, content: Any) -> None:
    """Write dataclasses, enums, tuples and NumPy numbers as JSON."""
    options = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS
    write_bytes(path, orjson.dumps(content, option=options))


def read_json(path: Path) -> Any:
    """Read a JSON file into plain Python values."""
    return orjson.loads(path.read_bytes())


def write_array(path: Path, array: np.ndarray) -> None:
    """Write one array as NPY, which can be memory-mapped."""
    write_with(path, lambda file: np.save(file, array, allow_pickle=False))


def write_arrays(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write several arrays by name as NPZ, uncompressed, so that its size bounds its content."""
    write_with(path, lambda file: np.savez(file, allow_pickle=False, **arrays))


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Read all arrays of an NPZ file; pickled objects are refused."""
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def write_with(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Let ``write`` fill a temporary file, sync it to the disk, then rename it to ``path``.

    Concurrent writers do not disturb each other; the last one wins.

    Raises:
        NotWritten: the disk is full or read-only; the temporary file is removed.
    """
    half = path.with_name(f".{path.name}.{secrets.token_hex(4)}.half")
    try:
        with explain_disk_errors(path):
            with half.open("wb") as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())
            half.replace(path)
    except BaseException:
        with suppress(OSError):
            half.unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Sync the directory entries of a folder to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
