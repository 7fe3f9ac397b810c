"""Fair queue before each model: turns alternate between clients, with a limit and a way out.

Knows nothing of what is computed. Clients that ask for the same thing share one entry.
"""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from model_backend.api.clients import CANCELLED, Client, InProgress, Waiting
from model_backend.api.errors import Busy, CalledOff, counted
from model_backend.sharing.progress import Computation, computing

SILENCE = 90.0
"""Seconds after which a page that no longer asks for its place is taken for closed. Browsers let
pages in the background ask once a minute."""

FIRST_GUESS = 1.0
"""Seconds that a computation is thought to take before any has been timed."""

WEIGHT = 0.3
"""Weight of the latest computation in the running average of durations."""


@runtime_checkable
class Queue(Protocol):
    """Gives turns before computations, and knows the places of those who wait."""

    refused: int
    dropped: int

    def turn(self, name: str, clients: list[Client]) -> AbstractContextManager[None]: ...

    def waiting(self, page: str) -> Waiting | None: ...

    def in_progress(self, page: str) -> InProgress | None: ...

    def leave(self, page: str) -> None: ...


@dataclass(eq=False)
class QueueEntry:
    """A request that waits or runs, for all clients that asked for the same."""

    clients: list[Client]
    """Shared with the single flight; when it is empty, nobody wants the result any more."""
    user: str
    joined: float
    computation: Computation | None = None
    """Its progress once it runs."""


@dataclass(eq=False)
class _ModelQueue:
    """The waiting and running requests of one model."""

    waiting: OrderedDict[str, deque[QueueEntry]] = field(default_factory=OrderedDict)
    """By user; the first one has waited longest for a turn."""
    running: dict[QueueEntry, float] = field(default_factory=dict)
    seconds: float = FIRST_GUESS

    def __len__(self) -> int:
        return sum(map(len, self.waiting.values()))

    def append(self, entry: QueueEntry) -> None:
        """Append to the queue of the entry's user; turns alternate between users."""
        self.waiting.setdefault(entry.user, deque()).append(entry)

    def remove(self, entry: QueueEntry) -> None:
        entries = self.waiting[entry.user]
        entries.remove(entry)
        self.waiting.move_to_end(entry.user)
        if not entries:
            del self.waiting[entry.user]

    def in_order(self) -> Iterator[QueueEntry]:
        """The entries in the order of their turns, as it now is."""
        rounds = [deque(entries) for entries in self.waiting.values()]
        while rounds:
            for entries in rounds:
                yield entries.popleft()
            rounds = [entries for entries in rounds if entries]


class FairQueue:
    """The queues of all models."""

    def __init__(
        self, length: int = 64, at_once: int = 1, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._length, self._at_once, self._clock = length, at_once, clock
        self._queues: dict[str, _ModelQueue] = {}
        self._seen: dict[str, float] = {}
        self._changed = threading.Condition()
        self.refused = 0
        self.dropped = 0

    @contextmanager
    def turn(self, name: str, clients: list[Client]) -> Iterator[None]:
        """Wait in the queue of a model for a turn, and have it; ``clients`` may grow meanwhile.

        Raises:
            Busy: the queue is full, or too much of it is this user's.
            CalledOff: nobody waits for the result any more.
        """
        queue, entry = self._join(name, clients)
        self._wait(queue, entry)
        begun = self._clock()
        entry.computation = Computation(lambda: bool(entry.clients), self._clock)
        try:
            with computing(entry.computation):
                yield
        except CalledOff:
            self.dropped += 1
            raise
        finally:
            with self._changed:
                del queue.running[entry]
                queue.seconds += WEIGHT * (self._clock() - begun - queue.seconds)
                self._changed.notify_all()

    def waiting(self, page: str) -> Waiting | None:
        """Place of a page in the queue, which this keeps; None if it waits for no turn."""
        with self._changed:
            now = self._seen[page] = self._clock()
            for queue in self._queues.values():
                left = [max(0.0, queue.seconds - (now - begun)) for begun in queue.running.values()]
                for number, entry in enumerate(queue.in_order()):
                    if any(client.page == page for client in entry.clients):
                        rounds = (number + 1) / self._at_once
                        seconds = min(left, default=0.0) + rounds * queue.seconds
                        return Waiting(len(left) + number, seconds)
        return None

    def in_progress(self, page: str) -> InProgress | None:
        """Progress of the computation for a page that has run longest; None if none runs."""
        with self._changed:
            running = [entry for queue in self._queues.values() for entry in queue.running]
            mine = [
                entry.computation.progress()
                for entry in running
                if entry.computation
                and any(page and client.page == page for client in entry.clients)
            ]
        return max(mine, key=lambda found: found.seconds, default=None)

    def leave(self, page: str) -> None:
        """Drop what only this page waits for: it closes or gives up.

        What runs stops at its next step. Programs have no page, and never leave.
        """
        if not page:
            return
        with self._changed:
            self._seen.pop(page, None)
            for queue in self._queues.values():
                for entry in (*queue.in_order(), *queue.running):
                    entry.clients[:] = [client for client in entry.clients if client.page != page]
            self._changed.notify_all()

    def _join(self, name: str, clients: list[Client]) -> tuple[_ModelQueue, QueueEntry]:
        with self._changed:
            queue = self._queues.setdefault(name, _ModelQueue())
            entry = QueueEntry(clients, clients[0].user, self._clock())
            self._check_room(queue, entry.user)
            queue.append(entry)
            return queue, entry

    def _check_room(self, queue: _ModelQueue, user: str) -> None:
        seconds = max(1.0, len(queue) * queue.seconds / self._at_once)
        own = len(queue.waiting.get(user, ()))
        share = max(4, self._length // 8)
        if sum(map(len, self._queues.values())) >= self._length:
            verb = "is" if self._length == 1 else "are"
            said = f"{counted(self._length, 'request')} {verb} waiting already"
        elif own >= share:
            said = f"{own} requests of yours are waiting already"
        else:
            return
        self.refused += 1
        raise Busy(f"Busy: {said}. Your text is kept; try again in {seconds:.0f} s.", seconds)

    def _wait(self, queue: _ModelQueue, entry: QueueEntry) -> None:
        with self._changed:
            while not self._is_next(queue, entry):
                self._drop_silent(entry)
                if not entry.clients:
                    queue.remove(entry)
                    self.dropped += 1
                    self._changed.notify_all()
                    raise CalledOff(CANCELLED)
                self._changed.wait(timeout=2.0)
            queue.remove(entry)
            queue.running[entry] = self._clock()
            self._changed.notify_all()

    def _is_next(self, queue: _ModelQueue, entry: QueueEntry) -> bool:
        if len(queue.running) >= self._at_once or not entry.clients:
            return False
        return next(queue.in_order()) is entry

    def _drop_silent(self, entry: QueueEntry) -> None:
        since = self._clock() - SILENCE
        if entry.joined < since:
            entry.clients[:] = [
                client
                for client in entry.clients
                if not client.page or self._seen.get(client.page, entry.joined) >= since
            ]
