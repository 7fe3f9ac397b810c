"""Operator's routes: health, readiness, metrics, and the client of each request."""

import logging
import re
import secrets
import time
from collections.abc import Callable, Iterable, Sequence

from dash import Dash
from flask import Flask, Response, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from dashboard.web.origin import refusal
from model_backend import Backend, Client, ModelState, WorkerRecord, set_client

PAGE_HEADER = "X-Layerscope-Page"
SLOW = 5.0
"""Seconds after which a request is worth a line in the log of its own."""

_NAME = re.compile(r"[\w.-]{1,64}", re.ASCII)

log = logging.getLogger(__name__)


def register(app: Dash, backend: Backend) -> None:
    """Add the addresses ``health``, ``ready`` and ``metrics`` below the page's own."""
    prefix, registry = app.config.routes_pathname_prefix, CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(_Done(backend))

    def metrics() -> Response:
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    def health() -> Response:
        return Response('{"status": "alive"}', mimetype="application/json")

    def ready() -> Response:
        default = backend.models()[0]
        if default.state is not ModelState.READY:
            return refusal(503, f"The default model is {default.state}.")
        return Response('{"status": "ready"}', mimetype="application/json")

    def leave() -> Response:
        backend.give_up()
        return Response(status=204)

    for view in (health, ready, metrics):
        app.server.add_url_rule(f"{prefix}{view.__name__}", view.__name__, view)
    address = f"{prefix}_layerscope/leave"
    app.server.add_url_rule(address, "leave", leave, methods=["POST"])
    _observe(app.server, registry)


def name_asker() -> None:
    """Tell the backend which client sends the current request, once sign-in is known."""
    page = request.headers.get(PAGE_HEADER, "") or _page_of_body()
    page = page if _NAME.fullmatch(page) else ""
    account = getattr(g, "user", "")
    set_client(Client(account or page or request.remote_addr or "", page, account))


def _page_of_body() -> str:
    """A page that closes cannot send headers."""
    if request.endpoint != "leave":
        return ""
    body = request.get_json(silent=True)
    page = body.get("page") if isinstance(body, dict) else None
    return page if isinstance(page, str) else ""


def _observe(server: Flask, registry: CollectorRegistry) -> None:
    seconds = Histogram(
        "layerscope_request_seconds",
        "How long requests took.",
        ["endpoint", "status"],
        registry=registry,
    )

    def begin() -> None:
        given = request.headers.get("X-Request-ID", "")
        g.request_id = given if _NAME.fullmatch(given) else secrets.token_hex(8)
        g.begun = time.perf_counter()

    @server.after_request
    def end(response: Response) -> Response:
        took = time.perf_counter() - g.begun
        endpoint = request.endpoint or "none"
        seconds.labels(endpoint, response.status_code).observe(took)
        response.headers["X-Request-ID"] = g.request_id
        failed = response.status_code >= 500 and endpoint != "ready"
        notable = took > SLOW or failed
        # The endpoint's name, not the address: what is in an address may have been typed.
        log.log(
            logging.WARNING if notable else logging.DEBUG,
            "%s %s %d %.3f s",
            request.method,
            endpoint,
            response.status_code,
            took,
        )
        return response

    server.before_request_funcs.setdefault(None, []).insert(0, begin)


class _Done(Collector):
    """The backend's own counts, read when somebody asks for the metrics."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def collect(self) -> Iterable[Metric]:
        counts = self._backend.counts()
        totals = {
            "computations": counts.computations,
            "cache_hits": counts.hits,
            "queue_refused": counts.refused,
            "queue_dropped": counts.dropped,
        }
        for name, total in totals.items():
            yield CounterMetricFamily(f"layerscope_{name}", name.replace("_", " "), value=total)
        yield GaugeMetricFamily("layerscope_queue_waiting", "requests", value=counts.waiting)
        loaded = [card for card in self._backend.models() if card.state is ModelState.READY]
        yield GaugeMetricFamily("layerscope_models_loaded", "models", value=len(loaded))
        yield from _worker_metrics(self._backend.workers())


def _worker_metrics(workers: Sequence[WorkerRecord]) -> Iterable[Metric]:
    yield GaugeMetricFamily("layerscope_workers", "workers alive", value=len(workers))
    gauges: dict[str, Callable[[WorkerRecord], float]] = {
        "free_bytes": lambda one: one.free_bytes,
        "models_loaded": lambda one: sum(card.state is ModelState.READY for card in one.cards),
        "calls": lambda one: len(one.calls),
        "waiting": lambda one: one.waiting,
        "heartbeat_age_seconds": lambda one: one.age,
    }
    for name, read in gauges.items():
        gauge = GaugeMetricFamily(f"layerscope_worker_{name}", "of one worker", labels=["worker"])
        for worker in workers:
            gauge.add_metric([worker.worker], read(worker))
        yield gauge
    computed = CounterMetricFamily(
        "layerscope_worker_computations", "of one worker", labels=["worker"]
    )
    for worker in workers:
        computed.add_metric([worker.worker], worker.computations)
    yield computed
