"""Files that are there as a whole or not at all, whatever moment the power fails."""

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
def writing(path: Path) -> Iterator[None]:
    """Say in a sentence what the disk refuses.

    Raises:
        NotWritten: it is full, or may not be written to.
    """
    try:
        yield
    except OSError as error:
        raise NotWritten(
            f"{path} could not be written: {error.strerror or error}. Make room there; what was "
            "finished before is kept."
        ) from error


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file under another name, then give it its own."""
    write_with(path, lambda file: file.write(content))


def write_json(path: Path, content: Any) -> None:
    """Dataclasses, enums, tuples and NumPy numbers as JSON."""
    options = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS
    write_bytes(path, orjson.dumps(content, option=options))


def read_json(path: Path) -> Any:
    return orjson.loads(path.read_bytes())


def write_array(path: Path, array: np.ndarray) -> None:
    """One array, such that it can be mapped into memory."""
    write_with(path, lambda file: np.save(file, array, allow_pickle=False))


def write_arrays(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Several arrays by name, not compressed, so that nothing can unfold into more than it is."""
    write_with(path, lambda file: np.savez(file, allow_pickle=False, **arrays))


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def write_with(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Let ``write`` fill a file that gets its name only when it is whole and on the disk.

    Several may write it at once, and the last one wins.

    Raises:
        NotWritten: the disk is full, or may not be written to; no half of it takes up room.
    """
    half = path.with_name(f".{path.name}.{secrets.token_hex(4)}.half")
    try:
        with writing(path):
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
    """Put the names in a folder on the disk too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
