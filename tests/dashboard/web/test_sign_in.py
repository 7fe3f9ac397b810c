"""Without signing in nothing is answered and nothing is asked of the backend."""

import re
from argparse import Namespace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.security import generate_password_hash

from dashboard.factory import create_app
from dashboard.serving.options import read_options
from dashboard.web.access import Access, read_access, read_passwords
from dashboard.web.sign_in import Attempts
from model_backend import BackendError
from tests.model_backend.fakes import FakeBackend

HASH = generate_password_hash("open sesame", method="pbkdf2:sha256:1000")
ACCESS = Access({"alice": HASH}, metrics_token="a token")
SIGN_IN = "/_layerscope/sign-in"
FREE = {"/health", "/ready", SIGN_IN, "/_layerscope/sign-out"}


class Asked(FakeBackend):
    """Counts even what costs nothing."""

    def models(self) -> tuple:
        self.asked["models"] += 1
        return super().models()


@pytest.fixture()
def backend() -> Asked:
    return Asked()


@pytest.fixture()
def client(backend: Asked) -> FlaskClient:
    client = create_app(backend, ACCESS).server.test_client()
    backend.asked.clear()  # what was asked to lay the page out
    return client


def sign_in(client: FlaskClient, password: str = "open sesame", name: str = "alice") -> int:
    return client.post(SIGN_IN, data={"name": name, "password": password}).status_code


def every_address(client: FlaskClient) -> list[tuple[str, str]]:
    """Every route with every method, with something in the place of what may vary."""
    rules = client.application.url_map.iter_rules()
    return sorted(
        (method, re.sub(r"<[^>]*>", "x", rule.rule))
        for rule in rules
        for method in rule.methods or ()
        if method != "OPTIONS"
    )


def test_every_route_is_denied_to_whoever_has_not_signed_in(
    client: FlaskClient, backend: Asked
) -> None:
    addresses = every_address(client)
    assert len(addresses) > 15
    for method, address in addresses:
        if address not in FREE:
            answer = client.open(address, method=method, json={} if method == "POST" else None)
            assert answer.status_code == 401, (method, address)
    assert not backend.asked


def test_every_callback_is_denied_to_whoever_has_not_signed_in(backend: Asked) -> None:
    app = create_app(backend, ACCESS)
    client = app.server.test_client()
    app._setup_server()
    backend.asked.clear()  # what was asked to lay the page out
    outputs = list(app.callback_map)
    assert len(outputs) > 5
    body: dict = {"inputs": [], "state": [], "changedPropIds": []}
    for output in outputs:
        answer = client.post("/_dash-update-component", json={**body, "output": output})
        assert answer.status_code == 401, output
    assert not backend.asked


def test_a_person_comes_to_the_sign_in_page_and_from_there_in(client: FlaskClient) -> None:
    answer = client.get("/", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.location) == (303, SIGN_IN)
    assert b"<form" in client.get(SIGN_IN).data
    assert sign_in(client) == 303
    assert client.get("/").status_code == 200
    assert client.get("/_dash-layout").status_code == 200


def test_metrics_are_for_whoever_signed_in_or_has_the_token(client: FlaskClient) -> None:
    def status(token: str) -> int:
        return client.get("/metrics", headers={"Authorization": f"Bearer {token}"}).status_code

    assert (status("a token"), status("another"), status("")) == (200, 401, 401)
    sign_in(client)
    assert client.get("/metrics").status_code == 200


def test_whoever_signs_out_is_out(client: FlaskClient) -> None:
    sign_in(client)
    client.post("/_layerscope/sign-out", data={})
    assert client.get("/_dash-layout").status_code == 401


@pytest.mark.parametrize(("name", "password"), [("alice", "wrong"), ("bob", "open sesame")])
def test_a_wrong_name_or_password_gets_nowhere(
    client: FlaskClient, name: str, password: str
) -> None:
    assert sign_in(client, password, name) == 401
    assert client.get("/_dash-layout").status_code == 401


