"""The bytes of every file of a map: what it is about as JSON, and arrays, packed as NPZ or JSON.

Files come from strangers: nothing in one can name code to run, and what does not fit together is
refused with a sentence.
"""

import io
import platform
import zipfile
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
import orjson

from model_backend.api.errors import BadRequest
from model_backend.archives.arrays import Arrays, list_arrays, read_npz, read_values

FORMAT = "layerscope-map"
ONE_TEXT, ONE_MAP = 1, 2
"""Versions: every measure of one text, and a single map of another kind."""
MOST_BYTES = 512 * 2**20
"""The most that a file may unpack to, unless the reader allows more."""

VERSION = "0.1.0"
"""Of Layerscope: pyproject.toml reads it here, and saved maps and studies keep it."""

PACKAGES = ("numpy", "torch", "transformers", "tokenizers")


def pack_npz(about: Mapping[str, Any], arrays: Arrays) -> bytes:
    """The bytes of a file for ``numpy.load``; ``about`` in it is JSON."""
    said = np.array(orjson.dumps(about).decode())
    content = io.BytesIO()
    np.savez_compressed(content, allow_pickle=False, about=said, **arrays)
    return content.getvalue()


def pack_json(about: Mapping[str, Any], arrays: Arrays) -> bytes:
    """The bytes of a JSON file; a number that does not exist is null."""
    return orjson.dumps({"about": about, "arrays": list_arrays(arrays)})


def unpack(content: bytes, most_bytes: int) -> tuple[dict[str, Any], Arrays]:
    """The two parts of a file, NPZ or JSON.

    Raises:
        BadRequest: it is no such file, or was cut short, or is of a later version.
    """
    try:
        if content[:2] == b"PK":
            arrays = read_npz(content, most_bytes)
            about = orjson.loads(str(arrays.pop("about")))
        else:
            held = orjson.loads(content)
            about, arrays = held["about"], read_values(held["arrays"])
        if about["format"] != FORMAT:
            raise ValueError("another format")
    except (
        zipfile.BadZipFile,
        ValueError,
        KeyError,
        TypeError,
        RecursionError,
        OverflowError,
    ) as error:
        raise BadRequest(
            "This is not a file that Layerscope wrote, or it was cut short: it opens the NPZ and "
            f"JSON files of a map ({reason(error)})."
        ) from error
    if about.get("version") not in (ONE_TEXT, ONE_MAP):
        raise BadRequest(
            f"This file is of format {str(about.get('version'))[:20]}; this Layerscope reads "
            f"{ONE_TEXT} and {ONE_MAP}."
        )
    return about, arrays


def misfit(error: Exception) -> BadRequest:
    """The refusal of a file whose parts do not fit together."""
    return BadRequest(f"This file does not fit together ({reason(error)}).")


MISFITS = (ValueError, LookupError, TypeError, AttributeError, OverflowError)
"""Errors that reading an altered file may raise."""


def reason(error: Exception) -> str:
    """Why a file cannot be read, short enough for a sentence."""
    if isinstance(error, KeyError):
        return f"it has no {error}"[:80]
    return " ".join(str(error).split())[:80] or type(error).__name__


def made_with() -> dict[str, str]:
    """The versions of what computes a map here."""
    found = {"layerscope": VERSION, "python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def read_texts(given: Any) -> tuple[str, ...]:
    """A list of texts; anything else is a ``ValueError``."""
    return tuple(read_text(text) for text in given)


def read_text(given: Any) -> str:
    """A text; anything else is a ``ValueError``."""
    if not isinstance(given, str):
        raise ValueError(f"a text is {type(given).__name__}")
    return given


def read_bool(given: Any) -> bool:
    """True or false; anything else is a ``ValueError``."""
    if not isinstance(given, bool):
        raise ValueError(f"neither yes nor no, but {type(given).__name__}")
    return given


def read_number(given: Any) -> float | None:
    """A number or nothing."""
    return None if given is None else float(given)
