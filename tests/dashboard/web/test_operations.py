"""Operators' routes: what they report and what they never reveal."""

import io
import json
import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from dashboard.factory import create_app
from dashboard.page.loading_panel import in_words
from dashboard.web.logs import JsonLines
from dashboard.web.operations import PAGE_HEADER
from model_backend import (
    Busy,
    CachedBackend,
    Client,
    FairQueue,
    LeaveQueue,
    Request,
    Waiting,
    make_store,
    set_client,
)
from model_backend.api.clients import NOBODY, current_client
from tests.model_backend.fakes import FakeBackend
from tests.waiting import until

PREDICTIONS = "/_layerscope/predictions/explore"
SECRET = "what nobody else should read"


@pytest.fixture()
def fake() -> FakeBackend:
    return FakeBackend()


@pytest.fixture()
def cached(fake: FakeBackend) -> CachedBackend:
    return CachedBackend(fake, make_store(), FairQueue(length=1, at_once=1))


@pytest.fixture()
def client(cached: CachedBackend) -> Iterator[FlaskClient]:
    yield create_app(cached).server.test_client()
    set_client(NOBODY)


def asked(text: str) -> dict[str, object]:
    return {"model": "fake", "text": text, "special_tokens": True}


def stands_in_line(cached: CachedBackend, page: str) -> bool:
    set_client(Client(page=page))
    return cached.waiting() is not None


def test_it_says_that_it_is_alive_and_ready(client: FlaskClient) -> None:
    assert client.get("/health").get_json() == {"status": "alive"}
    assert client.get("/ready").get_json() == {"status": "ready"}


def test_it_is_not_ready_before_its_model_is() -> None:
    from model_backend import LocalBackend

    answer = create_app(LocalBackend()).server.test_client().get("/ready")
    assert answer.status_code == 503
    assert answer.get_json() == {"error": "The default model is not loaded."}


def test_the_metrics_count_what_was_done(client: FlaskClient) -> None:
    for text in ("one", "one", "two"):
        client.post(PREDICTIONS, json=asked(text))
    said = client.get("/metrics").get_data(as_text=True).splitlines()
    assert "layerscope_computations_total 2.0" in said
    assert "layerscope_cache_hits_total 1.0" in said
    assert "layerscope_queue_waiting 0.0" in said
    counted = 'layerscope_request_seconds_count{endpoint="predictions-explore",status="200"} 3.0'
    assert counted in said
    assert any(line.startswith("process_resident_memory_bytes ") for line in said)


def test_a_full_line_is_answered_with_429_and_when_to_try_again(
    client: FlaskClient, cached: CachedBackend, fake: FakeBackend
) -> None:
    fake.gate.clear()
    statuses: list[int] = []

    def ask(page: str) -> None:
        others = client.application.test_client()
        answer = others.post(PREDICTIONS, json=asked(page), headers={PAGE_HEADER: page})
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=ask, args=(page,)) for page in ("page-1", "page-2")]
    threads[0].start()
    until(lambda: fake.asked["inspect"] == 1)
    threads[1].start()
    until(lambda: stands_in_line(cached, "page-2"))
    answer = client.post(PREDICTIONS, json=asked("three"))
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.get_json()["error"].startswith("Busy: 1 request is waiting already.")
    fake.gate.set()
    for thread in threads:
        thread.join(30)
    assert statuses == [200, 200]


def test_a_page_that_closes_says_so_and_its_work_is_dropped(
    client: FlaskClient, cached: CachedBackend, fake: FakeBackend
) -> None:
    fake.gate.clear()

    def ask(page: str) -> None:
        others = client.application.test_client()
        others.post(PREDICTIONS, json=asked(page), headers={PAGE_HEADER: page})

    threads = [threading.Thread(target=ask, args=(page,)) for page in ("page-1", "page-2")]
    threads[0].start()
    until(lambda: fake.asked["inspect"] == 1)
    threads[1].start()
    until(lambda: stands_in_line(cached, "page-2"))
    assert client.post("/_layerscope/leave", json={"page": "page-2"}).status_code == 204
    threads[1].join(30)
    fake.gate.set()
    threads[0].join(30)
    assert (fake.asked["inspect"], cached.counts().dropped) == (1, 1)


def test_a_place_in_line_is_told_in_words() -> None:
    assert in_words(Waiting(2, 2.4)) == "2 ahead of you, about 3 s"


def test_an_answer_has_an_id_and_keeps_one_that_was_given(client: FlaskClient) -> None:
    assert len(client.get("/health").headers["X-Request-ID"]) == 16
    answer = client.get("/health", headers={"X-Request-ID": "proxy-17"})
    assert answer.headers["X-Request-ID"] == "proxy-17"
    answer = client.get("/health", headers={"X-Request-ID": "a b <c>"})
    assert len(answer.headers["X-Request-ID"]) == 16


@pytest.fixture()
def logged() -> Iterator[io.StringIO]:
    """Everything that is logged, in the form in which it is written."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def test_nothing_that_was_typed_is_logged_even_when_it_is_in_an_error(
    fake: FakeBackend, logged: io.StringIO
) -> None:
    client = create_app(fake).server.test_client()
    for error in (ValueError(f"bad text: {SECRET}"), Busy(f"Busy with {SECRET}")):
        fake.error = error
        client.post(PREDICTIONS, json=asked(SECRET))
        client.get(f"/_layerscope/vocabulary?model={SECRET}")
        client.get(f"/{SECRET}")
    lines = logged.getvalue().splitlines()
    assert SECRET not in logged.getvalue()
    said = [json.loads(line) for line in lines]
    failures = [line for line in said if line.get("error") == "ValueError"]
    assert failures and all("fakes.py" in line["at"] for line in failures)
    requests = [line for line in said if line["message"].startswith("POST predictions-explore")]
    assert all(len(line["request"]) == 16 for line in requests)
    assert requests


def test_pages_of_one_person_share_a_place_in_the_round(client: FlaskClient) -> None:
    seen: list[Client] = []

    class Watching(FakeBackend):
        def ask(self, request: Request[Any]) -> Any:
            if request == LeaveQueue():
                seen.append(current_client())
            return super().ask(request)

    watched = create_app(Watching()).server.test_client()
    for page in ("page-1", "bad page", ""):
        watched.post("/_layerscope/leave", json={"page": page})
    assert seen == [Client("page-1", "page-1"), Client("127.0.0.1", ""), Client("127.0.0.1", "")]
