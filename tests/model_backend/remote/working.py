"""A worker on a thread of the test's own process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from model_backend import Backend, Broker, RemoteBackend, Worker
from tests.waiting import until


@contextmanager
def working(backend: Backend, url: str) -> Iterator[RemoteBackend]:
    """A backend that is reached through Redis only."""
    worker, remote = Worker(backend, Broker(url)), RemoteBackend(Broker(url))
    thread = threading.Thread(target=worker.run, daemon=True)
    thread.start()
    try:
        until(lambda: remote.roster.find(worker.name) is not None)
        yield remote
    finally:
        worker.stop()
        thread.join(timeout=30)
