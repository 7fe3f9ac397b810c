"""Routes beside Dash's own: predictions, opened cells, token texts, and maps as files."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from dash import Dash
from dash.development.base_component import Component
from flask import Response, request

from dashboard.drawing.packing import pack_predictions
from dashboard.links.kept_view import kept_view, read_view
from dashboard.maps.export import export_csv, export_json, export_npz
from dashboard.maps.inspection_map import MapSource
from dashboard.maps.map_data import MapData
from dashboard.page.labels import visible
from dashboard.page.requests import Request
from dashboard.page.spreadsheet import encode_csv
from dashboard.page.static_html import as_json
from dashboard.web.read_json import read_object
from dashboard.web.standalone_page import page_template
from model_backend import Backend, BackendError, BadRequest, Busy, OpenedMap, UnknownModel

PREDICTIONS = "_layerscope/predictions"
CELL = "_layerscope/cell"
TEMPLATE = "_layerscope/page-template"
VOCABULARY = "_layerscope/vocabulary"
EXPORT = "_layerscope/export"
OPEN = "_layerscope/open"
SAVED_VIEW = "_layerscope/saved-view"
ARCHIVES: Mapping[str, tuple[Callable[[MapData, Mapping[str, str]], bytes], str]] = {
    "json": (export_json, "application/json"),
    "npz": (export_npz, "application/zip"),
}
STATUS = {BadRequest: 400, UnknownModel: 404, Busy: 429}


def register(app: Dash, backend: Backend) -> None:
    """Add the routes of token texts and of saved pages, and the answers of routes that refuse."""
    prefix = app.config.routes_pathname_prefix

    @app.server.get(f"{prefix}{VOCABULARY}")
    def vocabulary() -> Response:
        model = request.args.get("model", "")
        texts = [visible(text) for text in backend.vocabulary(model)]
        response = Response(orjson.dumps(texts), mimetype="application/json")
        revision = next((card.revision for card in backend.models() if card.name == model), None)
        if revision and request.args.get("revision") == revision:  # then the answer never changes
            response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
        return response

    @app.server.get(f"{prefix}{TEMPLATE}")
    def template() -> Response:
        return Response(page_template(), mimetype="text/plain")

    @app.server.errorhandler(BackendError)
    def refuse(error: BackendError) -> tuple[Response, int]:
        said = orjson.dumps({"error": str(error)})
        status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 503)
        response = Response(said, mimetype="application/json")
        if isinstance(error, Busy):
            response.headers["Retry-After"] = str(math.ceil(error.seconds))
        return response, status


def serve_predictions(app: Dash, map_prefix: str, source: MapSource) -> None:
    """Add the route of one map's predictions: a POST of the map's own request."""

    def predictions() -> Response:
        try:
            inspection = source.inspection_map(read_object()).inspection
        except (TypeError, KeyError) as error:
            raise BadRequest("The request does not name what this map is of.") from error
        return Response(pack_predictions(inspection), mimetype="application/octet-stream")

    _add(app, PREDICTIONS, map_prefix, predictions)


def serve_cells(
    app: Dash, map_prefix: str, opened: Callable[[Request], Sequence[Component]]
) -> None:
    """Add the route of one map's opened cells: a POST of the cell's request.

    Not a callback: the browser asks as soon as a mouse button goes down, and with Dash between
    them question and answer would take twice as long.
    """

    def cell() -> Response:
        return Response(as_json(opened(read_object())), mimetype="application/json")

    _add(app, CELL, map_prefix, cell)


def serve_exports(app: Dash, map_prefix: str, load: Callable[[Request], MapData]) -> None:
    """Add the routes of one map's files: POSTs of its request, its view and the cells in view.

    ``load`` makes the map of such a POST.
    """

    def found(asked: Request) -> MapData:
        try:
            return load(asked)
        except (TypeError, KeyError) as error:
            raise BadRequest("The request does not name what this map is of.") from error

    def table() -> Response:
        asked = read_object()
        text = export_csv(found(asked), _range(asked, "rows"), _range(asked, "columns"))
        return Response(b"".join(encode_csv([text])), mimetype="text/csv")

    def archive(kind: str) -> Response:
        write, mimetype = ARCHIVES[kind]
        asked = read_object()
        map_ = found(asked)
        return Response(write(map_, kept_view(asked, map_)), mimetype=mimetype)

    address = f"{app.config.routes_pathname_prefix}{EXPORT}/{map_prefix}"
    add = app.server.add_url_rule
    add(f"{address}/csv", f"export-{map_prefix}-csv", table, methods=["POST"])
    for kind in ARCHIVES:
        name, values = f"export-{map_prefix}-{kind}", {"kind": kind}
        add(f"{address}/{kind}", name, archive, methods=["POST"], defaults=values)


def serve_opening(app: Dash, backend: Backend) -> None:
    """Add the routes that take a map's file, and say what was chosen when it was saved."""

    def open_file() -> dict[str, Any]:
        opened = backend.open_file(request.get_data())
        if isinstance(opened, OpenedMap):
            return {"map": opened.name}
        return {
            "model": opened.model,
            "text": opened.text,
            "special_tokens": opened.special_tokens,
        }

    def saved_view() -> dict[str, Any]:
        name, model = (request.args.get(one, "") for one in ("map", "model"))
        return read_view(backend.saved_map(name).view if name else backend.saved_view(model))

    prefix = app.config.routes_pathname_prefix
    app.server.add_url_rule(f"{prefix}{OPEN}", "open-file", open_file, methods=["POST"])
    app.server.add_url_rule(f"{prefix}{SAVED_VIEW}", "saved-view", saved_view)


def _range(asked: Request, name: str) -> range | None:
    """Both ends included; None is all."""
    ends = asked.get(name)
    if ends is None:
        return None
    if not isinstance(ends, list) or len(ends) != 2 or not all(type(end) is int for end in ends):
        raise BadRequest(f"A range of {name} is two whole numbers.")
    return range(ends[0], ends[1] + 1)


def _add(app: Dash, path: str, map_prefix: str, answer: Callable[[], Response]) -> None:
    address = f"{app.config.routes_pathname_prefix}{path}/{map_prefix}"
    endpoint = f"{path.rpartition('/')[2]}-{map_prefix}"
    app.server.add_url_rule(address, endpoint, answer, methods=["POST"])
