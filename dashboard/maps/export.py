"""A map's numbers as files: a table of the cells in view, or all measures to be opened again."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from typing import Any

from dash import Dash
from flask import Response, request

from dashboard.maps.map_data import Look, MapSource, Subject, make_look
from dashboard.maps.probe_score import look_at
from dashboard.page.requests import Request
from dashboard.page.spreadsheet import no_formula
from dashboard.web.read_json import read_object
from model_backend import (
    Archive,
    Backend,
    BadRequest,
    FileBackend,
    LayerTokenGrid,
    Measure,
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
ALL_MEASURES = Look(Measure.ATTENTION_ENTROPY)
"""With attention's, an inspection has every measure that it can have."""
SCORED = ("study", "source", "probe")
"""Of a probe score, after them: which study, what it is worth, and whose probe scored the cell."""


def serve_exports(app: Dash, map_prefix: str, source: MapSource, backend: Backend) -> None:
    """Add the routes of one map's files: POSTs of its request, its measure and what is in view."""

    def table() -> Response:
        asked = read_object()
        look = _look(asked)
        subject = _subject(source, backend, asked, look)
        grid = subject.grid(look.measure, look.site)
        text = write_table(subject, grid, _range(asked, "rows"), _range(asked, "columns"))
        return Response(text, mimetype="text/csv")

    def archive(kind: str) -> Response:
        asked = read_object()
        write, mimetype = ARCHIVES[kind]
        subject = _subject(source, backend, asked, ALL_MEASURES)
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
        return {
            "model": opened.model,
            "text": opened.text,
            "special_tokens": opened.special_tokens,
        }

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
    last = (*ABOUT, *SCORED) if subject.score else ABOUT
    writer.writerow(["layer", *(["name"] * named), "position", "token", "id", "value", *last])
    about = _about(subject, grid)
    for row in _within(rows, len(grid.layer_labels)):
        for column in _within(columns, len(grid.token_labels)):
            position = subject.positions[column]
            if position is None:
                continue
            value = float(grid.values[row, column])
            token = json.dumps(grid.token_labels[column], ensure_ascii=False)
            name = [subject.columns[column].name] if subject.columns is not None else []
            said = repr(value) if value == value else ""
            probe = _probe(subject, column)
            start = (grid.layer_labels[row], *name, position, token, subject.ids[column], said)
            writer.writerow([*start, *about, *probe])
    return text.getvalue()


def _about(subject: Subject, grid: LayerTokenGrid) -> list[str]:
    """What all cells have in common."""
    inspection, score = subject.inspection, subject.score
    told = [grid.name, grid.unit, grid.site, inspection.model, inspection.revision]
    if score is not None:
        told += [score.study, grid.source]
    return list(map(no_formula, told))


def _probe(subject: Subject, column: int) -> tuple[str, ...]:
    """Whose probe scored a column."""
    if subject.score is None:
        return ()
    probes = subject.score.probes
    return (probes[column if len(probes) > 1 else 0],)


def make_archive(subject: Subject, asked: Request, backend: Backend) -> Archive:
    """Everything of a map, with the texts of all ids that its predictions name."""
    inspection = subject.inspection
    vocabulary = backend.vocabulary(asked.get("model", inspection.model))
    ids = sorted(set(inspection.top_ids.ravel().tolist()))
    names = {c.name: c.position for c in subject.columns or () if c.position is not None}
    text, special_tokens = asked.get("text") or "", asked.get("special_tokens", True)
    texts = {token_id: vocabulary[token_id] for token_id in ids}
    return Archive(inspection, text, texts, names, special_tokens=special_tokens)


def _subject(source: MapSource, backend: Backend, asked: Request, look: Look) -> Subject:
    """What the map is of, with what this look at it takes."""
    try:
        return look_at(source, backend, asked["request"], look)
    except (TypeError, KeyError) as error:
        raise BadRequest("The request does not name what this map is of.") from error


def _look(asked: Request) -> Look:
    try:
        study, probe = asked.get("study"), asked.get("probe")
        return make_look(asked["measure"], asked.get("site"), study=study, position=probe)
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
