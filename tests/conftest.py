"""Fixtures for every test."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.shapes import decorate_shapes_only

SECONDS = 10
BROWSER = Path(__file__).parent / "browser"

settings.register_profile("no deadline", deadline=None)  # a busy machine is slow, not wrong
settings.load_profile("no deadline")
decorate_shapes_only()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of tests/browser, so that none can be forgotten."""
    for item in items:
        if BROWSER in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(autouse=True)
def loads_come_to_their_end() -> Iterator[None]:
    """transformers cannot make a model in the next test while one is still being made for this."""
    yield
    for thread in threading.enumerate():
        if thread.name.startswith("load "):
            thread.join(SECONDS)
