"""A dashboard on a real server, of a backend without a model."""

import threading
from collections.abc import Iterator

import pytest
from werkzeug.serving import make_server

from dashboard.factory import create_app
from model_backend import CachedBackend, make_store
from tests.model_backend.fakes import FakeBackend


@pytest.fixture()
def fake() -> FakeBackend:
    return FakeBackend()


@pytest.fixture()
def address(fake: FakeBackend) -> Iterator[str]:
    app = create_app(CachedBackend(fake, make_store()))
    server = make_server("127.0.0.1", 0, app.server, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    server.server_close()
