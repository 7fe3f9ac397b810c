"""Workers behind a real Redis: routing, faults of workers and of Redis, and errors in sentences."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from model_backend import (
    BackendError,
    Broker,
    CachedBackend,
    Client,
    FairQueue,
    InspectRequest,
    Measure,
    ModelState,
    PlaceInQueue,
    QueuesOfWorkers,
    RemoteBackend,
    StudiesRequest,
    UnknownModel,
    Upload,
    Worker,
    make_store,
    set_client,
)
from model_backend.api.clients import Waiting, as_client, current_client
from model_backend.remote.messages import Kind, Message, new_id, write_message
from tests.model_backend.fakes import FakeBackend
from tests.model_backend.remote.conftest import Join
from tests.model_backend.remote.working import working
from tests.redis_server import RedisServer, redis_server
from tests.waiting import until

TEXT = "one two three"


class Watched(FakeBackend):
    """A fake that counts what it is asked, and can be slow."""

    def __init__(self, seconds: float = 0.0) -> None:
        super().__init__()
        self.requests: list[Any] = []
        self.clients: list[Client] = []
        self.seconds = seconds

    def ask(self, request: Any) -> Any:
        self.requests.append(request)
        self.clients.append(current_client())
        time.sleep(self.seconds)
        return super().ask(request)


def maps(backend: Watched) -> int:
    return sum(isinstance(one, InspectRequest) for one in backend.requests)


def test_equal_requests_go_to_one_worker_and_others_to_both(join: Join) -> None:
    one, other = Watched(), Watched()
    remote = join(one)
    join(other)
    until(lambda: len(remote.roster.workers(fresh=True)) == 2)
    for _ in range(3):
        remote.inspect(InspectRequest("fake", TEXT))
    assert sorted((maps(one), maps(other))) == [0, 3]
    for n in range(12):
        remote.inspect(InspectRequest("fake", f"{TEXT} {n}"))
    assert min(maps(one), maps(other)) > 0


def test_who_asks_is_known_to_the_worker(join: Join) -> None:
    there = Watched()
    remote = join(there)
    set_client(Client("ann", "page-1", "ann"))
    remote.inspect(InspectRequest("fake", TEXT))
    assert there.clients[-1] == Client("ann", "page-1", "ann")
    set_client(Client())


def test_a_place_in_the_queue_of_any_worker_is_found(join: Join) -> None:
    class Queued(Watched):
        def ask(self, request: Any) -> Any:
            if isinstance(request, PlaceInQueue):
                return Waiting(2, 3.0) if current_client().page == "mine" else None
            return super().ask(request)

    remote = join(FakeBackend())
    join(Queued())
    until(lambda: len(remote.roster.workers(fresh=True)) == 2)
    queues = QueuesOfWorkers(remote)
    assert queues.waiting("mine") == Waiting(2, 3.0)
    assert queues.waiting("another") is None


def test_people_at_two_web_processes_wait_in_one_queue(join: Join) -> None:
    there = Watched(seconds=0.5)
    remote = join(CachedBackend(there, make_store(), FairQueue()))
    webs = [CachedBackend(remote, make_store(), QueuesOfWorkers(remote)) for _ in range(2)]

    def look(person: int) -> None:
        with as_client(Client(f"person-{person}", f"page-{person}")):
            webs[person % 2].inspect(InspectRequest("fake", f"{TEXT} {person}"))

    people = [threading.Thread(target=look, args=(person,)) for person in range(4)]
    for number, person in enumerate(people):
        person.start()
        until(lambda number=number: remote.counts().waiting > number)  # type: ignore[misc]
    place = QueuesOfWorkers(remote).waiting("page-3")
    assert place is not None and place.ahead == 3
    for person in people:
        person.join(timeout=60)
    assert maps(there) == 4


def test_without_a_worker_the_page_says_how_to_start_one(redis: RedisServer) -> None:
    redis.client.flushall()
    remote = RemoteBackend(Broker(redis.url))
    (card,) = remote.models()
    assert card.state is ModelState.FAILED and "layerscope worker --broker redis://" in card.message
    with pytest.raises(BackendError, match="No worker is connected"):
        remote.inspect(InspectRequest("fake", TEXT))


def test_a_model_that_no_worker_offers_is_unknown(join: Join) -> None:
    with pytest.raises(UnknownModel, match="There are: fake"):
        join(FakeBackend()).inspect(InspectRequest("nobody", TEXT))


def test_workers_of_another_version_are_named_and_not_asked(redis: RedisServer) -> None:
    redis.client.flushall()
    Broker(redis.url).announce("old", b"layerscope-worker/0+0.1\n...", 30.0)
    (card,) = RemoteBackend(Broker(redis.url)).models()
    assert "another version are there (1)" in card.message


@pytest.mark.slow
def test_a_call_to_a_worker_that_dies_is_answered_by_another(redis: RedisServer) -> None:
    redis.client.flushall()
    remote, stuck = RemoteBackend(Broker(redis.url)), Worker(FakeBackend(), Broker(redis.url))
    stuck._announce()  # a worker that is there, and dies before it takes anything
    done: list[Any] = []
    ask = threading.Thread(target=lambda: done.append(remote.ask(StudiesRequest())))
    until(lambda: remote.roster.find(stuck.name) is not None)
    ask.start()
    until(lambda: bool(redis.client.keys("*calls:*")))
    with working(FakeBackend(), redis.url):
        ask.join(timeout=60)
    assert done and len(done[0]) == 1


@pytest.mark.slow
def test_a_redis_that_restarts_loses_no_call(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with redis_server(password="s3cret") as own:
        there = Watched(seconds=2.0)
        with working(there, own.url) as remote:
            done: list[Any] = []
            request = InspectRequest("fake", TEXT)
            ask = threading.Thread(target=lambda: done.append(remote.inspect(request)))
            ask.start()
            until(lambda: maps(there) == 1)
            own.stop()
            time.sleep(1.0)
            own.start()
            ask.join(timeout=60)
            assert len(done) == 1
            assert remote.studies()  # and what comes after it
    assert "s3cret" not in caplog.text


def test_a_redis_that_stays_away_is_named_without_its_password() -> None:
    broker = Broker("redis://:s3cret@127.0.0.1:1/0", patience=0.2)
    with pytest.raises(BackendError, match=r"redis://127\.0\.0\.1:1/0 cannot be reached") as error:
        RemoteBackend(broker).studies()
    assert "s3cret" not in str(error.value)
    (card,) = RemoteBackend(broker).models()  # what the page shows meanwhile
    assert card.state is ModelState.FAILED and "cannot be reached" in card.message


def test_a_wrong_password_is_said_to_be_wrong() -> None:
    with redis_server(password="right") as own:
        wrong = own.url.replace("right", "s3cret")
        with pytest.raises(BackendError, match="refuses the password") as error:
            RemoteBackend(Broker(wrong, patience=0.2)).studies()
    assert "s3cret" not in str(error.value)


@pytest.mark.parametrize("url", ["", "http://x", "redis://host:port/0", "amqp://x"])
def test_addresses_that_are_none_are_refused(url: str) -> None:
    with pytest.raises(BackendError, match="address"):
        Broker(url)


def test_a_full_redis_is_said_to_be_full(join: Join, redis: RedisServer) -> None:
    remote = join(FakeBackend())
    used = redis.client.info("memory")["used_memory"]
    redis.client.config_set("maxmemory", used)
    try:
        with pytest.raises(BackendError, match="is full"):
            remote.inspect(InspectRequest("fake", TEXT))
    finally:
        redis.client.config_set("maxmemory", 0)
    until(lambda: bool(remote.roster.workers(fresh=True)))
    assert remote.inspect(InspectRequest("fake", TEXT)).grids


def test_forged_messages_change_nothing_and_are_not_logged(
    join: Join, redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    remote = join(FakeBackend())
    (worker,) = remote.roster.workers(fresh=True)
    broker = Broker(redis.url)
    broker.send(worker.worker, b"\x80\x04secret words")
    call = new_id()
    broker.send(worker.worker, write_message(Message(Kind.CALL, call, body=b"secret words")))
    frame = broker.next_frame(call, 20.0)
    assert frame is not None and b"did not arrive whole" in frame
    assert remote.studies()
    until(lambda: "was refused" in caplog.text)
    assert "secret" not in caplog.text


def test_files_go_both_ways_in_pieces(join: Join) -> None:
    there = FakeBackend()
    remote = join(there)
    lines = ["question,answer", *(f"who is {n},w{n}" for n in range(20_000))]
    found = remote.upload(Upload("mine.csv", "\n".join(lines).encode()))
    assert found.dataset and found.dataset in [one.dataset for one in there.datasets()]
    (card, *_) = remote.studies()
    assert b"".join(remote.export_study(card.study)) == b"".join(there.export_study(card.study))


def test_one_computation_for_equal_requests_of_two_web_processes(join: Join) -> None:
    there = Watched(seconds=0.3)
    first = join(CachedBackend(there, make_store()))
    webs = [CachedBackend(one, make_store(), QueuesOfWorkers(one)) for one in (first, first)]
    results: list[Any] = []
    asks: list[Callable[[], None]] = [
        lambda web=web: results.append(web.inspect(InspectRequest("fake", TEXT)))  # type: ignore[misc]
        for web in (*webs, *webs)
    ]
    threads = [threading.Thread(target=ask) for ask in asks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(results) == 4 and maps(there) == 1
    grids = [one.grids[Measure.LENS_ENTROPY].values for one in results]
    np.testing.assert_array_equal(grids[0], grids[-1])
