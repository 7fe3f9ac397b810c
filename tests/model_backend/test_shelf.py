"""Models are loaded once, one after the other, while everybody else waits or is answered."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from model_backend import ModelCard, ModelState, ModelUnavailable
from model_backend.catalogue import CatalogueEntry
from model_backend.shelf import Shelf

ENTRIES = [CatalogueEntry("one", "one"), CatalogueEntry("two", "two")]


@dataclass
class Book:
    card: ModelCard


class Loader:
    """Loads when its gate is open, and counts."""

    def __init__(self) -> None:
        self.loads: list[str] = []
        self.at_once = 0
        self.most_at_once = 0
        self.gate = threading.Event()
        self.gate.set()
        self.error: Exception | None = None

    def __call__(self, entry: CatalogueEntry, report: Callable[[str], None]) -> Book:
        self.loads.append(entry.name)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        report("half-way")
        assert self.gate.wait(10)
        time.sleep(0.02)
        self.at_once -= 1
        if self.error:
            raise self.error
        return Book(ModelCard(entry.name, ModelState.READY))


@pytest.fixture
def loader() -> Loader:
    return Loader()


@pytest.fixture
def shelf(loader: Loader) -> Shelf[Book]:
    return Shelf(ENTRIES, loader)


def test_eight_who_ask_at_once_cause_one_load(shelf: Shelf[Book], loader: Loader) -> None:
    with ThreadPoolExecutor(8) as pool:
        books = list(pool.map(shelf.take, ["one"] * 8))
    assert loader.loads == ["one"]
    assert len(set(map(id, books))) == 1


def test_two_models_are_loaded_one_after_the_other(shelf: Shelf[Book], loader: Loader) -> None:
    shelf.load("one")
    shelf.load("two")
    assert [shelf.take(name).card.name for name in ("two", "one")] == ["two", "one"]
    assert loader.most_at_once == 1


def test_while_a_model_loads_the_cards_say_so_at_once(shelf: Shelf[Book], loader: Loader) -> None:
    loader.gate.clear()
    shelf.load("one")
    while shelf.cards()[0].message != "half-way":
        time.sleep(0.01)
    shelf.load("two")
    first, second = shelf.cards()
    assert (first.state, first.message) == (ModelState.LOADING, "half-way")
    assert (second.state, second.message) == (ModelState.LOADING, "waiting to load")
    loader.gate.set()
    assert shelf.take("two").card.state is ModelState.READY


def test_a_failure_is_told_at_once_to_every_asker_and_load_tries_again(
    shelf: Shelf[Book], loader: Loader
) -> None:
    loader.error = ModelUnavailable("broken")
    for _ in range(3):
        with pytest.raises(ModelUnavailable, match="broken"):
            shelf.take("one")
    assert loader.loads == ["one"]
    loader.error = None
    shelf.load("one")
    assert shelf.take("one").card.state is ModelState.READY


def test_an_error_told_many_times_does_not_grow(shelf: Shelf[Book], loader: Loader) -> None:
    loader.error = ModelUnavailable("broken")
    depths = set()
    for _ in range(5):
        with pytest.raises(ModelUnavailable) as refusal:
            shelf.take("one")
        depths.add(len(refusal.traceback))
    assert len(depths) == 1


def test_an_error_of_any_kind_is_put_in_words(shelf: Shelf[Book], loader: Loader) -> None:
    loader.error = ZeroDivisionError("division by zero\nsecond line")
    with pytest.raises(ModelUnavailable, match=r"one could not be loaded\. .*division by zero$"):
        shelf.take("one")
    assert shelf.cards()[0].state is ModelState.FAILED


def test_a_model_that_is_ready_is_not_loaded_again(shelf: Shelf[Book], loader: Loader) -> None:
    shelf.take("one")
    shelf.load("one")
    assert shelf.take("one").card.name == "one"
    assert loader.loads == ["one"]
    assert [book.card.name for book in shelf.loaded()] == ["one"]
