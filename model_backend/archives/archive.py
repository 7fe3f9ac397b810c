"""A map as a file that opens again: every measure of an inspection, and where it came from.

NPZ for programs, JSON for everything else, with the same numbers to the last bit. ``write_npz`` and
``write_json`` make the bytes; ``read_archive`` takes either. Files come from strangers: nothing in
one can name code to run, and what does not fit together is refused with a sentence.
"""

import io
import platform
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
import orjson

from model_backend.api.backend import Inspection, Measure, Unavailable
from model_backend.api.errors import BadRequest
from model_backend.api.grid import LayerTokenGrid
from model_backend.api.sites import Site
from model_backend.archives.arrays import (
    Arrays,
    check_arrays,
    list_arrays,
    read_npz,
    read_values,
)

FORMAT = "layerscope-map"
FORMAT_VERSION = 1
VERSION = "0.1.0"
"""Of Layerscope: pyproject.toml reads it here, and saved maps and studies keep it."""

MOST_BYTES = 512 * 2**20
"""The most that a file may unpack to, unless the reader allows more."""

PACKAGES = ("numpy", "torch", "transformers", "tokenizers")
LAYERS = (
    "Row 0 is the embedding; row i is the residual stream after block i, the last row before the "
    "final norm. Measures of what a block reads or writes stand in that block's row."
)
AT = " at "


@dataclass(frozen=True, eq=False)
class Archive:
    """An inspection, and what is needed to read it without the model."""

    inspection: Inspection
    text: str = ""
    """Empty where the map is of token ids, such as those of an answer as it was generated."""
    texts: Mapping[int, str] = field(default_factory=dict)
    """The text of every token id among the predictions."""
    names: Mapping[str, int] = field(default_factory=dict)
    """Named positions, such as those of a question and its answer."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Of the programs that made it."""
    special_tokens: bool = True
    """How the text was read, as in the request of the map."""


def write_npz(archive: Archive) -> bytes:
    """The bytes of a file for ``numpy.load``; ``about`` in it is the provenance as JSON."""
    arrays = _arrays(archive.inspection)
    about = np.array(orjson.dumps(_about(archive)).decode())
    content = io.BytesIO()
    np.savez_compressed(content, allow_pickle=False, about=about, **arrays)
    return content.getvalue()


def write_json(archive: Archive) -> bytes:
    """The bytes of a JSON file; a number that does not exist is null."""
    arrays = list_arrays(_arrays(archive.inspection))
    return orjson.dumps({"about": _about(archive), "arrays": arrays})


def read_archive(content: bytes, *, most_bytes: int = MOST_BYTES) -> Archive:
    """What ``write_npz`` or ``write_json`` wrote.

    Raises:
        BadRequest: it is neither, or was cut short or altered, or unpacks to too much.
    """
    about, arrays = _parts(content, most_bytes)
    try:
        return _archive(about, arrays)
    except BadRequest:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise BadRequest(f"This file does not fit together ({_reason(error)}).") from error


def _parts(content: bytes, most_bytes: int) -> tuple[dict[str, Any], Arrays]:
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
            f"JSON files of a map ({_reason(error)})."
        ) from error
    if about.get("version") != FORMAT_VERSION:
        raise BadRequest(
            f"This file is of format {str(about.get('version'))[:20]}; this Layerscope reads "
            f"{FORMAT_VERSION}."
        )
    return about, arrays


def _reason(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"it has no {error}"[:80]
    return " ".join(str(error).split())[:80] or type(error).__name__


def _about(archive: Archive) -> dict[str, Any]:
    inspection = archive.inspection
    first = next(iter(inspection.grids.values()))
    return {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "model": inspection.model,
        "revision": inspection.revision,
        "dtype": inspection.dtype,
        "text": archive.text,
        "special_tokens": archive.special_tokens,
        "tokens": first.token_labels,
        "layers": first.layer_labels,
        "layer_convention": LAYERS,
        "names": dict(archive.names),
        "texts": {str(token_id): text for token_id, text in archive.texts.items()},
        "grids": [_describe(*held) for held in _grids(inspection)],
        "absences": [[a.measure, a.reason, a.site] for a in inspection.absences],
        "versions": dict(archive.versions) or made_with(),
    }


def made_with() -> dict[str, str]:
    """The versions of what computes a map here."""
    found = {"layerscope": VERSION, "python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _grids(inspection: Inspection) -> Iterator[tuple[Measure, Site | None, LayerTokenGrid]]:
    for measure, grid in inspection.grids.items():
        yield measure, None, grid
    for site, grids in inspection.grids_at.items():
        for measure, grid in grids.items():
            yield measure, site, grid


def _key(measure: Measure, site: Site | None) -> str:
    return f"{measure.value}{AT}{site.value}" if site else measure.value


def _describe(measure: Measure, site: Site | None, grid: LayerTokenGrid) -> dict[str, Any]:
    own = {"name": grid.name, "unit": grid.unit, "midpoint": grid.midpoint, "site": grid.site}
    return {"array": _key(measure, site), "measure": measure, "at": site, **own}


def _arrays(inspection: Inspection) -> dict[str, np.ndarray]:
    names = ("token_ids", "is_special", "is_sink", "top_ids", "top_probs")
    own = {name: getattr(inspection, name) for name in names}
    return own | {_key(measure, site): grid.values for measure, site, grid in _grids(inspection)}


def _archive(about: Mapping[str, Any], arrays: Arrays) -> Archive:
    tokens, layers = (_texts(about[name]) for name in ("tokens", "layers"))
    grids: dict[Measure, LayerTokenGrid] = {}
    grids_at: dict[Site, dict[Measure, LayerTokenGrid]] = {}
    keys = [held["array"] for held in about["grids"]]
    check_arrays(arrays, keys, len(layers), len(tokens))
    for held in about["grids"]:
        grid = LayerTokenGrid(
            _text(held["name"]), arrays[held["array"]], layers, tokens, _text(held["unit"]),
            _number(held["midpoint"]), _text(held["site"]),
        )  # fmt: skip
        at = grids if held["at"] is None else grids_at.setdefault(Site(held["at"]), {})
        at[Measure(held["measure"])] = grid
    if not grids:
        raise ValueError("no measure in it")
    inspection = Inspection(
        model=_text(about["model"]),
        revision=_text(about["revision"]),
        dtype=_text(about["dtype"]),
        grids=grids,
        grids_at=grids_at,
        absences=tuple(_absence(*absence) for absence in about["absences"]),
        **{name: arrays[name] for name in arrays.keys() - set(keys)},
    )
    texts = {int(token_id): _text(text) for token_id, text in about["texts"].items()}
    names = {_text(name): int(position) for name, position in about["names"].items()}
    versions = {_text(name): _text(number) for name, number in about["versions"].items()}
    special = _yes_or_no(about.get("special_tokens", True))  # files were written without it
    return Archive(inspection, _text(about["text"]), texts, names, versions, special)


def _absence(measure: str, reason: str, site: str | None) -> Unavailable:
    return Unavailable(Measure(measure), _text(reason), Site(site) if site else None)


def _texts(given: Any) -> tuple[str, ...]:
    return tuple(_text(text) for text in given)


def _text(given: Any) -> str:
    if not isinstance(given, str):
        raise ValueError(f"a text is {type(given).__name__}")
    return given


def _yes_or_no(given: Any) -> bool:
    if not isinstance(given, bool):
        raise ValueError(f"neither yes nor no, but {type(given).__name__}")
    return given


def _number(given: Any) -> float | None:
    return None if given is None else float(given)
