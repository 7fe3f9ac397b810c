"""What was computed once is not computed again, and what is being computed is waited for."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model_backend import (
    BackendError,
    BadRequest,
    CachedBackend,
    CalledOff,
    CellDetail,
    CellRequest,
    Client,
    InspectRequest,
    Measure,
    UnknownModel,
    make_store,
)
from model_backend.api.clients import as_client
from model_backend.sharing.codec import encode
from model_backend.sharing.fault_tolerant_store import FaultTolerantStore
from model_backend.sharing.single_flight import SingleFlight
from model_backend.sharing.stores import MemoryStore
from tests.model_backend.fakes import VOCABULARY, BrokenStore, FakeBackend
from tests.model_backend.sharing.test_codec import assert_same
from tests.waiting import until

REQUEST = InspectRequest("fake", "one two three")
CELL = CellRequest("fake", "one two three", 1, 2)


@pytest.fixture
def fake() -> FakeBackend:
    return FakeBackend()


@pytest.fixture
def cached(fake: FakeBackend) -> CachedBackend:
    return CachedBackend(fake, MemoryStore())


def eight(question: Callable[[], Any]) -> list[Any]:
    """The answers to a question asked eight times at once; errors count, who hangs does not."""
    barrier = threading.Barrier(8)
    answers: list[Any] = []

    def ask() -> None:
        barrier.wait()
        try:
            answers.append(question())
        except BaseException as error:
            answers.append(error)

    threads = [threading.Thread(target=ask, daemon=True) for _ in range(8)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 30
    for thread in threads:
        thread.join(timeout=max(0.0, deadline - time.monotonic()))
    return answers


def open_for_eight(fake: FakeBackend, cached: CachedBackend) -> None:
    """Let the backend answer only when eight wait, or when ten seconds have passed."""
    fake.gate.clear()

    def wait() -> None:
        with suppress(AssertionError):
            until(lambda: cached.counts().waiting == 8, 10)
        fake.gate.set()

    threading.Thread(target=wait).start()


def test_an_equal_request_is_computed_once(cached: CachedBackend, fake: FakeBackend) -> None:
    first, second = cached.inspect(REQUEST), cached.inspect(REQUEST)
    assert_same(second, first)
    cell, same_cell = cached.cell(CELL), cached.cell(CELL)
    assert_same(same_cell, cell)
    assert fake.asked == {"inspect": 1, "cell": 1}


def test_another_text_model_option_or_cell_is_another_request(
    cached: CachedBackend, fake: FakeBackend
) -> None:
    cached.inspect(REQUEST)
    cached.inspect(InspectRequest("fake", "one two three "))
    cached.inspect(InspectRequest("fake", "one two three", special_tokens=False))
    cached.cell(CELL)
    cached.cell(CellRequest("fake", "one two three", 2, 1))
    assert fake.asked == {"inspect": 3, "cell": 2}


def test_a_new_revision_of_a_model_is_computed_anew(
    cached: CachedBackend, fake: FakeBackend
) -> None:
    cached.inspect(REQUEST)
    fake.revision = "2"
    cached.inspect(REQUEST)
    assert fake.asked["inspect"] == 2


def test_eight_askers_of_one_key_cause_one_computation(
    cached: CachedBackend, fake: FakeBackend
) -> None:
    open_for_eight(fake, cached)
    results = eight(lambda: cached.inspect(REQUEST))
    assert (fake.asked["inspect"], len(results)) == (1, 8)
    for result in results:
        np.testing.assert_array_equal(
            result.grids[Measure.LENS_ENTROPY].values,
            results[0].grids[Measure.LENS_ENTROPY].values,
        )


def test_eight_askers_of_one_key_cause_one_computation_also_without_a_store(
    fake: FakeBackend,
) -> None:
    cached = CachedBackend(fake, MemoryStore(byte_budget=0))
    open_for_eight(fake, cached)
    eight(lambda: cached.inspect(REQUEST))
    assert fake.asked["inspect"] == 1


def test_different_keys_are_computed_at_the_same_time(
    cached: CachedBackend, fake: FakeBackend
) -> None:
    fake.gate.clear()
    requests = [InspectRequest("fake", "word " * number) for number in range(1, 5)]
    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(cached.inspect, request) for request in requests]
        with suppress(AssertionError):  # fewer are counted below, with the gate open
            until(lambda: fake.asked["inspect"] == 4)
        running = fake.asked["inspect"]
        fake.gate.set()
        assert [len(future.result().token_ids) for future in futures] == [1, 2, 3, 4]
    assert running == 4


def test_one_key_answers_while_another_is_still_being_computed(
    cached: CachedBackend, fake: FakeBackend
) -> None:
    cached.inspect(REQUEST)
    fake.gate.clear()
    slow = threading.Thread(target=cached.inspect, args=(InspectRequest("fake", "slow"),))
    slow.start()
    assert cached.inspect(REQUEST).model == "fake"
    assert slow.is_alive()
    fake.gate.set()
    slow.join(timeout=30)


def test_an_error_reaches_all_who_wait_and_is_not_kept(
    cached: CachedBackend, fake: FakeBackend
) -> None:
    open_for_eight(fake, cached)
    fake.error = BadRequest("too strange")
    assert {str(error) for error in eight(lambda: cached.inspect(REQUEST))} == {"too strange"}
    assert fake.asked["inspect"] == 1
    fake.error = None
    assert cached.inspect(REQUEST).model == "fake"


def test_who_waits_for_one_that_is_stopped_is_told_so_and_does_not_hang(
    cached: CachedBackend, fake: FakeBackend
) -> None:
    open_for_eight(fake, cached)
    fake.error = SystemExit()
    answers = eight(lambda: cached.inspect(REQUEST))
    assert sorted(type(answer).__name__ for answer in answers) == ["BackendError"] * 7 + [
        "SystemExit"
    ]


def test_who_gives_up_is_told_at_once_while_another_goes_on_waiting() -> None:
    flights, gate, told = SingleFlight(), threading.Event(), list[str]()
    clients: list[list[Client]] = []

    def compute(those: list[Client]) -> str:
        clients.append(those)
        gate.wait(30)
        return "the answer"

    def ask(page: str) -> None:
        with as_client(Client(page=page)):
            try:
                told.append(f"{page}: {flights.run('key', compute)}")
            except CalledOff:
                told.append(f"{page}: called off")

    pages = [threading.Thread(target=ask, args=(page,)) for page in ("first", "second")]
    pages[0].start()
    until(lambda: len(clients) == 1)
    pages[1].start()
    until(lambda: len(flights) == 2)
    clients[0].remove(Client(page="second"))
    until(lambda: told == ["second: called off"])
    gate.set()
    until(lambda: told == ["second: called off", "first: the answer"])


def test_who_came_after_a_computation_was_called_off_has_it_computed() -> None:
    flights, gate, told = SingleFlight(), threading.Event(), list[str]()
    runs = 0

    def compute(_: list[Client]) -> str:
        nonlocal runs
        runs += 1
        if runs == 1:
            gate.wait(30)
            raise CalledOff("nobody waits")
        return "the answer"

    def ask() -> None:
        with suppress(CalledOff):
            told.append(flights.run("key", compute))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    threads[0].start()
    until(lambda: runs == 1)
    threads[1].start()
    until(lambda: len(flights) == 2)
    gate.set()
    for thread in threads:
        thread.join(30)
    assert told == ["the answer"] and len(flights) == 0


def test_a_flight_leaves_nothing_behind() -> None:
    flights = SingleFlight()
    assert flights.run("key", lambda _: 1) == 1
    with pytest.raises(BackendError):
        flights.run("key", lambda _: (_ for _ in ()).throw(BackendError("no")))
    assert not flights._flights


@pytest.mark.parametrize("value", [b"", b"garbage", bytes(1000)])
def test_garbage_in_the_store_is_a_miss_and_is_replaced(fake: FakeBackend, value: bytes) -> None:
    store = MemoryStore()
    cached = CachedBackend(fake, store)
    store.set(cached.key_of(REQUEST), value)
    cached.inspect(REQUEST)
    cached.inspect(REQUEST)
    assert fake.asked["inspect"] == 1


def test_a_cell_in_the_place_of_an_inspection_is_a_miss(fake: FakeBackend) -> None:
    store = MemoryStore()
    cached = CachedBackend(fake, store)
    key = cached.key_of(REQUEST)
    store.set(key, encode(key, CellDetail, fake.cell(CELL)))
    assert cached.inspect(REQUEST).model == "fake"


def test_whoever_asks_again_gets_the_same_object(cached: CachedBackend, fake: FakeBackend) -> None:
    cached.inspect(REQUEST)
    again = cached.inspect(REQUEST)
    assert cached.inspect(REQUEST) is again
    fake.revision = "2"
    assert cached.inspect(REQUEST) is not again


def test_a_store_that_fails_costs_a_computation_and_nothing_else(fake: FakeBackend) -> None:
    cached = CachedBackend(fake, FaultTolerantStore(BrokenStore()))
    for _ in range(3):
        assert cached.inspect(REQUEST).model == "fake"
    assert fake.asked["inspect"] == 3


def test_a_result_that_cannot_be_written_down_is_still_an_answer() -> None:
    not_unicode = "\ud800"
    cached = CachedBackend(FakeBackend(not_unicode), MemoryStore())
    assert cached.inspect(InspectRequest(not_unicode, "one two")).model == not_unicode


def test_results_in_a_folder_outlive_the_process(tmp_path: Path) -> None:
    first, second = FakeBackend(), FakeBackend()
    CachedBackend(first, make_store(str(tmp_path))).inspect(REQUEST)
    CachedBackend(second, make_store(str(tmp_path))).inspect(REQUEST)
    assert (first.asked["inspect"], second.asked["inspect"]) == (1, 0)


def test_the_vocabulary_is_asked_for_once_per_revision(
    cached: CachedBackend, fake: FakeBackend
) -> None:
    assert cached.vocabulary("fake") == VOCABULARY
    assert cached.vocabulary("fake") is cached.vocabulary("fake")
    assert fake.asked["vocabulary"] == 1
    fake.revision = "2"
    cached.vocabulary("fake")
    assert fake.asked["vocabulary"] == 2


def test_models_and_load_pass_through(cached: CachedBackend, fake: FakeBackend) -> None:
    cached.load("fake")
    assert cached.models() == fake.models()
    assert fake.asked == {"load": 1}


def test_an_unknown_model_is_the_backends_to_refuse(cached: CachedBackend) -> None:
    with pytest.raises(UnknownModel):
        cached.inspect(InspectRequest("nobody", "one"))


def test_a_warm_answer_takes_a_millisecond_or_so(cached: CachedBackend) -> None:
    request = InspectRequest("fake", "word " * 64)
    cached.inspect(request)
    seconds = []
    for _ in range(50):
        begun = time.thread_time()
        cached.inspect(request)
        seconds.append(time.thread_time() - begun)
    assert min(seconds) < 0.005
