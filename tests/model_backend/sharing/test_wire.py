"""Calls go to another process as bytes, with who makes them, and errors come back as they were."""

import hashlib
import threading
from typing import Any

import numpy as np
import orjson
import pytest

from model_backend import (
    BackendError,
    BadRequest,
    Busy,
    CachedBackend,
    CalledOff,
    Client,
    FairQueue,
    InspectRequest,
    JobStatus,
    LayerTokenGrid,
    Request,
    StudyRequest,
    UnknownModel,
    make_store,
    set_client,
)
from model_backend.api import errors
from model_backend.api.clients import NOBODY
from model_backend.sharing.wire import (
    MOST_CALL_BYTES,
    Call,
    Method,
    error_of,
    read_result,
    refusal,
    serve,
    write_call,
)
from tests.model_backend.fakes import FakeBackend
from tests.model_backend.round_trip import RoundTripBackend
from tests.waiting import until

REQUEST = InspectRequest("fake", "one two")
KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, BackendError)
]


class Page(threading.Thread):
    """A page of a person that asks for one text, on a thread of its own."""

    def __init__(self, backend: RoundTripBackend, user: str, text: str) -> None:
        super().__init__(daemon=True)
        self.backend, self.client, self.text = backend, Client(user, f"{user}-{text}"), text
        self.error: BackendError | None = None
        self.start()

    def run(self) -> None:
        set_client(self.client)
        try:
            self.backend.inspect(InspectRequest("fake", self.text))
        except BackendError as error:
            self.error = error

    def is_waiting(self) -> bool:
        set_client(self.client)
        try:
            return self.backend.waiting() is not None
        finally:
            set_client(NOBODY)


class Served(FakeBackend):
    """Notes the texts in the order in which they are inspected."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def ask(self, request: Request[Any]) -> Any:
        self.texts += [request.text] if type(request) is InspectRequest else []
        return super().ask(request)


def come(backend: RoundTripBackend, user: str, text: str) -> Page:
    page = Page(backend, user, text)
    until(page.is_waiting)
    return page


def test_turns_are_fair_between_people_who_ask_from_another_process() -> None:
    fake = Served()
    backend = RoundTripBackend(CachedBackend(fake, make_store(), FairQueue(at_once=1)))
    fake.gate.clear()
    first = Page(backend, "zoe", "first")
    until(lambda: fake.texts == ["first"])
    pages = [come(backend, *who) for who in (("alice", "a1"), ("alice", "a2"), ("bob", "b1"))]
    fake.gate.set()
    for page in (first, *pages):
        page.join(30)
    assert fake.texts == ["first", "a1", "b1", "a2"]


def test_what_a_page_elsewhere_gives_up_is_dropped_and_nothing_else() -> None:
    fake = Served()
    backend = RoundTripBackend(CachedBackend(fake, make_store(), FairQueue(at_once=1)))
    fake.gate.clear()
    first = Page(backend, "zoe", "first")
    until(lambda: fake.texts == ["first"])
    alice, bob = come(backend, "alice", "a"), come(backend, "bob", "b")
    set_client(alice.client)
    backend.give_up()
    set_client(NOBODY)
    alice.join(30)
    fake.gate.set()
    for page in (first, bob):
        page.join(30)
    assert type(alice.error) is CalledOff and bob.error is None
    assert fake.texts == ["first", "b"] and backend.counts().dropped == 1


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_an_error_comes_back_with_its_own_type_and_sentence(kind: type[BackendError]) -> None:
    fake = FakeBackend()
    fake.error = kind("The reason, in a sentence.")
    with pytest.raises(kind, match=r"^The reason, in a sentence\.$") as raised:
        RoundTripBackend(fake).inspect(REQUEST)
    assert type(raised.value) is kind


def test_busy_still_says_when_to_try_again() -> None:
    again = error_of(refusal(Busy("Busy.", 7.5)))
    assert isinstance(again, Busy) and (str(again), again.seconds) == ("Busy.", 7.5)


def test_an_error_of_a_kind_that_is_not_known_keeps_its_sentence() -> None:
    class Strange(UnknownModel):
        """Known to one side only."""

    assert refusal(Strange("Who?")).error == "UnknownModel"
    assert type(error_of(refusal(BackendError("Why?")))) is BackendError


def as_value(call: bytes) -> Any:
    """The JSON inside the bytes of a call."""
    return orjson.loads(call[40 : 40 + int.from_bytes(call[32:40], "little")])


def with_value(header: Any) -> bytes:
    packed = orjson.dumps(header)
    packed += b" " * (-(40 + len(packed)) % 16)
    body = len(packed).to_bytes(8, "little") + packed
    return hashlib.sha256(b"call" + body).digest() + body


def outcome(data: bytes) -> Any:
    fake = FakeBackend()
    try:
        return read_result(Call(Method.ASK, NOBODY, REQUEST), serve(fake, data))
    finally:
        assert fake.asked.total() <= 1


@pytest.mark.parametrize("data", [b"", b"garbage", bytes(1000)])
def test_garbage_is_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(BadRequest, match="did not arrive whole"):
        outcome(data)


@pytest.mark.parametrize(
    "request_",
    [
        {"@": "Popen", "value": {"args": "true"}},
        {"@": "Query", "value": {}},
        {"@": "Inspection", "value": {}},
        {"@": "InspectRequest", "value": {"model": "fake"}},
        "InspectRequest",
        None,
    ],
)
def test_a_call_that_names_no_request_is_refused(request_: Any) -> None:
    header = as_value(write_call(Call(Method.ASK, NOBODY, REQUEST)))
    assert outcome(with_value(header)).model == "fake"
    header["value"]["request"] = request_
    with pytest.raises(BadRequest):
        outcome(with_value(header))


def test_what_a_request_refuses_itself_is_refused_in_its_own_sentence() -> None:
    header = as_value(write_call(Call(Method.ASK, NOBODY, REQUEST)))
    header["value"]["request"]["value"]["text"] = "  "
    with pytest.raises(BadRequest, match="no text yet"):
        outcome(with_value(header))


def test_a_call_that_is_too_large_is_refused_with_both_numbers() -> None:
    with pytest.raises(BadRequest, match=f"{MOST_CALL_BYTES:,} bytes; this has"):
        outcome(bytes(MOST_CALL_BYTES + 1))


def test_an_answer_that_is_garbage_is_an_error_in_words() -> None:
    for data in (b"", b"+", b"+garbage", b"-garbage"):
        with pytest.raises(BackendError, match="did not arrive whole"):
            read_result(Call(Method.ASK, NOBODY, REQUEST), data)


class RowByRow(FakeBackend):
    """Has a job whose map is there up to its second row."""

    def watch(self, job: str) -> JobStatus[Any]:
        values = np.full((3, 2), np.nan, dtype=np.float32)
        values[:2] = 0.5
        so_far = LayerTokenGrid("recovered", values, ("embed", "1", "2"), ("a", "b"))
        return JobStatus(job, StudyRequest("fake", "places"), done=2, total=3, so_far=so_far)


def test_a_map_with_rows_still_missing_travels_in_a_status() -> None:
    status = RoundTripBackend(RowByRow()).watch("job")
    assert isinstance(status.so_far, LayerTokenGrid) and not status.is_over
    assert np.isfinite(status.so_far.values).all(axis=1).tolist() == [True, True, False]
