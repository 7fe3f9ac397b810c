"""A map as a file: a table of the cells in view, or all that there is, to be opened again."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from dashboard.maps.map_data import MapData
from dashboard.page.spreadsheet import no_formula, quoted_token
from model_backend import (
    Archive,
    CellLine,
    Measure,
    SavedMap,
    save_json,
    save_npz,
    write_json,
    write_npz,
)

ABOUT = ("measure", "unit", "site", "model", "revision")
"""The last columns of a table, the same in every line, so that tables can be told apart."""
SCORED = ("study", "source", "probe")
"""More columns for a probe score: its study, the source, and the probe that scored the cell."""


NO_VIEW: Mapping[str, str] = MappingProxyType({})


def export_npz(map_: MapData, view: Mapping[str, str] = NO_VIEW) -> bytes:
    """The bytes of an NPZ file: all measures of a text, or the one map that there is.

    ``view`` has choices on the page that the file keeps beside those of the map.
    """
    if map_.make_archive is not None:
        return write_npz(_with_view(map_.make_archive(), view))
    return save_npz(replace(saved_map(map_), view=view))


def export_json(map_: MapData, view: Mapping[str, str] = NO_VIEW) -> bytes:
    """The bytes of a JSON file with the same parts."""
    if map_.make_archive is not None:
        return write_json(_with_view(map_.make_archive(), view))
    return save_json(replace(saved_map(map_), view=view))


def _with_view(archive: Archive, view: Mapping[str, str]) -> Archive:
    return replace(archive, view={**archive.view, **view})


def saved_map(map_: MapData) -> SavedMap:
    """One map as it is kept in a file."""
    return SavedMap(
        kind=map_.kind,
        title=map_.title,
        grid=map_.grid,
        left_out=map_.left_out,
        lines=map_.lines,
        outlined=map_.marks.outlined,
        dimmed=map_.marks.dimmed,
        short_name=map_.short_name,
        facts=map_.facts,
        notes=map_.notes,
        ends=map_.colours.ends,
        steps=map_.colours.steps,
        first_layer=map_.first_layer,
        missing_rows=map_.missing_rows,
        masked_rows=map_.marks.masked_rows,
        masked_columns=map_.marks.masked_columns,
        request=map_.request,
        provenance=map_.provenance,
    )


def export_csv(map_: MapData, rows: range | None = None, columns: range | None = None) -> str:
    """One line for every cell: layer, position, token, value, what else is known, and where it was
    measured.

    A token is written as a JSON string: exact, its spaces visible, and never a formula to a
    spreadsheet. Named columns have their names too. A cell without a value stays empty; where some
    layers are not computed yet a last column says so.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_head(map_))
    about = list(map(no_formula, _about(map_)))
    for row in _within(rows, len(map_.grid.layer_labels)):
        for column in _within(columns, len(map_.grid.token_labels)):
            if map_.positions[column] is not None:
                writer.writerow([*_cell(map_, row, column), *about, *_last(map_, row, column)])
    return text.getvalue()


def _head(map_: MapData) -> list[str]:
    named, has_ids = map_.columns is not None, map_.tokens is not None
    start = ["layer", *(["name"] * named), "position", "token", *(["id"] * has_ids), "value"]
    lines = [name for line in map_.lines for name in _names(line)]
    of = [] if has_ids else ["of"]
    scored = SCORED if map_.probes else ()
    computed = ["computed"] * bool(map_.missing_rows)
    return [*start, *lines, *ABOUT, *of, *scored, *computed]


def _names(line: CellLine) -> list[str]:
    """The heads of a line's numbers."""
    return [line.label] if line.upper is None else [f"{line.label}, low", f"{line.label}, high"]


def _cell(map_: MapData, row: int, column: int) -> Iterator[object]:
    """Yield a cell's place and numbers."""
    yield map_.grid.layer_labels[row]
    if map_.columns is not None:
        yield map_.columns[column].name
    yield map_.positions[column]
    yield quoted_token(map_.grid.token_labels[column])
    if map_.tokens is not None:
        yield map_.tokens.ids[column]
    yield _number(map_.grid.values[row, column])
    for line in map_.lines:
        for numbers in (line.values, line.upper):
            if numbers is not None:
                yield _number(numbers[row, column if numbers.shape[1] > 1 else 0])


def _about(map_: MapData) -> Iterator[str]:
    """Yield the entries that all cells share."""
    grid, made = map_.grid, map_.provenance
    measure = Measure.named(grid.name)
    name = measure.value if measure else grid.name
    name = f"{name}: {map_.phrase}" if map_.phrase else name
    yield from (name, grid.unit, grid.site, made.model, made.revision)
    if map_.tokens is None:
        yield map_.title
    if map_.probes:
        yield from (str(map_.view.get("study", "")), grid.source)


def _last(map_: MapData, row: int, column: int) -> Iterator[str]:
    """Yield the probe that scored a cell, if there is one."""
    if map_.probes:
        yield map_.probes[column if len(map_.probes) > 1 else 0]
    if map_.missing_rows:
        yield "no" if row in map_.missing_rows else "yes"


def _number(value: float) -> str:
    return repr(float(value)) if value == value else ""


def _within(wanted: range | None, size: int) -> range:
    return range(size) if wanted is None else range(max(0, wanted.start), min(size, wanted.stop))
