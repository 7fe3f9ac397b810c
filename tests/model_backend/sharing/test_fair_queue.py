"""FairLock are fair, the line has an end, and what nobody waits for any more is not computed."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from model_backend import (
    Busy,
    CachedBackend,
    CalledOff,
    Client,
    FairQueue,
    InspectRequest,
    make_store,
)
from model_backend.api.clients import InProgress, current_client, set_client
from model_backend.sharing.fair_queue import SILENCE
from model_backend.sharing.progress import begin_part, stepper
from tests.model_backend.fakes import FakeBackend
from tests.waiting import until


class Office:
    """People before one counter that serves nobody until it opens; keeps the order of turns."""

    def __init__(self, **settings: int) -> None:
        self.now = 0.0
        self.lines = FairQueue(clock=lambda: self.now, **settings)
        self.served: list[str] = []
        self.refused: list[Exception] = []
        self.threads: list[threading.Thread] = []

    @contextmanager
    def closed(self) -> Iterator[None]:
        """While it lasts, somebody is being served."""
        with self.lines.turn("model", [Client("first")]):
            yield
        for thread in self.threads:
            thread.join(10)

    def come(self, user: str, what: str, page: str = "") -> list[Client]:
        """Somebody joins the line, and stands in it when this returns."""
        clients = [Client(user, page)]
        before = self.standing()
        thread = threading.Thread(target=self._wait, args=(clients, what))
        self.threads.append(thread)
        thread.start()
        until(lambda: self.standing() > before or not thread.is_alive())
        return clients

    def standing(self) -> int:
        return len(self.lines._queues["model"]) if self.lines._queues else 0

    def _wait(self, clients: list[Client], what: str) -> None:
        try:
            with self.lines.turn("model", clients):
                self.served.append(what)
        except (Busy, CalledOff) as error:
            self.refused.append(error)


def test_one_person_with_many_questions_does_not_keep_others_waiting() -> None:
    office = Office()
    with office.closed():
        for what in ("a1", "a2", "a3"):
            office.come("alice", what)
        office.come("bob", "b1")
        office.come("carol", "c1")
        office.come("bob", "b2")
    assert office.served == ["a1", "b1", "c1", "a2", "b2", "a3"]


def test_a_page_is_told_how_many_are_ahead_and_how_long_it_takes() -> None:
    office = Office()
    with office.closed():
        office.come("alice", "a1", "page a")
        office.come("alice", "a2", "page a2")
        office.come("bob", "b1", "page b")
        ahead = {page: office.lines.waiting(page) for page in ("page a", "page b", "page a2")}
        assert [place.ahead for place in ahead.values() if place] == [1, 2, 3]
        assert [place.seconds for place in ahead.values() if place] == [2.0, 3.0, 4.0]
        assert office.lines.waiting("page of somebody else") is None
    assert office.lines.waiting("page a") is None


def test_how_long_it_takes_is_learned() -> None:
    office = Office()
    for _ in range(20):
        with office.lines.turn("model", [Client("alice")]):
            office.now += 3.0
    with office.closed():
        office.come("bob", "b", "page")
        office.now += 1.0
        place = office.lines.waiting("page")
        assert place is not None
        assert place.seconds == pytest.approx(2 + 3, abs=0.1)


def test_a_full_line_refuses_at_once_and_says_when_to_try_again() -> None:
    office = Office(length=4)
    with office.closed():
        for number in range(6):
            office.come(f"user {number}", f"{number}")
    assert office.served == ["0", "1", "2", "3"]
    assert {str(error) for error in office.refused} == {
        "Busy: 4 requests are waiting already. Your text is kept; try again in 4 s."
    }
    assert office.lines.refused == 2


def test_one_person_cannot_fill_the_line() -> None:
    office = Office(length=40)
    with office.closed():
        for number in range(7):
            office.come("alice", f"a{number}")
        office.come("bob", "b")
    assert len(office.served) == 6
    assert "5 requests of yours" in str(office.refused[0])


def test_what_a_closed_page_waited_for_is_dropped() -> None:
    office = Office()
    with office.closed():
        office.come("alice", "a", "page a")
        office.come("bob", "b", "page b")
        office.lines.leave("page a")
        until(lambda: len(office.refused) == 1)
    assert office.served == ["b"]
    assert (type(office.refused[0]), office.lines.dropped) == (CalledOff, 1)


def test_what_another_page_waits_for_too_is_kept() -> None:
    office = Office()
    with office.closed():
        clients = office.come("alice", "a", "page a")
        clients.append(Client("bob", "page b"))
        office.lines.leave("page a")
    assert office.served == ["a"]


def test_what_runs_is_told_to_its_page_and_stops_when_the_page_gives_up() -> None:
    office = Office()
    with (
        pytest.raises(CalledOff),
        office.lines.turn("model", [Client("alice", "page a")]),
    ):
        begin_part("Running", 0.0, 1.0)
        stepper()(0.5)
        office.now = 8.0
        assert office.lines.in_progress("page b") is None
        assert office.lines.in_progress("page a") == InProgress("Running", 0.5, 8.0, 8.0)
        office.lines.leave("page b")
        stepper()(0.6)
        office.lines.leave("page a")
        stepper()(0.7)
    assert office.lines.in_progress("page a") is None


def test_a_page_that_falls_silent_is_taken_for_closed_and_a_program_is_not() -> None:
    office = Office()
    with office.closed():
        office.come("alice", "a", "page a")
        office.come("bob", "b", "page b")
        office.come("carol", "c")
        office.now += SILENCE + 1
        office.lines.waiting("page b")
        until(lambda: len(office.refused) == 1)
    assert office.served == ["b", "c"]


def test_models_have_lines_of_their_own() -> None:
    lines, served = FairQueue(), list[str]()

    def take(name: str) -> None:
        with lines.turn(name, [Client("alice")]):
            served.append(name)

    with lines.turn("one", [Client("alice")]):
        for name in ("one", "two"):
            threading.Thread(target=take, args=(name,)).start()
        until(lambda: served == ["two"])
    until(lambda: served == ["two", "one"])


def test_a_computation_that_fails_gives_its_turn_back() -> None:
    lines = FairQueue()
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), lines.turn("model", [Client()]):
            raise ZeroDivisionError


def test_what_is_in_the_cache_waits_for_nobody() -> None:
    fake = FakeBackend()
    cached = CachedBackend(fake, make_store(), FairQueue(at_once=1))
    cached.inspect(InspectRequest("fake", "known"))
    fake.gate.clear()
    slow = threading.Thread(target=cached.inspect, args=(InspectRequest("fake", "slow"),))
    slow.start()
    until(lambda: fake.asked["inspect"] == 2)
    assert cached.inspect(InspectRequest("fake", "known")).model == "fake"
    assert cached.counts().waiting == 1
    fake.gate.set()
    slow.join(30)
    counts = cached.counts()
    assert (counts.computations, counts.hits, counts.waiting) == (2, 1, 0)


def test_a_page_gives_up_and_the_model_is_not_run_for_it() -> None:
    fake = FakeBackend()
    cached = CachedBackend(fake, make_store(), FairQueue(at_once=1))
    fake.gate.clear()
    told: list[BaseException] = []

    def ask(page: str) -> None:
        set_client(Client(page, page))
        try:
            cached.inspect(InspectRequest("fake", f"text of {page}"))
        except CalledOff as error:
            told.append(error)

    threads = [threading.Thread(target=ask, args=(page,)) for page in ("one", "two")]
    threads[0].start()
    until(lambda: fake.asked["inspect"] == 1)
    threads[1].start()
    until(lambda: cached.counts().waiting == 2)
    set_client(Client("two", "two"))
    until(lambda: cached.waiting() is not None)
    cached.give_up()
    threads[1].join(30)
    fake.gate.set()
    threads[0].join(30)
    set_client(Client())
    assert (len(told), fake.asked["inspect"], cached.counts().dropped) == (1, 1, 1)
    assert current_client() == Client()
