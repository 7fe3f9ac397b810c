"""Calls to workers: sent, waited for, and sent again if they were lost.

A call may be sent again since equal queries have equal results and equal commands leave the same
behind.
"""

import time
from collections.abc import Callable
from typing import Any

from model_backend.api.clients import current_client
from model_backend.api.errors import BackendError
from model_backend.api.requests import Request
from model_backend.api.workers import WorkerRecord
from model_backend.remote.broker import Broker
from model_backend.remote.messages import Kind, Message, new_id, write_message
from model_backend.remote.roster import Roster
from model_backend.sharing.wire import Call, Method, read_result, write_call

LOST_AFTER = 5.0
"""Seconds after which a call that its worker does not know of is taken for lost."""
MOST_ATTEMPTS = 4
"""Times that a call is sent, to one worker after another."""

Choose = Callable[[], WorkerRecord]


class Lost(Exception):
    """The worker died, or Redis lost the call or its answer."""


class Calls:
    """Sends calls through a broker to workers of a roster."""

    def __init__(self, broker: Broker, roster: Roster) -> None:
        self._broker, self._roster = broker, roster

    def call(
        self, choose: Choose, method: Method, request: Request[Any] | None = None, name: str = ""
    ) -> tuple[Any, WorkerRecord]:
        """The result of a call, and the worker that answered it.

        Raises:
            BackendError: the call ended with it, or no worker lived long enough to answer it.
        """
        call = Call(method, current_client(), request, name)
        body = write_call(call)
        for _ in range(MOST_ATTEMPTS):
            worker, number = choose(), new_id()
            self.send(worker, Message(Kind.CALL, number, body=body))
            try:
                return read_result(call, self.whole(worker, number)), worker
            except Lost:
                continue
        raise BackendError(
            f"{MOST_ATTEMPTS} workers stopped before they answered this. Try something smaller, "
            "or ask the operator of this server to look at the workers."
        )

    def send(self, worker: WorkerRecord, message: Message) -> None:
        """Put a message into the queue of a worker."""
        self._broker.send(worker.worker, write_message(message))

    def whole(self, worker: WorkerRecord, call: str) -> bytes:
        """An answer of one frame.

        Raises:
            Lost: nobody works on it.
        """
        return self.frame(worker, call)[1:]

    def frame(self, worker: WorkerRecord, call: str) -> bytes:
        """The next frame of an answer, however long it takes, as long as somebody works on it.

        Raises:
            Lost: nobody does.
        """
        known_at = time.monotonic()
        while True:
            frame = self._broker.next_frame(call, 1.0)
            if frame is not None:
                return frame
            record = self._roster.find(worker.worker)
            if record is not None and call in record.calls:
                known_at = time.monotonic()
            elif record is None or time.monotonic() - known_at > LOST_AFTER:
                last = self._broker.next_frame(call, 0.1)  # it may have come just before
                if last is not None:
                    return last
                raise Lost
