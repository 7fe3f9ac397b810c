"""Fair queue before each model: turns alternate between clients, with a limit and a way out.

Knows nothing of what is computed. Everyone who asks for the same thing stands in the same place.
"""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from model_backend.api.clients import Client, Waiting
from model_backend.api.errors import Busy, CalledOff, counted

SILENCE = 90.0
"""Seconds after which a page that no longer asks for its place is taken for closed. Browsers let
pages in the background ask once a minute."""

FIRST_GUESS = 1.0
"""Seconds that a computation is thought to take before any has been timed."""

WEIGHT = 0.3
"""Weight of the latest computation in the running average of durations."""


@dataclass(eq=False)
class Ticket:
    """A place in a line, for all who want the same."""

    askers: list[Client]
    """Shared with the single flight; when it is empty, nobody wants the result any more."""
    user: str
    joined: float


@dataclass(eq=False)
class _Line:
    waiting: OrderedDict[str, deque[Ticket]] = field(default_factory=OrderedDict)
    """By person; the one in front has had no turn for longest."""
    running: dict[Ticket, float] = field(default_factory=dict)
    seconds: float = FIRST_GUESS

    def __len__(self) -> int:
        return sum(map(len, self.waiting.values()))

    def add(self, ticket: Ticket) -> None:
        self.waiting.setdefault(ticket.user, deque()).append(ticket)

    def remove(self, ticket: Ticket) -> None:
        tickets = self.waiting[ticket.user]
        tickets.remove(ticket)
        self.waiting.move_to_end(ticket.user)
        if not tickets:
            del self.waiting[ticket.user]

    def in_order(self) -> Iterator[Ticket]:
        """The tickets in the order of their turns, as it stands."""
        rounds = [deque(tickets) for tickets in self.waiting.values()]
        while rounds:
            for tickets in rounds:
                yield tickets.popleft()
            rounds = [tickets for tickets in rounds if tickets]


class FairQueue:
    """The lines before all models."""

    def __init__(
        self, length: int = 64, at_once: int = 1, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._length, self._at_once, self._clock = length, at_once, clock
        self._lines: dict[str, _Line] = {}
        self._seen: dict[str, float] = {}
        self._changed = threading.Condition()
        self.refused = 0
        self.dropped = 0

    @contextmanager
    def turn(self, name: str, askers: list[Client]) -> Iterator[None]:
        """Wait in a line for one's turn, and have it; ``askers`` may grow meanwhile.

        Raises:
            Busy: the line is full, or too much of it is this person's.
            CalledOff: nobody waits for the result any more.
        """
        line, ticket = self._join(name, askers)
        self._wait(line, ticket)
        begun = self._clock()
        try:
            yield
        finally:
            with self._changed:
                del line.running[ticket]
                line.seconds += WEIGHT * (self._clock() - begun - line.seconds)
                self._changed.notify_all()

    def waiting(self, page: str) -> Waiting | None:
        """Place of a page in the queue, which this keeps; None if it waits for no turn."""
        with self._changed:
            now = self._seen[page] = self._clock()
            for line in self._lines.values():
                left = [max(0.0, line.seconds - (now - begun)) for begun in line.running.values()]
                for number, ticket in enumerate(line.in_order()):
                    if any(asker.page == page for asker in ticket.askers):
                        rounds = (number + 1) / self._at_once
                        seconds = min(left, default=0.0) + rounds * line.seconds
                        return Waiting(len(left) + number, seconds)
        return None

    def leave(self, page: str) -> None:
        """A page closes or gives up: what nobody else waits for is dropped."""
        with self._changed:
            self._seen.pop(page, None)
            for line in self._lines.values():
                for ticket in line.in_order():
                    ticket.askers[:] = [asker for asker in ticket.askers if asker.page != page]
            self._changed.notify_all()

    def _join(self, name: str, askers: list[Client]) -> tuple[_Line, Ticket]:
        with self._changed:
            line = self._lines.setdefault(name, _Line())
            ticket = Ticket(askers, askers[0].user, self._clock())
            self._check_room(line, ticket.user)
            line.add(ticket)
            return line, ticket

    def _check_room(self, line: _Line, user: str) -> None:
        seconds = max(1.0, len(line) * line.seconds / self._at_once)
        own = len(line.waiting.get(user, ()))
        share = max(4, self._length // 8)
        if sum(map(len, self._lines.values())) >= self._length:
            verb = "is" if self._length == 1 else "are"
            said = f"{counted(self._length, 'request')} {verb} waiting already"
        elif own >= share:
            said = f"{own} requests of yours are waiting already"
        else:
            return
        self.refused += 1
        raise Busy(f"Busy: {said}. Your text is kept; try again in {seconds:.0f} s.", seconds)

    def _wait(self, line: _Line, ticket: Ticket) -> None:
        with self._changed:
            while not self._is_next(line, ticket):
                self._drop_silent(ticket)
                if not ticket.askers:
                    line.remove(ticket)
                    self.dropped += 1
                    self._changed.notify_all()
                    raise CalledOff("Called off before it was computed. Press Run to ask again.")
                self._changed.wait(timeout=2.0)
            line.remove(ticket)
            line.running[ticket] = self._clock()
            self._changed.notify_all()

    def _is_next(self, line: _Line, ticket: Ticket) -> bool:
        if len(line.running) >= self._at_once or not ticket.askers:
            return False
        return next(line.in_order()) is ticket

    def _drop_silent(self, ticket: Ticket) -> None:
        since = self._clock() - SILENCE
        if ticket.joined < since:
            ticket.askers[:] = [
                asker
                for asker in ticket.askers
                if not asker.page or self._seen.get(asker.page, ticket.joined) >= since
            ]
