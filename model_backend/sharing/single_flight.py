"""Equal concurrent requests are computed once: the first computes, the others wait for it."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from typing import Any, TypeVar

from model_backend.api.clients import CANCELLED, Client, current_client
from model_backend.api.errors import BackendError, Busy, CalledOff

Outcome = TypeVar("Outcome")

MOST_WAITING = 256
"""Requests that may wait at once, those who want the same counted too; fewer than the server has
threads, so that some are left for requests about the time left."""

LOOK = 0.2
"""Seconds between two looks at whether a waiting client has given up."""


@dataclass(eq=False)
class _Flight:
    clients: list[Client]
    future: Future[Any] = field(default_factory=Future)


class SingleFlight:
    """The first asker of a key computes; others who ask for it meanwhile wait for the result."""

    def __init__(self, most: int = MOST_WAITING) -> None:
        self._most = most
        self._flights: dict[str, _Flight] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """Number of waiting callers."""
        with self._lock:
            return sum(len(flight.clients) for flight in self._flights.values())

    def run(self, key: str, compute: Callable[[list[Client]], Outcome]) -> Outcome:
        """Run ``compute`` once for this caller and all who wait; return or raise its outcome.

        ``compute`` is given who waits, a list that goes on growing.

        Raises:
            Busy: so many wait that no thread would be left for anything else.
        """
        if len(self) >= self._most:
            raise Busy(f"Busy: {self._most} requests are waiting already. Try again in 5 s.", 5.0)
        with self._lock:
            flight = self._flights.get(key)
            if flight is None:
                mine = self._flights[key] = _Flight([current_client()])
            else:
                flight.clients.append(current_client())
        if flight is None:
            return self._lead(key, mine, compute)
        return self._follow(key, flight, compute)

    def _follow(
        self, key: str, flight: _Flight, compute: Callable[[list[Client]], Outcome]
    ) -> Outcome:
        """Wait for another caller's outcome, but not once this client has given up."""
        client = current_client()
        while not flight.future.done():
            wait([flight.future], timeout=LOOK)
            if client not in flight.clients:
                raise CalledOff(CANCELLED)
        if isinstance(flight.future.exception(), CalledOff):  # called off before this client came
            return self.run(key, compute)
        answer: Outcome = flight.future.result()
        return answer

    def _lead(
        self, key: str, flight: _Flight, compute: Callable[[list[Client]], Outcome]
    ) -> Outcome:
        try:
            answer = compute(flight.clients)
            flight.future.set_result(answer)
            return answer
        except Exception as error:
            flight.future.set_exception(error)
            raise
        except BaseException:  # this thread is told to stop; those who wait on it are not
            flight.future.set_exception(BackendError("The computation was stopped. Ask again."))
            raise
        finally:
            with self._lock:
                del self._flights[key]
