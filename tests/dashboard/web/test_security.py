"""Requests that another site's page could send are refused; every response has its headers."""

import json

import pytest
from flask.testing import FlaskClient

from dashboard.factory import create_app
from dashboard.web.access import Access
from dashboard.web.security import MAX_REQUEST_BYTES, NOT_OURS
from model_backend import LocalBackend, ModelState
from tests.model_backend.fakes import FakeBackend

PREDICTIONS = "/_layerscope/predictions/explore"
ASKED = {"model": "fake", "text": "one two", "special_tokens": True}


@pytest.fixture()
def client() -> FlaskClient:
    return create_app(FakeBackend(), Access(hosts=("scope.example",))).server.test_client()


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8050", 200),
        ("127.0.0.1:8050", 200),
        ("[::1]:8050", 200),
        ("192.168.1.7", 200),
        ("scope.example", 200),
        ("SCOPE.example:443", 200),
        ("evil.example", 403),
        ("localhost.evil.example", 403),
        ("127.0.0.1.evil.example", 403),
    ],
)
def test_a_name_that_was_only_made_to_lead_here_is_refused(
    client: FlaskClient, host: str, status: int
) -> None:
    assert client.get("/", headers={"Host": host}).status_code == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://localhost"}, 200),
        ({"Origin": "https://localhost", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "http://localhost:9999"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
    ],
)
def test_a_request_from_another_sites_page_is_refused(
    client: FlaskClient, headers: dict[str, str], status: int
) -> None:
    answer = client.post(PREDICTIONS, json=ASKED, headers=headers)
    assert answer.status_code == status
    assert (b"--trusted-proxy" in answer.data) == (status == 403)  # it may come through one's own


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_what_a_form_could_send_is_refused(client: FlaskClient, kind: str) -> None:
    for address in (PREDICTIONS, "/_dash-update-component"):
        assert client.post(address, data=b"{}", content_type=kind).status_code == 415


DEEP = b'{"a":' * 100_000 + b"1" + b"}" * 100_000


@pytest.mark.parametrize("body", [DEEP, b"[" * 100_000, b"{", b"\xff\xfe\x00", b""])
def test_json_that_cannot_be_read_is_refused_in_a_sentence(
    client: FlaskClient, body: bytes
) -> None:
    for address in (PREDICTIONS, "/_dash-update-component"):
        answer = client.post(address, data=body, content_type="application/json")
        assert answer.status_code == 400
        assert answer.get_json()["error"].endswith(".")


@pytest.mark.parametrize(
    "asked",
    [
        None,
        [],
        {},
        {"output": 3},
        {"output": ["a"]},
        {"output": "nothing.data"},
        {"output": "explore-request.data", "outputs": {"id": "a", "property": "b"}, "inputs": []},
    ],
)
def test_a_callback_that_this_server_has_not_is_refused_in_a_sentence(
    client: FlaskClient, asked: object
) -> None:
    body = {"data": json.dumps(asked), "content_type": "application/json"}
    answer = client.post("/_dash-update-component", **body)
    assert (answer.status_code, answer.get_json()) == (400, {"error": NOT_OURS})


def test_a_request_that_is_too_large_is_refused_with_the_limit(client: FlaskClient) -> None:
    answer = client.post(PREDICTIONS, json={"text": "a" * MAX_REQUEST_BYTES})
    assert answer.status_code == 413
    assert answer.get_json() == {"error": "The request is larger than 14 MB."}


@pytest.mark.parametrize("model", ["/etc", "../builtin", "org/other", "file:///etc/passwd", ""])
def test_a_model_that_is_not_in_the_catalogue_is_refused_and_never_looked_for(model: str) -> None:
    backend = LocalBackend()
    client = create_app(backend).server.test_client()
    answer = client.post(PREDICTIONS, json={**ASKED, "model": model})
    assert answer.status_code == 404
    assert answer.get_json()["error"].startswith(f"There is no model {model!r} here.")
    assert [card.state for card in backend.models()] == [ModelState.NOT_LOADED]


def test_every_answer_has_its_headers_refusals_too(client: FlaskClient) -> None:
    for answer in (client.get("/"), client.get("/", headers={"Host": "evil.example"})):
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"


def test_the_page_can_lie_below_a_prefix() -> None:
    client = create_app(FakeBackend(), prefix="/scope/").server.test_client()
    assert client.get("/scope/").status_code == 200
    assert client.get("/").status_code == 404
    assert client.post(f"/scope{PREDICTIONS}", json=ASKED).status_code == 200
