"""A map's numbers as files: a table of the cells in view, or all measures to be opened again."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from typing import Any

from dash import Dash
from flask import Response, request

from dashboard.read_json import read_object
from dashboard.subject import Look, MapSource, Request, Subject, make_look
from model_backend import (
    ON_REQUEST,
    Archive,
    Backend,
    BadRequest,
    FileBackend,
    LayerTokenGrid,
    write_json,
    write_npz,
)

EXPORT = "_layerscope/export"
OPEN = "_layerscope/open"
ARCHIVES: Mapping[str, tuple[Callable[[Archive], bytes], str]] = {
    "json": (write_json, "application/json"),
    "npz": (write_npz, "application/zip"),
}

ABOUT = ("measure", "unit", "site", "model", "revision")
"""The last columns of a table, the same in every line, so that tables can be told apart."""


def serve_exports(app: Dash, map_prefix: str, source: MapSource, backend: Backend) -> None:
    """Add the routes of one map's files: POSTs of its request, its measure and what is in view."""

    def table() -> Response:
        asked = read_object()
        subject, look = _subject(source, asked), _look(asked)
        grid = subject.grid(look.measure, look.site)
        text = write_table(subject, grid, _range(asked, "rows"), _range(asked, "columns"))
        return Response(text, mimetype="text/csv")

    def archive(kind: str) -> Response:
        asked = read_object()
        write, mimetype = ARCHIVES[kind]
        subject = _subject(source, asked, whole=True)
        made = make_archive(subject, asked["request"], backend)
        return Response(write(made), mimetype=mimetype)

    address = f"{app.config.routes_pathname_prefix}{EXPORT}/{map_prefix}"
    add = app.server.add_url_rule
    add(f"{address}/csv", f"export-{map_prefix}-csv", table, methods=["POST"])
    for kind in ARCHIVES:
        name, values = f"export-{map_prefix}-{kind}", {"kind": kind}
        add(f"{address}/{kind}", name, archive, methods=["POST"], defaults=values)


def serve_opening(app: Dash, backend: FileBackend) -> None:
    """Add the route that takes the bytes of a saved map and says how it is asked for."""

    def open_file() -> dict[str, Any]:
        opened = backend.open_file(request.get_data())
        return {"model": opened.model, "text": opened.text}

    address = f"{app.config.routes_pathname_prefix}{OPEN}"
    app.server.add_url_rule(address, "open-file", open_file, methods=["POST"])


def write_table(
    subject: Subject, grid: LayerTokenGrid, rows: range | None, columns: range | None
) -> str:
    """One line for every cell: layer, position, token, id, value, and what was measured where.

    A token is written as a JSON string: exact, its spaces visible, and never a formula to a
    spreadsheet. Named columns have their names too. A cell without a value stays empty.
    """
    named = subject.columns is not None
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["layer", *(["name"] * named), "position", "token", "id", "value", *ABOUT])
    inspection = subject.inspection
    told = (grid.name, grid.unit, grid.site, inspection.model, inspection.revision)
    about = [_no_formula(part) for part in told]
    for row in _within(rows, len(grid.layer_labels)):
        for column in _within(columns, len(grid.token_labels)):
            position = subject.positions[column]
            if position is None:
                continue
            value = float(grid.values[row, column])
            token = json.dumps(grid.token_labels[column], ensure_ascii=False)
            name = [subject.columns[column].name] if subject.columns is not None else []
            said = repr(value) if value == value else ""
            writer.writerow(
                [grid.layer_labels[row], *name, position, token, subject.ids[column], said, *about]
            )
    return text.getvalue()


def _no_formula(text: str) -> str:
    """The text, set off by an apostrophe where a spreadsheet would take it for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def make_archive(subject: Subject, asked: Request, backend: Backend) -> Archive:
    """Everything of a map, with the texts of all ids that its predictions name."""
    inspection = subject.inspection
    vocabulary = backend.vocabulary(asked.get("model", inspection.model))
    ids = sorted(set(inspection.top_ids.ravel().tolist()))
    names = {c.name: c.position for c in subject.columns or () if c.position is not None}
    text = asked.get("text") or ""
    return Archive(inspection, text, {token_id: vocabulary[token_id] for token_id in ids}, names)


def _subject(source: MapSource, asked: Request, *, whole: bool = False) -> Subject:
    """What the map is of, with attention only where it shows that or the whole is wanted."""
    attention = whole or _look(asked).measure in ON_REQUEST
    try:
        return source.subject(asked["request"], attention=attention)
    except (TypeError, KeyError) as error:
        raise BadRequest("The request does not name what this map is of.") from error


def _look(asked: Request) -> Look:
    try:
        return make_look(asked["measure"], asked.get("site"))
    except (ValueError, KeyError) as error:
        raise BadRequest("The request names no measure that there is.") from error


def _range(asked: Request, name: str) -> range | None:
    """Both ends included; None is all."""
    ends = asked.get(name)
    if ends is None:
        return None
    if not isinstance(ends, list) or len(ends) != 2 or not all(type(end) is int for end in ends):
        raise BadRequest(f"A range of {name} is two whole numbers.")
    return range(ends[0], ends[1] + 1)


def _within(wanted: range | None, size: int) -> range:
    return range(size) if wanted is None else range(max(0, wanted.start), min(size, wanted.stop))
