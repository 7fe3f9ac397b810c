"""Bytes sent for one text: the map, the predictions, and once the vocabulary."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from benchmarks.speed import NAME, open_backend
from benchmarks.subjects import Texts
from benchmarks.synthetic import Size, SyntheticBackend
from benchmarks.table import Line
from dashboard.factory import create_app
from dashboard.page.ids import EXPLORE
from dashboard.web import map_routes
from model_backend import Backend, InspectRequest, Measure, Scale, Span

LIMIT = 24
SIZE = Size(33, 512)


@dataclass(frozen=True)
class Sent:
    """Bytes of the responses to one request, before compression."""

    drawing: int
    predictions: int
    vocabulary: int
    cells: int

    @property
    def per_cell(self) -> float:
        """Bytes of the map and of the predictions for every cell."""
        return (self.drawing + self.predictions) / self.cells


def wire_lines(name: str, folder: Path, n_tokens: int = 64) -> Iterator[Line]:
    """Bytes per cell of a map of 33 x 512, and of a short text in a real model."""
    synthetic = weigh(SyntheticBackend(SIZE), InspectRequest(str(SIZE), "any"))
    yield _line(f"bytes per cell before compression, {SIZE}", synthetic, LIMIT)
    real = weigh(open_backend(folder), InspectRequest(NAME, Texts(folder).make(n_tokens)))
    yield _line(f"the same, {name}, {n_tokens} tokens", real, None)
    kib = real.vocabulary / 1024
    what = f"vocabulary, sent once per model, {name}"
    yield Line(what, kib, unit="KiB", digits=1)


def weigh(backend: Backend, request: InspectRequest) -> Sent:
    """Ask for a map as the page does, and weigh the answers."""
    client = create_app(backend).server.test_client()
    inspection = backend.inspect(request)
    predictions = client.post(f"/{map_routes.PREDICTIONS}/{EXPLORE.prefix}", json=asdict(request))
    query = {"model": request.model, "revision": inspection.revision}
    vocabulary = client.get(f"/{map_routes.VOCABULARY}", query_string=query)
    return Sent(
        drawing=len(_draw(client, request)),
        predictions=len(predictions.data),
        vocabulary=len(vocabulary.data),
        cells=inspection.top_ids.shape[0] * inspection.top_ids.shape[1],
    )


def _draw(client: FlaskClient, request: InspectRequest) -> bytes:
    """The response to the callback that draws the map, as Dash's own script asks for it."""
    values: dict[str, Any] = {
        EXPLORE.request: asdict(request),
        EXPLORE.measure: Measure.LENS_CONFIDENCE,
        EXPLORE.site: None,
        EXPLORE.study: None,
        EXPLORE.probe: None,
        EXPLORE.scale: Scale.INTENSITY,
        EXPLORE.span: Span.AUTO,
        EXPLORE.sinks: False,
    }
    callbacks = client.get("/_dash-dependencies").get_json()
    drawing = f"{EXPLORE.drawing}.data"
    callback = next(item for item in callbacks if drawing in item["output"])
    outputs = callback["output"].strip(".").split("...")
    asked = {
        "output": callback["output"],
        "outputs": [
            dict(zip(("id", "property"), name.split("."), strict=True)) for name in outputs
        ],
        "inputs": [{**part, "value": values[part["id"]]} for part in callback["inputs"]],
        "changedPropIds": [f"{EXPLORE.request}.data"],
    }
    response = client.post("/_dash-update-component", json=asked)
    response.get_json()["response"][EXPLORE.drawing]["data"]["data"]
    return response.data


def _line(what: str, sent: Sent, limit: float | None) -> Line:
    note = f"{sent.drawing / sent.cells:.1f} map + {sent.predictions / sent.cells:.1f}"
    return Line(what, sent.per_cell, unit="B", limit=limit, note=note, digits=1)
