"""What holds for every test."""

import threading
from collections.abc import Iterator

import pytest

SECONDS = 10


@pytest.fixture(autouse=True)
def loads_come_to_their_end() -> Iterator[None]:
    """transformers cannot make a model in the next test while one is still being made for this."""
    yield
    for thread in threading.enumerate():
        if thread.name.startswith("load "):
            thread.join(SECONDS)
