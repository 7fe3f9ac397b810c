"""What the browser fetches beside Dash's own traffic: predictions, opened cells, token texts."""

import math
from collections.abc import Callable, Sequence

import orjson
from dash import Dash
from dash.development.base_component import Component
from flask import Response, request

from dashboard.maps.map_data import MapSource
from dashboard.maps.packing import pack_predictions
from dashboard.page.labels import visible
from dashboard.page.requests import Request
from dashboard.page.static_html import as_json
from dashboard.web.read_json import read_object
from model_backend import Backend, BackendError, BadRequest, Busy, UnknownModel

PREDICTIONS = "_layerscope/predictions"
CELL = "_layerscope/cell"
VOCABULARY = "_layerscope/vocabulary"
STATUS = {BadRequest: 400, UnknownModel: 404, Busy: 429}


def register(app: Dash, backend: Backend) -> None:
    """Add the route of the token texts, and what all routes say when they refuse."""
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
            inspection = source.subject(read_object()).inspection
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


def _add(app: Dash, path: str, map_prefix: str, answer: Callable[[], Response]) -> None:
    address = f"{app.config.routes_pathname_prefix}{path}/{map_prefix}"
    endpoint = f"{path.rpartition('/')[2]}-{map_prefix}"
    app.server.add_url_rule(address, endpoint, answer, methods=["POST"])
