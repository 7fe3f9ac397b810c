"""Progress of a computation that somebody waits for, and its end once nobody does.

The code that computes reports its share with ``step``; it need not know who asks.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from model_backend.api.clients import CANCELLED, InProgress
from model_backend.api.errors import CalledOff

ENOUGH_SHARE, ENOUGH_SECONDS = 0.03, 0.5
"""Share and time from which the time left is estimated."""


class Computation:
    """One computation; its parts follow each other, each with its share of the whole."""

    def __init__(
        self, is_wanted: Callable[[], bool], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._is_wanted, self._clock = is_wanted, clock
        self._began = clock()
        self._what, self._begin, self._end, self._share = "", 0.0, 1.0, 0.0

    def enter(self, what: str, begin: float, end: float) -> None:
        """Begin the part that takes the share from ``begin`` to ``end`` of the whole."""
        self._what, self._begin, self._end = what, begin, end
        self.step(0.0)

    def step(self, share: float) -> None:
        """Report the share of the present part that is done.

        Raises:
            CalledOff: nobody waits for the result any more.
        """
        self.check()
        self._share = self._begin + share * (self._end - self._begin)

    def check(self) -> None:
        """Stop here if nobody waits for the result any more.

        Raises:
            CalledOff: nobody does.
        """
        if not self._is_wanted():
            raise CalledOff(CANCELLED)

    def progress(self) -> InProgress:
        """Progress as it is now."""
        seconds, share = self._clock() - self._began, self._share
        is_known = share >= ENOUGH_SHARE and seconds >= ENOUGH_SECONDS
        left = seconds * (1 - share) / share if is_known else None
        return InProgress(self._what, share, seconds, left)


_present: ContextVar[Computation | None] = ContextVar("computation", default=None)


@contextmanager
def computing(computation: Computation) -> Iterator[None]:
    """Let ``begin_part`` and ``stepper`` in the present thread report to this computation."""
    token = _present.set(computation)
    try:
        yield
    finally:
        _present.reset(token)


def begin_part(what: str, begin: float, end: float) -> None:
    """Begin a part of the present computation, if there is one."""
    computation = _present.get()
    if computation is not None:
        computation.enter(what, begin, end)


def check_wanted() -> None:
    """Stop the present computation, if there is one and nobody waits for its result any more.

    Raises:
        CalledOff: nobody does.
    """
    computation = _present.get()
    if computation is not None:
        computation.check()


def stepper() -> Callable[[float], None]:
    """Function that reports the share done of the present part, from any thread.

    It raises ``CalledOff`` when nobody waits for the result any more.
    """
    computation = _present.get()
    return (lambda _: None) if computation is None else computation.step
