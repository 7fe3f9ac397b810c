"""Clients, their places in the queue and their progress, for fair turns and to drop abandoned work.

The web layer sets the client for the thread that serves a request; a notebook need not.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from model_backend.api.requests import Command, Handlers, Lookup

CANCELLED = "Cancelled. The map before stays; press Run to compute this one."
"""Sentence for a page whose computation was called off."""


@dataclass(frozen=True)
class Client:
    """One page of one person."""

    user: str = ""
    """Those of equal name share one place in the round."""
    page: str = ""
    """Names an open page; empty for a program, which never goes away unsaid."""
    account: str = ""
    """Name of the signed-in user; empty without sign-in."""


@dataclass(frozen=True)
class Waiting:
    """A place in line."""

    ahead: int
    """Number of computations ahead."""
    seconds: float
    """About how long until the result is there."""


@dataclass(frozen=True)
class InProgress:
    """Progress of a computation."""

    what: str
    """Its present part, in words: "running smollm2 over 350 tokens"."""
    share: float
    seconds: float
    """Time since its start."""
    seconds_left: float | None
    """Estimate; None while there is none."""


@dataclass(frozen=True)
class ProgressRequest(Lookup[InProgress | None]):
    """Progress of what is computed for the page that asks; None if nothing is."""


@dataclass(frozen=True)
class Counts:
    """Counts since the start, and the number of requests waiting now."""

    computations: int = 0
    hits: int = 0
    """Results that were found in the cache."""
    waiting: int = 0
    refused: int = 0
    """Requests that met a full line."""
    dropped: int = 0
    """Computations that nobody waited for any more."""


@dataclass(frozen=True)
class PlaceInQueue(Lookup[Waiting | None]):
    """Place of the calling page in the queue; None if it waits for no turn."""


@dataclass(frozen=True)
class LeaveQueue(Command[None]):
    """The page that asks closes or gives up: drop what only it waits for."""


@dataclass(frozen=True)
class CountsRequest(Lookup[Counts]):
    """Counts since the start."""


NOBODY = Client()

_asker: ContextVar[Client] = ContextVar("asker", default=NOBODY)


def current_client() -> Client:
    """Client that the present thread serves."""
    return _asker.get()


def set_client(asker: Client) -> None:
    """Set the client that the current thread serves."""
    _asker.set(asker)


@contextmanager
def as_client(client: Client) -> Iterator[None]:
    """Let the present thread answer this client for a while."""
    token = _asker.set(client)
    try:
        yield
    finally:
        _asker.reset(token)


def without_queue() -> Handlers:
    """Handlers of the queue's lookups for a backend in which nobody waits."""
    return (
        Handlers()
        .on(PlaceInQueue, lambda _: None)
        .on(LeaveQueue, lambda _: None)
        .on(ProgressRequest, lambda _: None)
        .on(CountsRequest, lambda _: Counts())
    )
