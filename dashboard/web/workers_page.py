"""The operator's page of workers: what each can do, how busy it is, and when it was started."""

import time
from collections.abc import Iterable
from html import escape

from dash import Dash
from flask import Response

from model_backend import Backend, ModelState, WorkerRecord

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Workers - Layerscope
</title><link rel="icon" href="data:,"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="5"><style>
:root {{ color-scheme: light dark; font-family: system-ui, sans-serif; }}
main {{ max-width: 75rem; margin: 2rem auto; padding: 0 1rem; overflow-x: auto; }}
table {{ border-collapse: collapse; }} th, td {{ text-align: left; padding: 0.4rem 0.8rem; }}
th, td {{ border-bottom: 1px solid color-mix(in srgb, currentcolor 20%, transparent); }}
</style></head><body><main><h1>Workers</h1>{body}
<p><a href="{prefix}">Open Layerscope</a></p></main></body></html>"""

HEADERS = (
    "worker",
    "machine",
    "up",
    "last heartbeat",
    "free memory",
    "models",
    "working on",
    "waiting",
    "computed",
)
NONE = (
    "No workers: this process runs the models itself, or none is connected "
    "(see the list of models on the page)."
)


def register(app: Dash, backend: Backend) -> None:
    """Add the address ``workers`` below the page's own."""
    prefix = app.config.routes_pathname_prefix

    def workers() -> Response:
        body = workers_table(backend.workers(), time.time())
        return Response(PAGE.format(body=body, prefix=escape(prefix)), mimetype="text/html")

    app.server.add_url_rule(f"{prefix}workers", "workers", workers)


def workers_table(workers: Iterable[WorkerRecord], now: float) -> str:
    """The workers as an HTML table, or a sentence where there are none."""
    rows = [_row(worker, now) for worker in workers]
    if not rows:
        return f"<p>{NONE}</p>"
    head = "".join(f'<th scope="col">{header}</th>' for header in HEADERS)
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"


def _row(worker: WorkerRecord, now: float) -> str:
    cells = (
        worker.worker,
        f"{worker.host}, process {worker.process}",
        f"{max(0.0, now - worker.started) / 60:,.0f} min",
        f"{worker.age:.0f} s ago",
        f"{worker.free_bytes / 2**30:.1f} GiB",
        _models(worker),
        f"{len(worker.calls)}",
        f"{worker.waiting}",
        f"{worker.computations:,}",
    )
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"


def _models(worker: WorkerRecord) -> str:
    """The models that are not just listed, each with its device or its state."""
    known = [
        f"{card.name} ({card.device or card.state})"
        for card in worker.cards
        if card.state is not ModelState.NOT_LOADED
    ]
    return ", ".join(known) or "none loaded"
