"""Routes for an answer in progress: its new tokens, and stopping it."""

import orjson
from dash import Dash
from flask import Response

from dashboard.views.ask.words import progress_for_browser
from dashboard.web.read_json import read_object
from model_backend import Backend, BadRequest

PROGRESS = "_layerscope/answer/progress"
STOP = "_layerscope/answer/stop"


def register(app: Dash, backend: Backend) -> None:
    """Register the routes that report the new tokens of an answer and stop it."""
    prefix = app.config.routes_pathname_prefix

    @app.server.post(f"{prefix}{PROGRESS}")
    def answer_progress() -> Response:
        asked = read_object()
        answer, since = asked.get("answer"), asked.get("since")
        if not isinstance(answer, str) or type(since) is not int or since < 0:
            raise BadRequest(
                "The request needs the id of an answer and the index of the first token wanted."
            )
        said = progress_for_browser(backend.answer_progress(answer), since)
        return Response(orjson.dumps(said), mimetype="application/json")

    @app.server.post(f"{prefix}{STOP}")
    def stop_answer() -> Response:
        backend.stop_answer(str(read_object().get("answer")))
        return Response(status=204)
