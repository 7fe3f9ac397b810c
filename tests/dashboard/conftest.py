"""The page over a backend that counts what it is asked."""

import pytest
from flask.testing import FlaskClient

from dashboard.factory import create_app
from model_backend import CachedBackend, FileBackend, make_store
from tests.model_backend.fakes import FakeBackend


@pytest.fixture()
def backend() -> FakeBackend:
    return FakeBackend()


@pytest.fixture()
def client(backend: FakeBackend) -> FlaskClient:
    return create_app(FileBackend(CachedBackend(backend, make_store()))).server.test_client()
