"""The two addresses beside Dash's own, and the headers of every answer."""

import pytest
from flask.testing import FlaskClient

from dashboard.drawing.packing import pack_predictions
from dashboard.factory import create_app
from tests.model_backend.fakes import VOCABULARY, FakeBackend, make_inspection

ADDRESS, CELL = "/_layerscope/predictions/explore", "/_layerscope/cell/explore"


@pytest.fixture()
def client() -> FlaskClient:
    return create_app(FakeBackend()).server.test_client()


def test_predictions_are_those_of_the_request(client: FlaskClient) -> None:
    answer = client.post(ADDRESS, json={"model": "fake", "text": "one two"})
    assert answer.data == pack_predictions(make_inspection("one two"))


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"text": 1}', b'{"text": "", "model": "fake"}']
)
def test_a_malformed_request_gets_a_sentence(client: FlaskClient, body: bytes) -> None:
    for address in (ADDRESS, CELL):
        answer = client.post(address, data=body, content_type="application/json")
        assert answer.status_code == 400
        assert answer.get_json()["error"].endswith(".")


@pytest.mark.parametrize("row", ["a", None, []])
def test_a_cell_that_is_none_gets_a_sentence(client: FlaskClient, row: object) -> None:
    asked = {"model": "fake", "text": "one two", "row": row, "position": 0}
    answer = client.post(CELL, json=asked)
    assert answer.status_code == 400
    assert answer.get_json()["error"].endswith(".")


def test_token_texts_are_kept_by_the_browser(client: FlaskClient) -> None:
    answer = client.get("/_layerscope/vocabulary?model=fake&revision=1")
    assert answer.get_json() == list(VOCABULARY)
    assert "immutable" in answer.headers["Cache-Control"]


def test_every_answer_carries_the_policy(client: FlaskClient) -> None:
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "script-src 'self' 'sha256-" in policy
    assert "unsafe-eval" not in policy


@pytest.mark.parametrize("model", [["a"], None, 5])
def test_a_model_that_is_no_name_gets_a_sentence(client: FlaskClient, model: object) -> None:
    answer = client.post(ADDRESS, json={"model": model, "text": "a"})
    assert answer.status_code == 400


def test_token_texts_of_another_revision_are_not_kept(client: FlaskClient) -> None:
    answer = client.get("/_layerscope/vocabulary?model=fake&revision=zz")
    assert "immutable" not in answer.headers.get("Cache-Control", "")
