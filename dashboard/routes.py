"""What the browser fetches beside Dash's own traffic: predictions for tooltips, and token texts."""

import orjson
from dash import Dash
from flask import Response, request

from dashboard.labels import visible
from dashboard.wire import pack_predictions
from model_backend import Backend, BackendError, BadRequest, InspectRequest, UnknownModel

PREDICTIONS = "_layerscope/predictions"
VOCABULARY = "_layerscope/vocabulary"
STATUS = {BadRequest: 400, UnknownModel: 404}


def register(app: Dash, backend: Backend) -> None:
    """Add the two routes under the application's own prefix."""
    prefix = app.config.routes_pathname_prefix

    @app.server.post(f"{prefix}{PREDICTIONS}")
    def predictions() -> Response:
        inspection = backend.inspect(_read_request())
        return Response(pack_predictions(inspection), mimetype="application/octet-stream")

    @app.server.get(f"{prefix}{VOCABULARY}")
    def vocabulary() -> Response:
        model = request.args.get("model", "")
        texts = [visible(text) for text in backend.vocabulary(model)]
        response = Response(orjson.dumps(texts), mimetype="application/json")
        revision = next(card.revision for card in backend.models() if card.name == model)
        if request.args.get("revision") == revision:  # then the answer never changes
            response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
        return response

    @app.server.errorhandler(BackendError)
    def refuse(error: BackendError) -> tuple[Response, int]:
        said = orjson.dumps({"error": str(error)})
        status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 503)
        return Response(said, mimetype="application/json"), status


def _read_request() -> InspectRequest:
    if not request.is_json:
        raise BadRequest("This address takes a JSON request.")
    try:
        return InspectRequest(**orjson.loads(request.get_data()))
    except (TypeError, orjson.JSONDecodeError) as error:
        raise BadRequest("The request is not a JSON object with a model and a text.") from error
