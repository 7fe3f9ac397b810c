"""Fixtures for tests of several packages of the backend."""

from collections.abc import Iterator

import pytest
from threadpoolctl import threadpool_limits

from tests.redis_server import RedisServer, redis_server


@pytest.fixture(scope="module")
def one_blas_thread() -> Iterator[None]:
    """Limit BLAS to one thread, as studies do, because threads slow small matrix products."""
    with threadpool_limits(1, "blas"):
        yield


@pytest.fixture(scope="session")
def redis() -> Iterator[RedisServer]:
    """A real Redis, for all tests of a process."""
    with redis_server() as server:
        yield server
