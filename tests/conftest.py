"""What holds for every test."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

SECONDS = 10
BROWSER = Path(__file__).parent / "browser"


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of two processes one has all tests of the browser: two browsers would share the cores."""
    for item in items:
        if item.path.is_relative_to(BROWSER):
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(autouse=True)
def loads_come_to_their_end() -> Iterator[None]:
    """transformers cannot make a model in the next test while one is still being made for this."""
    yield
    for thread in threading.enumerate():
        if thread.name.startswith("load "):
            thread.join(SECONDS)
