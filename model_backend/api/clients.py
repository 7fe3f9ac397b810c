"""Who is asking and where they stand: turns can be fair, and what nobody waits for is dropped.

Set by whoever takes requests in, for the thread that answers one; a notebook need not set it.
"""

from contextvars import ContextVar
from dataclasses import dataclass


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


NOBODY = Client()

_asker: ContextVar[Client] = ContextVar("asker", default=NOBODY)


def current_client() -> Client:
    """Who the present thread is answering."""
    return _asker.get()


def set_client(asker: Client) -> None:
    """From now on, the present thread answers this one."""
    _asker.set(asker)
