"""Workers behind a real Redis, on threads of the test's own process."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from model_backend import Backend, RemoteBackend
from tests.model_backend.remote.working import working
from tests.redis_server import RedisServer

Join = Callable[[Backend], RemoteBackend]


@pytest.fixture()
def join(redis: RedisServer) -> Iterator[Join]:
    """Puts a backend behind a worker; earlier messages and records are gone."""
    redis.client.flushall()
    with ExitStack() as stack:
        yield lambda backend: stack.enter_context(working(backend, redis.url))
