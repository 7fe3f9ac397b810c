"""One person's page, over HTTP and without a browser: asks what the page's own callbacks ask."""

import gzip
import json
import secrets
import time
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse, RemoteDisconnected
from typing import Any

from model_backend import Measure, Scale, Span

JSON = {"Content-Type": "application/json", "Accept-Encoding": "gzip"}
REQUEST, DRAWING = "explore-request.data", "explore-drawing.data"
BESIDE = ("definition", "reading", "table", "compared")
"""Callbacks that a page calls together with its map, or right after it."""


class Refused(Exception):
    """The server answered, and not with what was asked for."""


@dataclass(frozen=True)
class View:
    """One text that was looked at."""

    text: str
    seconds: float
    """From asking for the text to having its map."""


class Visitor:
    """Keeps one connection, as a browser keeps a few."""

    def __init__(self, address: str) -> None:
        self._connection = HTTPConnection(address.removeprefix("http://"), timeout=120)
        self._page = secrets.token_hex(8)
        self._values: dict[str, Any] = {}
        self._callbacks: dict[str, dict[str, Any]] = {}

    def wait(self, seconds: float = 180) -> None:
        """Until the models are loaded.

        Raises:
            Refused: they are not after so many seconds.
        """
        end = time.monotonic() + seconds
        while True:
            try:
                self._ask("GET", "/ready")
                return
            except Refused:
                if time.monotonic() > end:
                    raise
                time.sleep(0.5)

    def open(self, model: str) -> None:
        """Load the page, and what it asks for at once."""
        for path in ("/", "/_dash-layout"):
            self._ask("GET", path)
        self._callbacks = {
            callback["output"]: callback
            for callback in json.loads(self._ask("GET", "/_dash-dependencies"))
        }
        self._values = {
            "explore-run.n_clicks": 1,
            "explore-model.value": model,
            "explore-special-tokens.checked": True,
            "explore-measure.value": Measure.LENS_CONFIDENCE,
            "explore-scale.value": next(iter(Scale)),
            "explore-span.value": next(iter(Span)),
            "explore-sinks.checked": False,
            "explore-show.value": "map",
        }

    def look(self, text: str) -> View:
        """Run a text, draw its map, and read its definition, reading and table.

        Raises:
            Refused: the server answered with an error, or showed one in the page.
        """
        begun = time.perf_counter()
        self._values["explore-text.value"] = text
        found = json.loads(self._call(REQUEST))["response"]["explore-request"]["data"]
        self._values[REQUEST] = found
        drawn = self._call(DRAWING)
        if b"explore-drawing" not in drawn:
            raise Refused("no map was drawn")
        seconds = time.perf_counter() - begun
        for part in BESIDE:
            self._call(f"explore-{part}.children")
        self._ask("POST", "/_layerscope/predictions/explore", json.dumps(found))
        return View(text, seconds)

    def begin_study(self, model: str, dataset: str, size: int) -> str:
        """Press "Run study" with the form as it stands otherwise; the job's id."""
        self._values |= {
            "study-run.n_clicks": 1,
            "study-model.value": model,
            "study-dataset.value": dataset,
            "study-sites.value": ["resid_post"],
            "study-size.value": size,
            "study-seed.value": 0,
            "study-permutations.value": 20,
            "study-random-model.checked": True,
            "study-truth.checked": True,
            "study-keep.checked": False,
        }
        found = json.loads(self._call("study-started.data"))
        return str(found["response"]["study-started"]["data"])

    def has_finished(self, study: str) -> bool:
        """Look at the list of studies, as the page does while one runs.

        Raises:
            Refused: nothing runs there any more, and the study is not among the finished.
        """
        found = json.loads(self._call("study-jobs.children"))["response"]
        if study in found["study-finished"]["data"].split():
            return True
        if found["study-tick"]["interval"] > 1000:
            raise Refused("the study was not finished")
        return False

    def look_at_study(self, study: str) -> None:
        """Have the map of a finished study drawn."""
        self._values["probe-request.data"] = {"map": f"study/{study}/resid_post"}
        if b"probe-drawing" not in self._call("probe-drawing.data"):
            raise Refused("no map was drawn")

    def read(self, path: str) -> str:
        """Get the text at an address."""
        return self._ask("GET", path).decode()

    def _call(self, output: str) -> bytes:
        callback = next(value for key, value in self._callbacks.items() if output in key)
        outputs = [_part(name) for name in callback["output"].strip(".").split("...")]
        body = {
            "output": callback["output"],
            "outputs": outputs if callback["output"].startswith("..") else outputs[0],
            "inputs": [self._filled(part) for part in callback["inputs"]],
            "state": [self._filled(part) for part in callback["state"]],
            "changedPropIds": ["explore-run.n_clicks"],
        }
        answer = self._ask("POST", "/_dash-update-component", json.dumps(body))
        if b"page-error" in answer and b'"hide":false' in answer:
            raise Refused(answer.decode()[:300])
        return answer

    def _filled(self, part: dict[str, str]) -> dict[str, Any]:
        named = {"id": part["id"], "property": part["property"]}
        return {**named, "value": self._values.get(f"{part['id']}.{part['property']}")}

    def _ask(self, method: str, path: str, body: str | None = None) -> bytes:
        headers = {**(JSON if method == "POST" else {}), "X-Layerscope-Page": self._page}
        try:
            response = self._send(method, path, body, headers)
        except (RemoteDisconnected, BrokenPipeError):  # closed as idle: a browser asks again, too
            self._connection.close()
            response = self._send(method, path, body, headers)
        content = response.read()
        if response.status not in (200, 204):
            raise Refused(f"{method} {path} was answered with {response.status}")
        packed = response.getheader("Content-Encoding") == "gzip"
        return gzip.decompress(content) if packed else content

    def _send(
        self, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> HTTPResponse:
        self._connection.request(method, path, body, headers)
        return self._connection.getresponse()


def _part(name: str) -> dict[str, str]:
    id_, _, property_ = name.partition(".")
    return {"id": id_, "property": property_}
