"""Routes for a map in the making: how far it is, and stopping it."""

from typing import Any

import orjson
from dash import Dash
from flask import Response

from dashboard.web.read_json import read_object
from model_backend import Backend, BadRequest, JobState, JobStatus, PatchMap

PROGRESS = "_layerscope/patch/progress"
STOP = "_layerscope/patch/stop"


def register(app: Dash, backend: Backend) -> None:
    """Add both routes under the application's own prefix."""
    prefix = app.config.routes_pathname_prefix

    @app.server.post(f"{prefix}{PROGRESS}")
    def patch_progress() -> Response:
        job = read_object().get("job")
        if not isinstance(job, str):
            raise BadRequest("The request needs the id of a map that was started.")
        said = progress_for_browser(backend.watch(job))
        return Response(orjson.dumps(said), mimetype="application/json")

    @app.server.post(f"{prefix}{STOP}")
    def stop_patch() -> Response:
        backend.cancel(str(read_object().get("job")))
        return Response(status=204)


def progress_for_browser(status: JobStatus[Any]) -> dict[str, Any]:
    """Progress of a map, for assets/views/patch.js."""
    made = status.so_far if isinstance(status.so_far, PatchMap) else None
    return {
        "running": not status.is_over,
        "rows": None if made is None else int(made.is_exact.sum()),
        "share": status.done / (status.total or 1),
        "said": progress_line(status, made),
        "error": status.message if status.state is JobState.FAILED else "",
    }


def progress_line(status: JobStatus[Any], made: PatchMap | None) -> str:
    """Rows that are exact; the page's own panel says how long the others take."""
    if made is None:
        return "Waiting for the model" if not status.is_over else ""
    n, done = len(made.is_exact), int(made.is_exact.sum())
    if made.is_whole:
        return f"All {n} rows are exact."
    if status.is_over:
        return f"Stopped: {done} of {n} rows are exact, the others are estimates."
    return f"{done} of {n} rows exact"