def test_attempts_are_limited_even_with_the_right_password_at_last(client: FlaskClient) -> None:
    statuses = [sign_in(client, f"wrong {number}") for number in range(9)]
    assert statuses == [401] * 8 + [429]
    answer = client.post(SIGN_IN, data={"name": "alice", "password": "open sesame"})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 300


def test_after_a_while_attempts_are_heard_again() -> None:
    now = [0.0]
    attempts = Attempts(most=2, within=60, clock=lambda: now[0])
    attempts.fail("a")
    now[0] = 20.0
    attempts.fail("a")
    assert attempts.seconds_to_wait("a", "b") == 40
    assert attempts.seconds_to_wait("b") == 0
    now[0] = 60.0
    assert attempts.seconds_to_wait("a") == 0


def test_a_session_is_worth_nothing_after_the_password_has_changed(backend: Asked) -> None:
    before = create_app(backend, ACCESS).server.test_client()
    sign_in(before)
    cookie = before.get_cookie("layerscope")
    assert cookie
    changed = Access({"alice": generate_password_hash("another")}, secret_key=ACCESS.secret_key)
    after = create_app(backend, changed).server.test_client()
    after.set_cookie("layerscope", cookie.value)
    assert after.get("/_dash-layout").status_code == 401


def test_the_cookie_is_kept_from_scripts_and_other_sites(client: FlaskClient) -> None:
    answer = client.post(
        SIGN_IN,
        data={"name": "alice", "password": "open sesame"},
        base_url="https://localhost",
    )
    cookie = answer.headers["Set-Cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=Strict", "Secure"))


def test_a_proxy_names_people_and_nobody_else_can() -> None:
    access = Access(user_header="X-User", proxies=("10.0.0.1",))
    client = create_app(FakeBackend(), access).server.test_client()

    def status(address: str, **headers: str) -> int:
        given = {"environ_base": {"REMOTE_ADDR": address}, "headers": headers}
        return client.get("/_dash-layout", **given).status_code

    assert status("10.0.0.1", **{"X-User": "alice"}) == 200
    assert status("::ffff:10.0.0.1", **{"X-User": "alice"}) == 200  # as a server on :: sees it
    assert status("10.0.0.1") == 401
    assert status("10.0.0.2", **{"X-User": "alice"}) == 401
    assert status("10.0.0.2", **{"X-User": "alice", "X-Forwarded-For": "10.0.0.1"}) == 401


def given(*arguments: str, monkeypatch: pytest.MonkeyPatch) -> Namespace:
    monkeypatch.setattr("sys.argv", ["app.py", *arguments])
    return read_options()


def test_a_header_without_a_proxy_is_refused_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BackendError, match="needs --trusted-proxy"):
        read_access(given("--user-header", "X-User", monkeypatch=monkeypatch))


def test_the_command_line_says_who_may_come_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "passwords").write_text(f"alice:{HASH}\n")
    monkeypatch.setenv("METRICS_TOKEN", "a token")
    options = given("--password-file", str(tmp_path / "passwords"), monkeypatch=monkeypatch)
    access = read_access(options)
    assert (access.passwords, access.metrics_token) == ({"alice": HASH}, "a token")
    assert not access.is_open
    assert read_access(given(monkeypatch=monkeypatch)).is_open


def test_the_file_holds_hashes_and_no_passwords(tmp_path: Path) -> None:
    path = tmp_path / "passwords"
    path.write_text(f"# who may come in\nalice:{HASH}\n\n")
    assert read_passwords(path) == {"alice": HASH}


@pytest.mark.parametrize("content", ["", "# nobody\n", "alice:open sesame\n", ":x\n", "alice\n"])
def test_a_file_that_would_let_nobody_in_or_holds_a_password_is_refused(
    tmp_path: Path, content: str
) -> None:
    path = tmp_path / "passwords"
    path.write_text(content)
    with pytest.raises(BackendError, match=r"password file|not name:hash") as refused:
        read_passwords(path)
    assert "sesame" not in str(refused.value)
