"""Models are loaded once, cancelled and evicted while other callers wait or get answers."""

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
    """Counts loads, each of which waits until the gate is open."""

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
def models(loader: Loader) -> ModelPool[Book]:
    return ModelPool(ENTRIES, loader)


def test_a_card_has_the_catalogues_note_before_during_and_after_a_failed_load(
    loader: Loader,
) -> None:
    models = ModelPool([CatalogueEntry("one", "one", note="Good at sums")], loader)
    loader.error = ModelUnavailable("No room.")
    loader.gate.clear()
    notes = [models.cards()[0].note]
    models.load("one")
    notes.append(models.cards()[0].note)
    loader.gate.set()
    with pytest.raises(ModelUnavailable):
        models.take("one")
    until(lambda: models.cards()[0].state is ModelState.FAILED)
    assert [*notes, models.cards()[0].note] == ["Good at sums"] * 3


def test_eight_callers_at_once_cause_one_load(models: ModelPool[Book], loader: Loader) -> None:
    with ThreadPoolExecutor(8) as threads:
        books = list(threads.map(models.take, ["one"] * 8))
    assert loader.loads == ["one"]
    assert len(set(map(id, books))) == 1


def test_cards_show_a_running_load_at_once(models: ModelPool[Book], loader: Loader) -> None:
    loader.gate.clear()
    models.load("one")
    until(lambda: models.cards()[0].message == "half-way")
    first, second = models.cards()
    assert (first.state, first.progress) == (ModelState.LOADING, 0.5)
    assert second.state is ModelState.NOT_LOADED
    loader.gate.set()
    assert models.take("one").card.state is ModelState.READY


def test_a_cancelled_load_ends_waiting_at_once_and_its_result_is_discarded(
    models: ModelPool[Book], loader: Loader
) -> None:
    loader.gate.clear()
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(models.take, "one")
        until(lambda: models.cards()[0].message == "half-way")
        models.cancel("one")
        with pytest.raises(LoadingCancelled, match="The loading of one was cancelled"):
            waiting.result(timeout=30)
    assert models.cards()[0].state is ModelState.NOT_LOADED
    loader.gate.set()
    until(lambda: loader.at_once == 0)
    assert models.cards()[0].state is ModelState.NOT_LOADED
    assert models.take("one").card.state is ModelState.READY
    assert loader.loads == ["one", "one"]


def test_a_cancelled_load_stops_at_its_next_report(models: ModelPool[Book], loader: Loader) -> None:
    loader.gate.clear()
    models.load("one")
    until(lambda: models.cards()[0].message == "half-way")
    models.cancel("one")
    loader.gate.set()
    until(lambda: loader.at_once == 0)
    assert loader.finished == 0


def test_a_loaded_model_is_not_cancelled(models: ModelPool[Book], loader: Loader) -> None:
    book = models.take("one")
    models.cancel("one")
    assert models.take("one") is book


def test_the_least_recently_used_model_is_evicted_first(models: ModelPool[Book]) -> None:
    for name in ("one", "two", "one"):
        models.take(name)
    assert (models.evict(), models.evict(), models.evict()) == ("two", "one", None)
    assert {card.state for card in models.cards()} == {ModelState.NOT_LOADED}


def test_an_evicted_model_is_loaded_again_on_use(models: ModelPool[Book], loader: Loader) -> None:
    models.take("one")
    models.evict()
    assert models.take("one").card.state is ModelState.READY
    assert loader.loads == ["one", "one"]


def test_eviction_waits_for_users_of_the_model(models: ModelPool[Book]) -> None:
    book = models.take("one")
    with ThreadPoolExecutor(1) as threads:
        evicted = threads.submit(models.evict)
        with pytest.raises(TimeoutError):
            evicted.result(timeout=0.2)
        del book
        assert evicted.result(timeout=30) == "one"


def test_a_failure_is_raised_for_every_caller_and_load_tries_again(
    models: ModelPool[Book], loader: Loader
) -> None:
    loader.error = ModelUnavailable("broken")
    for _ in range(3):
        with pytest.raises(ModelUnavailable, match="broken"):
            models.take("one")
    assert loader.loads == ["one"]
    loader.error = None
    models.load("one")
    assert models.take("one").card.state is ModelState.READY


def test_an_error_raised_many_times_does_not_collect_tracebacks(
    models: ModelPool[Book], loader: Loader
) -> None:
    loader.error = ModelUnavailable("broken")
    depths = set()
    for _ in range(5):
        with pytest.raises(ModelUnavailable) as refusal:
            models.take("one")
        depths.add(len(refusal.traceback))
    assert len(depths) == 1


def test_an_unexpected_error_becomes_a_sentence(models: ModelPool[Book], loader: Loader) -> None:
    loader.error = ZeroDivisionError("division by zero\nsecond line")
    with pytest.raises(ModelUnavailable, match=r"one could not be loaded\. .*division by zero$"):
        models.take("one")
    assert models.cards()[0].state is ModelState.FAILED


def test_a_loaded_model_is_not_loaded_again(models: ModelPool[Book], loader: Loader) -> None:
    models.take("one")
    models.load("one")
    assert models.take("one").card.name == "one"
    assert loader.loads == ["one"]
    assert [book.card.name for book in models.loaded()] == ["one"]


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
