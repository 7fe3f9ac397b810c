"""Who is asking and where they stand: turns can be fair, and what nobody waits for is dropped.

Set by whoever takes requests in, for the thread that answers one; a notebook need not set it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from model_backend.api.requests import Command, Handlers, Lookup


@dataclass(frozen=True)
class Client:
    """One page of one person."""

    user: str = ""
    """Those of equal name share one place in the round."""
    page: str = ""
    """Names an open page; empty for a program, which never goes away unsaid."""


@dataclass(frozen=True)
class Waiting:
    """A place in line."""

    ahead: int
    """How many computations come before."""
    seconds: float
    """About how long until the result is there."""


@dataclass(frozen=True)
class Counts:
    """What has been done since the start, and who waits now."""

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
    """Where the page that asks stands in line; None when it waits for no turn."""


@dataclass(frozen=True)
class LeaveQueue(Command[None]):
    """The page that asks closes or gives up: drop what only it waits for."""


@dataclass(frozen=True)
class CountsRequest(Lookup[Counts]):
    """What has been done since the start."""


NOBODY = Client()

_asker: ContextVar[Client] = ContextVar("asker", default=NOBODY)


def current_client() -> Client:
    """Who the present thread is answering."""
    return _asker.get()


def set_client(asker: Client) -> None:
    """From now on, the present thread answers this one."""
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
    """The answers of a backend in which nobody waits for a turn."""
    return (
        Handlers()
        .on(PlaceInQueue, lambda _: None)
        .on(LeaveQueue, lambda _: None)
        .on(CountsRequest, lambda _: Counts())
    )
