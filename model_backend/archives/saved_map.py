"""Saves a single map and opens it again: AUCs, a difference, or any map but those of one text.

``about`` in the file holds the kind of map, its labels, the labels of further lines per cell, its
provenance and the versions of the programs. Arrays: ``values`` has a row for every layer and a
column for every token or position; ``line 0``, ``line 1`` ... are further numbers of every cell (a
single column applies to all), and ``line 0 upper`` has upper ends if line 0 is an interval;
``outlined`` and ``dimmed`` are marked cells; ``left_out`` are columns that the colours ignore.
Only ``values`` and ``left_out`` are always present. NaN is a cell without a value; ``missing_rows``
lists rows that are not computed yet. ``masked_rows`` and ``masked_columns`` list what is grey, and
``view`` has what was chosen on the page; older files lack them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from model_backend.api.errors import BadRequest
from model_backend.api.maps.grid import CellLine, LayerTokenGrid, MapKind, Provenance, SavedMap
from model_backend.archives.arrays import MOST_LAYERS, MOST_TOKENS, Arrays
from model_backend.archives.file_format import (
    FORMAT,
    MISFITS,
    MOST_BYTES,
    ONE_MAP,
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

GRID_TEXTS = ("name", "unit", "site", "source")
MASKED = ("masked_rows", "masked_columns")
MOST_LINES = 50


def save_npz(saved: SavedMap) -> bytes:
    """Return a file for ``numpy.load``; its array ``about`` is everything but the numbers."""
    arrays = {name: np.ascontiguousarray(array) for name, array in _arrays(saved)}
    return pack_npz(_about(saved), arrays)


def save_json(saved: SavedMap) -> bytes:
    """Return a JSON file with the same parts."""
    return pack_json(_about(saved), dict(_arrays(saved)))


def read_saved_map(content: bytes, *, most_bytes: int = MOST_BYTES) -> SavedMap:
    """Read a file from ``save_npz`` or ``save_json``.

    Raises:
        BadRequest: it is no such file, was cut short or altered, or exceeds ``most_bytes``.
    """
    return saved_map_of(*unpack(content, most_bytes))


def saved_map_of(about: Mapping[str, Any], arrays: Arrays) -> SavedMap:
    """Build the map from the two parts of a file.

    Raises:
        BadRequest: the parts belong to a text with all measures, or do not fit together.
    """
    if about["version"] != ONE_MAP:
        raise BadRequest("This file holds all measures of a text. Open it with read_archive.")
    try:
        return _saved_map(about, arrays)
    except MISFITS as error:
        raise misfit(error) from error


def _arrays(saved: SavedMap) -> Iterator[tuple[str, np.ndarray]]:
    yield "values", saved.grid.values
    yield "left_out", saved.left_out
    for at, line in enumerate(saved.lines):
        yield f"line {at}", line.values
        if line.upper is not None:
            yield f"line {at} upper", line.upper
    for name in ("outlined", "dimmed"):
        if (cells := getattr(saved, name)) is not None:
            yield name, cells


def _about(saved: SavedMap) -> dict[str, Any]:
    grid = saved.grid
    own = ("kind", "title", "short_name", "facts", "notes", "ends", "steps", "first_layer",
           "missing_rows", *MASKED)  # fmt: skip
    return {
        "format": FORMAT,
        "version": ONE_MAP,
        **{name: getattr(saved, name) for name in own},
        "grid": {
            **{name: getattr(grid, name) for name in GRID_TEXTS},
            "midpoint": grid.midpoint,
            "named_columns": grid.named_columns,
            "column_names": grid.column_names,
            "column_positions": grid.column_positions,
            "clipped_at": grid.clipped_at,
        },
        "layers": grid.layer_labels,
        "tokens": grid.token_labels,
        "lines": [{"label": line.label, "unit": line.unit, "column_labels": line.column_labels}
                  for line in saved.lines],
        "request": dict(saved.request),
        "view": dict(saved.view),
        "provenance": asdict(saved.provenance),
        "versions": dict(saved.versions) or made_with(),
    }  # fmt: skip


def _saved_map(about: Mapping[str, Any], arrays: Arrays) -> SavedMap:
    grid = _grid(about, arrays["values"])
    shape = grid.values.shape
    expected = {"left_out": ("b", shape[1:]), "outlined": ("b", shape), "dimmed": ("b", shape)}
    for name, (kind, wanted) in expected.items():
        if name in arrays and (arrays[name].dtype.kind, arrays[name].shape) != (kind, wanted):
            raise ValueError(f"{name} has shape {arrays[name].shape}, the labels say {wanted}")
    ends = about["ends"]
    masked = [_places(about, name, size) for name, size in zip(MASKED, shape, strict=True)]
    return SavedMap(
        kind=MapKind(about["kind"]),
        title=read_text(about["title"]),
        grid=grid,
        left_out=arrays["left_out"],
        lines=tuple(_lines(about["lines"], arrays, shape)),
        outlined=arrays.get("outlined"),
        dimmed=arrays.get("dimmed"),
        short_name=read_text(about["short_name"]),
        facts=read_texts(about["facts"]),
        notes=read_texts(about["notes"]),
        ends=None if ends is None else (float(ends[0]), float(ends[1])),
        steps=None if about["steps"] is None else int(about["steps"]),
        first_layer=int(about["first_layer"]),
        missing_rows=_places(about, "missing_rows", shape[0]),
        masked_rows=masked[0],
        masked_columns=masked[1],
        request=dict(about["request"]),
        view=_texts_by_name(about.get("view", {})),
        provenance=_provenance(about["provenance"]),
        versions=_texts_by_name(about["versions"]),
    )


def _places(about: Mapping[str, Any], name: str, size: int) -> tuple[int, ...]:
    """Numbers of rows or columns."""
    places = tuple(map(int, about.get(name, ())))
    if places and not 0 <= min(places) <= max(places) < size:
        raise ValueError(f"{name} names places beyond the last")
    return places


def _grid(about: Mapping[str, Any], values: np.ndarray) -> LayerTokenGrid:
    held = about["grid"]
    layers, tokens = read_texts(about["layers"]), read_texts(about["tokens"])
    if not 0 < len(layers) <= MOST_LAYERS or not 0 < len(tokens) <= MOST_TOKENS:
        raise ValueError(f"{len(layers):,} layers and {len(tokens):,} columns")
    if values.dtype.kind != "f":
        raise ValueError(f"values are {values.dtype}")
    names, positions = read_texts(held["column_names"]), held["column_positions"]
    if any(len(columns) not in (0, len(tokens)) for columns in (names, positions)):
        raise ValueError(f"{len(names)} names and {len(positions)} positions of {len(tokens)}")
    return LayerTokenGrid(
        **{name: read_text(held[name]) for name in GRID_TEXTS},
        values=values,
        layer_labels=layers,
        token_labels=tokens,
        midpoint=read_number(held["midpoint"]),
        named_columns=read_bool(held["named_columns"]),
        column_names=names,
        column_positions=tuple(None if at is None else int(at) for at in positions),
        clipped_at=read_number(held["clipped_at"]),
    )


def _lines(held: list[Any], arrays: Arrays, shape: tuple[int, ...]) -> Iterator[CellLine]:
    if len(held) > MOST_LINES:
        raise ValueError(f"{len(held)} lines for every cell")
    for at, line in enumerate(held):
        values, upper = arrays[f"line {at}"], arrays.get(f"line {at} upper")
        for numbers in (values, values if upper is None else upper):
            if numbers.shape not in (shape, (shape[0], 1)) or numbers.dtype.kind != "f":
                raise ValueError(f"line {at} has shape {numbers.shape}, the labels say {shape}")
        labels = read_texts(line["column_labels"])
        if len(labels) not in (0, shape[1]):
            raise ValueError(f"line {at} has {len(labels)} labels for {shape[1]} columns")
        yield CellLine(read_text(line["label"]), values, upper, read_text(line["unit"]), labels)


def _provenance(held: Mapping[str, Any], depth: int = 0) -> Provenance:
    if depth > 2:
        raise ValueError("a difference of differences of differences")
    return Provenance(
        **{name: read_text(held[name]) for name in ("model", "revision", "dtype")},
        details=_texts_by_name(held["details"]),
        sides=tuple(_provenance(side, depth + 1) for side in held["sides"]),
    )


def _texts_by_name(held: Mapping[str, Any]) -> dict[str, str]:
    return {read_text(name): read_text(text) for name, text in held.items()}
