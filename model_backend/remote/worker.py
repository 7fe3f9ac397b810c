"""A worker: answers the calls that web processes send through Redis, with the models it holds."""

import logging
import os
import platform
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import psutil

from model_backend.api.backend import Backend
from model_backend.api.errors import BackendError
from model_backend.api.workers import WorkerRecord
from model_backend.remote.broker import Broker
from model_backend.remote.frames import LAST, to_frames
from model_backend.remote.messages import Kind, Message, Refused, new_id, read_message
from model_backend.remote.roster import ALIVE, write_record
from model_backend.sharing.wire import serve, write_refusal

THREADS = 320
"""Most of them only wait: for a model to load, or for their turn."""
HEARTBEAT = 1.0
"""Seconds between two records."""
BETWEEN_SWEEPS = 1.0
"""Seconds between two looks for studies that nobody continues, or that want help."""

logger = logging.getLogger(__name__)


class Worker:
    """Takes the calls of its own queue and answers each on a thread."""

    def __init__(
        self,
        backend: Backend,
        broker: Broker,
        *,
        help_with_a_study: Callable[[], bool] = lambda: False,
        free_bytes: Callable[[], int] = lambda: int(psutil.virtual_memory().available),
    ) -> None:
        """Prepare a worker; ``run`` starts it.

        Args:
            help_with_a_study: works on studies of other workers; called every second,
                and again at once as long as it returns True.
            free_bytes: memory for one more model.
        """
        self.name = f"{platform.node() or 'worker'}-{os.getpid()}-{new_id()[:6]}"
        self._backend, self._broker, self._help_with_a_study = backend, broker, help_with_a_study
        self._free_bytes, self._started = free_bytes, time.time()
        self._calls: set[str] = set()
        self._stopping = threading.Event()
        self._executor = ThreadPoolExecutor(THREADS, thread_name_prefix="call")

    def run(self) -> None:
        """Answer calls until ``stop``; a Redis that is away is waited for."""
        for work in (self._beat, self._sweep):
            threading.Thread(target=work, daemon=True).start()
        while not self._stopping.is_set():
            try:
                data = self._broker.receive(self.name, HEARTBEAT)
            except BackendError as error:
                logger.warning("%s", error)
                continue
            if data is not None:
                self._accept(data)
        self._executor.shutdown(wait=True)

    def stop(self) -> None:
        """Take no more calls; those that were taken are answered."""
        self._stopping.set()

    def _accept(self, data: bytes) -> None:
        try:
            message = read_message(data)
        except Refused as reason:  # its content may be anything, so it is not logged
            logger.warning("A message of %d bytes was refused: %s.", len(data), reason)
            return
        self._calls.add(message.call)
        self._executor.submit(self._answer, message)

    def _answer(self, message: Message) -> None:
        answers: dict[Kind, Callable[[Message], Iterable[bytes]]] = {
            Kind.CALL: lambda one: [LAST + serve(self._backend, one.body)],
            Kind.TAKE: self._take,
            Kind.FETCH: self._fetch,
        }
        try:
            for frame in answers[message.kind](message):
                self._broker.reply(message.call, frame)
        except BackendError as error:
            self._refuse(message, error)
        except Exception:  # the edge of a call: who waits for it must hear of it
            logger.exception("A call failed.")
            self._refuse(message, BackendError("Something went wrong on the worker. Ask again."))
        finally:
            self._calls.discard(message.call)

    def _refuse(self, message: Message, error: BackendError) -> None:
        try:
            self._broker.reply(message.call, LAST + write_refusal(error))
        except BackendError as lost:
            logger.warning("An answer could not be sent: %s", lost)

    def _take(self, message: Message) -> Iterable[bytes]:
        blob = self._backend.put_blob(self._broker.pieces(message.name))
        yield LAST + blob.encode()

    def _fetch(self, message: Message) -> Iterable[bytes]:
        for frame in to_frames(self._backend.open_blob(message.name)):
            self._broker.wait_for_room(message.call)
            yield frame

    def _beat(self) -> None:
        while not self._stopping.wait(HEARTBEAT if self._announce() else HEARTBEAT / 2):
            pass
        try:
            self._broker.withdraw(self.name)
        except BackendError:
            return  # its record ends by itself

    def _announce(self) -> bool:
        """Write the record; False if Redis is away."""
        counts = self._backend.counts()
        record = WorkerRecord(
            self.name,
            platform.node(),
            os.getpid(),
            self._started,
            self._free_bytes(),
            self._backend.models(),
            tuple(self._calls),
            counts.waiting,
            counts.computations,
        )
        try:
            self._broker.announce(self.name, write_record(record), ALIVE)
        except BackendError:
            return False
        return True

    def _sweep(self) -> None:
        while not self._stopping.is_set():
            is_more = False
            try:
                is_more = self._help_with_a_study()
            except Exception:  # such as a folder that is away; the next look may find it
                logger.exception("No study could be continued or helped with.")
            self._stopping.wait(0.0 if is_more else BETWEEN_SWEEPS)
