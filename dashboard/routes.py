"""What the browser fetches beside Dash's own traffic: predictions for tooltips, and token texts."""

import orjson
from dash import Dash
from flask import Response, request

from dashboard.labels import visible
from dashboard.wire import pack_predictions
from model_backend import Backend, BackendError, BadRequest, InspectRequest

PREDICTIONS = "_layerscope/predictions"
VOCABULARY = "_layerscope/vocabulary"


def register(app: Dash, backend: Backend) -> None:
    """Add the two routes under the application's own prefix."""
    prefix = app.config.routes_pathname_prefix

    @app.server.post(f"{prefix}{PREDICTIONS}")
    def predictions() -> Response:
        inspection = backend.inspect(_read_request())
        return Response(pack_predictions(inspection), mimetype="application/octet-stream")

    @app.server.get(f"{prefix}{VOCABULARY}")
    def vocabulary() -> Response:
        texts = [visible(text) for text in backend.vocabulary(request.args.get("model", ""))]
        response = Response(orjson.dumps(texts), mimetype="application/json")
        # The revision is part of the address, so the answer never changes.
        response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
        return response

    @app.server.errorhandler(BackendError)
    def refuse(error: BackendError) -> tuple[Response, int]:
        said = orjson.dumps({"error": str(error)})
        return Response(said, mimetype="application/json"), 400 if _asked_wrongly(error) else 503


def _read_request() -> InspectRequest:
    if not request.is_json:
        raise BadRequest("This address takes a JSON request.")
    try:
        return InspectRequest(**orjson.loads(request.get_data()))
    except (TypeError, orjson.JSONDecodeError) as error:
        raise BadRequest("The request is not a JSON object with a model and a text.") from error


def _asked_wrongly(error: BackendError) -> bool:
    return isinstance(error, BadRequest)
