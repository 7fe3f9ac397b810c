"""Addresses where there is nothing answer 404 and name the address of the page."""

import pytest
from flask.testing import FlaskClient

from dashboard.factory import create_app
from tests.model_backend.fakes import FakeBackend

BROWSER = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture(params=["/", "/scope/"])
def prefix(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture()
def client(prefix: str) -> FlaskClient:
    return create_app(FakeBackend(), prefix=prefix).server.test_client()


@pytest.mark.parametrize("path", ["healthz", "health/", "foo/bar", "ready/now", "explore", "%00"])
def test_a_path_where_nothing_is_is_not_the_page(
    client: FlaskClient, prefix: str, path: str
) -> None:
    answer = client.get(prefix + path)
    assert answer.status_code == 404
    assert f"Layerscope is at {prefix}." in answer.get_json()["error"]
    assert "--url-prefix" in answer.get_json()["error"]


def test_the_page_and_the_health_checks_are_where_they_were(
    client: FlaskClient, prefix: str
) -> None:
    assert "react-entry-point" in client.get(prefix, headers=BROWSER).text
    assert client.get(f"{prefix}health").status_code == 200
    assert client.get(f"{prefix}_dash-layout").status_code == 200


def test_a_person_gets_a_page_with_the_way_to_layerscope() -> None:
    client = create_app(FakeBackend(), prefix="/scope/").server.test_client()
    for path in ("/", "/elsewhere/<b>", "/scope/nothing"):
        answer = client.get(path, headers=BROWSER)
        assert answer.status_code == 404
        assert '<a href="/scope/">' in answer.text and "<b>" not in answer.text


@pytest.mark.parametrize("path", ["nosuch/x.js", "dash/../../x", "dash/x.v1m1.js", "dash/%00.js"])
def test_a_file_that_dash_does_not_have_is_not_found(
    client: FlaskClient, prefix: str, path: str
) -> None:
    assert client.get(f"{prefix}_dash-component-suites/{path}").status_code == 404
