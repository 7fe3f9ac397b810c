"""Store protocol of the cache, and a store that keeps working when the one beneath it fails."""

import logging
import time
from collections.abc import Callable
from typing import Protocol, TypeVar, runtime_checkable

Value = TypeVar("Value")

logger = logging.getLogger(__name__)


@runtime_checkable
class Store(Protocol):
    """Keeps bytes under short names; it may forget any of them and fail at any time."""

    def get(self, key: str) -> bytes | None: ...

    def set(self, key: str, value: bytes) -> None: ...


class FaultTolerantStore:
    """A store that never raises: a failure is a miss, is logged once, and gives the store a rest.

    While it rests nothing is asked of it, so that a Redis that is away costs one timeout every
    ``rest`` seconds and not one per request.
    """

    def __init__(
        self, store: Store, rest: float = 5.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._rest = rest
        self._clock = clock
        self._resting_until = float("-inf")
        self._failing = False

    def get(self, key: str) -> bytes | None:
        return self._attempt(lambda: self._store.get(key))

    def set(self, key: str, value: bytes) -> None:
        self._attempt(lambda: self._store.set(key, value))

    def _attempt(self, action: Callable[[], Value]) -> Value | None:
        if self._clock() < self._resting_until:
            return None
        try:
            value = action()
        except Exception as error:  # whatever a store does wrong, serving goes on without it
            self._rest_after(error)
            return None
        if self._failing:
            logger.warning("The result cache works again.")
            self._failing = False
        return value

    def _rest_after(self, error: Exception) -> None:
        self._resting_until = self._clock() + self._rest
        if not self._failing:
            logger.warning("The result cache fails, so results are computed again: %s", error)
            self._failing = True
