"""Packs and unpacks files of maps: provenance as JSON, and arrays, as NPZ or JSON.

Files may come from strangers: no file can run code, and inconsistent files are refused with a
sentence.
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
"""Versions of the format: all measures of one text, and a single map of another kind."""
MOST_BYTES = 512 * 2**20
"""Default limit of the unpacked size in bytes."""

VERSION = "0.1.0"
"""Version of Layerscope, which pyproject.toml reads here and saved maps and studies contain."""

PACKAGES = ("numpy", "torch", "transformers", "tokenizers")


def pack_npz(about: Mapping[str, Any], arrays: Arrays) -> bytes:
    """Return a file for ``numpy.load``; its array ``about`` is JSON."""
    said = np.array(orjson.dumps(about).decode())
    content = io.BytesIO()
    np.savez_compressed(content, allow_pickle=False, about=said, **arrays)
    return content.getvalue()


def pack_json(about: Mapping[str, Any], arrays: Arrays) -> bytes:
    """Return a JSON file; missing numbers are null."""
    return orjson.dumps({"about": about, "arrays": list_arrays(arrays)})


OTHER_FILES = {
    b"<!doctype html": "A saved web page opens in a browser.",
    b"<html": "A saved web page opens in a browser.",
    b"<svg": "A picture holds no numbers.",
    b"<?xml": "A picture holds no numbers.",
    b"\x89png": "A picture holds no numbers.",
}
"""Beginnings of other files that people choose by mistake, and what to do with them."""


def unpack(content: bytes, most_bytes: int) -> tuple[dict[str, Any], Arrays]:
    """Read both parts of an NPZ or JSON file.

    Raises:
        BadRequest: it is no such file, was cut short, or has a later version.
    """
    for begins, what in OTHER_FILES.items():
        if content.lstrip(b"\xef\xbb\xbf \r\n\t")[: len(begins)].lower() == begins:
            raise BadRequest(f"{what} Here choose the JSON or NPZ file of a map.")
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
            "This is not a file that Layerscope wrote, or it was cut short. Open an NPZ or JSON "
            f"file of a map ({reason(error)})."
        ) from error
    if about.get("version") not in (ONE_TEXT, ONE_MAP):
        raise BadRequest(
            f"This file is of format {str(about.get('version'))[:20]}; this Layerscope reads "
            f"{ONE_TEXT} and {ONE_MAP}."
        )
    return about, arrays


def misfit(error: Exception) -> BadRequest:
    """Build the error for a file whose parts do not fit together, with the reason in ``error``."""
    return BadRequest(f"The parts of this file do not fit together ({reason(error)}).")


MISFITS = (ValueError, LookupError, TypeError, AttributeError, OverflowError)
"""Errors that reading an altered file may raise."""


def reason(error: Exception) -> str:
    """The cause of an error in at most 80 characters."""
    if isinstance(error, orjson.JSONDecodeError):
        return "it is neither JSON nor NPZ"
    if isinstance(error, KeyError):
        return f"it has no {error}"[:80]
    return " ".join(str(error).split())[:80] or type(error).__name__


def made_with() -> dict[str, str]:
    """Versions of Layerscope, Python and the libraries that compute a map."""
    found = {"layerscope": VERSION, "python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def read_texts(given: Any) -> tuple[str, ...]:
    """Return a list of texts as a tuple; raise ``ValueError`` for anything else."""
    return tuple(read_text(text) for text in given)


def read_text(given: Any) -> str:
    """Return a text; raise ``ValueError`` for anything else."""
    if not isinstance(given, str):
        raise ValueError(f"a text is {type(given).__name__}")
    return given


def read_bool(given: Any) -> bool:
    """Return True or False; raise ``ValueError`` for anything else."""
    if not isinstance(given, bool):
        raise ValueError(f"neither yes nor no, but {type(given).__name__}")
    return given


def read_number(given: Any) -> float | None:
    """Return a number as float, or None."""
    return None if given is None else float(given)
