"""Saves the map of a text and opens it again: every measure of an inspection, and its provenance.

NPZ is for programs, JSON for everything else; both hold the same numbers to the last bit.
``write_npz`` and ``write_json`` return the bytes, ``read_archive`` reads either.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from model_backend.api.errors import BadRequest
from model_backend.api.inspections import Inspection, Unavailable
from model_backend.api.maps.grid import LayerTokenGrid
from model_backend.api.maps.measures import Measure
from model_backend.api.maps.sites import Site
from model_backend.archives.arrays import Arrays, check_arrays
from model_backend.archives.file_format import (
    FORMAT,
    MISFITS,
    MOST_BYTES,
    ONE_TEXT,
    made_with,
    misfit,
    pack_json,
    pack_npz,
    read_bool,
    read_number,
    read_text,
    read_texts,
    unpack,
)

LAYERS = (
    "Row 0 is the embedding; row i is the residual stream after block i, the last row before the "
    "final norm. Measures of what a block reads or writes stand in that block's row."
)
AT = " at "


@dataclass(frozen=True, eq=False)
class Archive:
    """An inspection with the texts and names to show it without the model."""

    inspection: Inspection
    text: str = ""
    """Empty if the map was made from token ids, such as those of a generated answer."""
    texts: Mapping[int, str] = field(default_factory=dict)
    """Texts of the predicted token ids."""
    names: Mapping[str, int] = field(default_factory=dict)
    """Named positions, such as those of a question and its answer."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Versions of the programs that made the map."""
    special_tokens: bool = True
    """True if the tokenizer added special tokens, as in the request of the map."""
    view: Mapping[str, str] = field(default_factory=dict)
    """Choices at the time it was saved, such as the measure and the scale, by name."""


def write_npz(archive: Archive) -> bytes:
    """Return a file for ``numpy.load``; its array ``about`` is the provenance as JSON."""
    return pack_npz(_about(archive), _arrays(archive.inspection))


def write_json(archive: Archive) -> bytes:
    """Return a JSON file; missing numbers are null."""
    return pack_json(_about(archive), _arrays(archive.inspection))


def read_archive(content: bytes, *, most_bytes: int = MOST_BYTES) -> Archive:
    """Read a file from ``write_npz`` or ``write_json``.

    Raises:
        BadRequest: it is no such file, was cut short or altered, or exceeds ``most_bytes``.
    """
    return archive_of(*unpack(content, most_bytes))


def archive_of(about: Mapping[str, Any], arrays: Arrays) -> Archive:
    """Build the archive from the two parts of a file.

    Raises:
        BadRequest: the parts belong to a single map, or do not fit together.
    """
    if about["version"] != ONE_TEXT:
        raise BadRequest(
            "This file holds one map and not the measures of a text. Open it with read_saved_map, "
            "or with “Open a saved map” on the page."
        )
    try:
        return _archive(about, arrays)
    except BadRequest:
        raise
    except MISFITS as error:
        raise misfit(error) from error


def _about(archive: Archive) -> dict[str, Any]:
    inspection = archive.inspection
    first = next(iter(inspection.grids.values()))
    return {
        "format": FORMAT,
        "version": ONE_TEXT,
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
        "view": dict(archive.view),
        "versions": dict(archive.versions) or made_with(),
    }


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
    tokens, layers = (read_texts(about[name]) for name in ("tokens", "layers"))
    grids: dict[Measure, LayerTokenGrid] = {}
    grids_at: dict[Site, dict[Measure, LayerTokenGrid]] = {}
    keys = [held["array"] for held in about["grids"]]
    check_arrays(arrays, keys, len(layers), len(tokens))
    for held in about["grids"]:
        grid = LayerTokenGrid(
            read_text(held["name"]), arrays[held["array"]], layers, tokens, read_text(held["unit"]),
            read_number(held["midpoint"]), read_text(held["site"]),
        )  # fmt: skip
        at = grids if held["at"] is None else grids_at.setdefault(Site(held["at"]), {})
        at[Measure(held["measure"])] = grid
    if not grids:
        raise ValueError("no measure in it")
    inspection = Inspection(
        model=read_text(about["model"]),
        revision=read_text(about["revision"]),
        dtype=read_text(about["dtype"]),
        grids=grids,
        grids_at=grids_at,
        absences=tuple(_absence(*absence) for absence in about["absences"]),
        **{name: arrays[name] for name in arrays.keys() - set(keys)},
    )
    texts = {int(token_id): read_text(text) for token_id, text in about["texts"].items()}
    names = {read_text(name): int(position) for name, position in about["names"].items()}
    versions = {read_text(name): read_text(number) for name, number in about["versions"].items()}
    special = read_bool(about.get("special_tokens", True))  # older files lack it
    view = {read_text(name): read_text(text) for name, text in about.get("view", {}).items()}
    return Archive(inspection, read_text(about["text"]), texts, names, versions, special, view)


def _absence(measure: str, reason: str, site: str | None) -> Unavailable:
    return Unavailable(Measure(measure), read_text(reason), Site(site) if site else None)
