"""Models are loaded once, called off, evicted, while everybody else waits or is answered."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from model_backend import LoadingCancelled, ModelCard, ModelState, ModelUnavailable
from model_backend.models.catalogue import CatalogueEntry
from model_backend.models.loaded import Report
from model_backend.models.pool import FORKED, ModelPool
from tests.waiting import until

ENTRIES = [CatalogueEntry("one", "one"), CatalogueEntry("two", "two")]


@dataclass
class Book:
    card: ModelCard


class Loader:
    """Loads when its gate is open, and counts."""

    def __init__(self) -> None:
        self.loads: list[str] = []
        self.at_once = 0
        self.finished = 0
        self.gate = threading.Event()
        self.gate.set()
        self.error: Exception | None = None

    def __call__(self, entry: CatalogueEntry, report: Report) -> Book:
        self.loads.append(entry.name)
        self.at_once += 1
        try:
            report("half-way", 0.5)
            assert self.gate.wait(10)
            report("nearly there", 0.9)
            if self.error:
                raise self.error
            self.finished += 1
        finally:
            self.at_once -= 1
        return Book(ModelCard(entry.name, ModelState.READY))


@pytest.fixture
def loader() -> Loader:
    return Loader()


@pytest.fixture
def shelf(loader: Loader) -> ModelPool[Book]:
    return ModelPool(ENTRIES, loader)


def test_what_the_catalogue_notes_is_told_before_during_and_after_a_failed_load(
    loader: Loader,
) -> None:
    shelf = ModelPool([CatalogueEntry("one", "one", note="Good at sums")], loader)
    loader.error = ModelUnavailable("No room.")
    loader.gate.clear()
    notes = [shelf.cards()[0].note]
    shelf.load("one")
    notes.append(shelf.cards()[0].note)
    loader.gate.set()
    with pytest.raises(ModelUnavailable):
        shelf.take("one")
    until(lambda: shelf.cards()[0].state is ModelState.FAILED)
    assert [*notes, shelf.cards()[0].note] == ["Good at sums"] * 3


def test_eight_who_ask_at_once_cause_one_load(shelf: ModelPool[Book], loader: Loader) -> None:
    with ThreadPoolExecutor(8) as pool:
        books = list(pool.map(shelf.take, ["one"] * 8))
    assert loader.loads == ["one"]
    assert len(set(map(id, books))) == 1


def test_while_a_model_loads_the_cards_say_so_at_once(
    shelf: ModelPool[Book], loader: Loader
) -> None:
    loader.gate.clear()
    shelf.load("one")
    until(lambda: shelf.cards()[0].message == "half-way")
    first, second = shelf.cards()
    assert (first.state, first.progress) == (ModelState.LOADING, 0.5)
    assert second.state is ModelState.NOT_LOADED
    loader.gate.set()
    assert shelf.take("one").card.state is ModelState.READY


def test_a_cancelled_load_is_told_at_once_and_its_result_is_nobodys(
    shelf: ModelPool[Book], loader: Loader
) -> None:
    loader.gate.clear()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(shelf.take, "one")
        until(lambda: shelf.cards()[0].message == "half-way")
        shelf.cancel("one")
        with pytest.raises(LoadingCancelled, match="The loading of one was cancelled"):
            waiting.result(timeout=30)
    assert shelf.cards()[0].state is ModelState.NOT_LOADED
    loader.gate.set()
    until(lambda: loader.at_once == 0)
    assert shelf.cards()[0].state is ModelState.NOT_LOADED
    assert shelf.take("one").card.state is ModelState.READY
    assert loader.loads == ["one", "one"]


def test_a_cancelled_load_stops_at_its_next_report(shelf: ModelPool[Book], loader: Loader) -> None:
    loader.gate.clear()
    shelf.load("one")
    until(lambda: shelf.cards()[0].message == "half-way")
    shelf.cancel("one")
    loader.gate.set()
    until(lambda: loader.at_once == 0)
    assert loader.finished == 0


def test_what_is_ready_is_not_cancelled(shelf: ModelPool[Book], loader: Loader) -> None:
    book = shelf.take("one")
    shelf.cancel("one")
    assert shelf.take("one") is book


def test_the_model_used_longest_ago_is_evicted_first(shelf: ModelPool[Book]) -> None:
    for name in ("one", "two", "one"):
        shelf.take(name)
    assert (shelf.evict(), shelf.evict(), shelf.evict()) == ("two", "one", None)
    assert {card.state for card in shelf.cards()} == {ModelState.NOT_LOADED}


def test_an_evicted_model_is_loaded_again_when_it_is_asked_for(
    shelf: ModelPool[Book], loader: Loader
) -> None:
    shelf.take("one")
    shelf.evict()
    assert shelf.take("one").card.state is ModelState.READY
    assert loader.loads == ["one", "one"]


def test_eviction_waits_for_whoever_is_using_the_model(shelf: ModelPool[Book]) -> None:
    book = shelf.take("one")
    with ThreadPoolExecutor(1) as pool:
        evicted = pool.submit(shelf.evict)
        with pytest.raises(TimeoutError):
            evicted.result(timeout=0.2)
        del book
        assert evicted.result(timeout=30) == "one"


def test_a_failure_is_told_at_once_to_every_asker_and_load_tries_again(
    shelf: ModelPool[Book], loader: Loader
) -> None:
    loader.error = ModelUnavailable("broken")
    for _ in range(3):
        with pytest.raises(ModelUnavailable, match="broken"):
            shelf.take("one")
    assert loader.loads == ["one"]
    loader.error = None
    shelf.load("one")
    assert shelf.take("one").card.state is ModelState.READY


def test_an_error_told_many_times_does_not_grow(shelf: ModelPool[Book], loader: Loader) -> None:
    loader.error = ModelUnavailable("broken")
    depths = set()
    for _ in range(5):
        with pytest.raises(ModelUnavailable) as refusal:
            shelf.take("one")
        depths.add(len(refusal.traceback))
    assert len(depths) == 1


def test_an_error_of_any_kind_is_put_in_words(shelf: ModelPool[Book], loader: Loader) -> None:
    loader.error = ZeroDivisionError("division by zero\nsecond line")
    with pytest.raises(ModelUnavailable, match=r"one could not be loaded\. .*division by zero$"):
        shelf.take("one")
    assert shelf.cards()[0].state is ModelState.FAILED


def test_a_model_that_is_ready_is_not_loaded_again(shelf: ModelPool[Book], loader: Loader) -> None:
    shelf.take("one")
    shelf.load("one")
    assert shelf.take("one").card.name == "one"
    assert loader.loads == ["one"]
    assert [book.card.name for book in shelf.loaded()] == ["one"]


FORK = """
import os, sys
from model_backend import BackendError, LocalBackend

backend = LocalBackend()
if "ready" in sys.argv:
    backend.vocabulary("builtin")
if os.fork():
    sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))
print(backend.models()[0].state)
for ask in (backend.load, backend.vocabulary):
    try:
        ask("builtin")
    except BackendError as error:
        print(error)
sys.stdout.flush()
os._exit(0)
"""


def forked(*arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", FORK, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def test_a_fork_says_that_it_cannot_load_models_instead_of_waiting_for_ever() -> None:
    answer = forked()
    state, *sentences = answer.stdout.splitlines()
    assert state == "failed", answer.stderr
    assert sentences == [FORKED, FORKED]


@pytest.mark.slow
def test_a_fork_uses_a_model_that_was_ready_before() -> None:
    answer = forked("ready")
    assert answer.stdout.splitlines() == ["ready"], answer.stderr
