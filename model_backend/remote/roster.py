"""The workers that are alive: what each of them can do and how busy it is, and who gets a request.

A worker writes its record every second; Redis drops one that is not written for ``ALIVE`` seconds.
"""

import hashlib
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from model_backend.api.door import ModelCard, ModelState
from model_backend.api.errors import BackendError, UnknownModel
from model_backend.api.workers import WorkerRecord
from model_backend.remote.broker import PATIENCE, Broker, Published
from model_backend.remote.messages import SPOKEN
from model_backend.sharing.codec import decode, encode
from model_backend.sharing.parts import Malformed

ALIVE = 6.0
"""Seconds that a record lives; a worker that is killed is missed after so long."""
FRESH = 0.4
"""Seconds for which records that were read are used again."""
GRACE = 10.0
"""Seconds for which workers that were just there may come back, as after a restart of Redis."""
_BEST_FIRST = (ModelState.READY, ModelState.LOADING, ModelState.NOT_LOADED, ModelState.FAILED)


def write_record(record: WorkerRecord) -> bytes:
    """Encode a record, behind a line with the version of who wrote it."""
    return f"{SPOKEN}\n".encode() + encode("worker", WorkerRecord, record)


def read_record(data: bytes) -> WorkerRecord | None:
    """Decode a record; None if it is of another version or malformed."""
    version, _, body = data.partition(b"\n")
    if version != SPOKEN.encode():
        return None
    try:
        record: WorkerRecord = decode("worker", WorkerRecord, body)
    except Malformed:
        return None
    return record


def _read(found: Published) -> WorkerRecord | None:
    record = read_record(found.record)
    return record and replace(record, age=max(0.0, ALIVE - found.seconds_left))


class Roster:
    """The workers that are alive, as far as this process knows."""

    def __init__(self, broker: Broker, clock: Callable[[], float] = time.monotonic) -> None:
        self._broker, self._clock = broker, clock
        self._lock = threading.Lock()
        self._read_at = float("-inf")
        self._workers: tuple[WorkerRecord, ...] = ()
        self._seen: tuple[WorkerRecord, ...] = ()
        self._seen_at = float("-inf")
        self._n_others = 0

    def workers(
        self, *, fresh: bool = False, patience: float = PATIENCE
    ) -> tuple[WorkerRecord, ...]:
        """The workers of this version, the longest-running first.

        Args:
            fresh: whether the records are read now, however lately they were read.
            patience: for how many seconds a Redis that is away is waited for.
        """
        with self._lock:
            if fresh or self._clock() - self._read_at > FRESH:
                records = [_read(found) for found in self._broker.records(patience).values()]
                known = [record for record in records if record is not None]
                self._workers = tuple(sorted(known, key=lambda one: (one.started, one.worker)))
                self._n_others = len(records) - len(known)
                self._read_at = self._clock()
                if known:
                    self._seen, self._seen_at = self._workers, self._clock()
            return self._workers

    def find(self, worker: str) -> WorkerRecord | None:
        """The record of a worker, read now; None if it is not alive."""
        return next((one for one in self.workers(fresh=True) if one.worker == worker), None)

    def cards(self) -> tuple[ModelCard, ...]:
        """One card for every model that a worker offers: that of the worker nearest to ready.

        Answers at once; without a worker, a card of no model says why there is none.
        """
        best: dict[str, ModelCard] = {}
        try:
            workers = self.workers(patience=0.0)
        except BackendError as error:
            workers, nobody = self._seen, ModelCard("no worker", ModelState.FAILED, str(error))
        else:
            workers = workers or (self._seen if self._may_return() else ())
            nobody = self._nobody()
        for worker in workers:
            for card in worker.cards:
                known = best.get(card.name)
                if known is None or _rank(card) < _rank(known):
                    best[card.name] = card
        return tuple(best.values()) or (nobody,)

    def choose(self, model: str, key: str) -> WorkerRecord:
        """The worker for a request about a model: one that holds it, else one with room for it.

        Equal requests go to the same worker, so that they are computed once and wait in one queue.

        Raises:
            UnknownModel: no worker offers the model.
            BackendError: there is no worker.
        """
        offered = [(one, one.card(model)) for one in self._any_workers()]
        ranked = [(one, _rank(card)) for one, card in offered if card is not None]
        if not ranked:
            names = ", ".join(card.name for card in self.cards())
            raise UnknownModel(f"There is no model {model!r} here. There are: {names}.")
        best = min(rank for _, rank in ranked)
        holders = [one for one, rank in ranked if rank == best]
        if best >= _BEST_FIRST.index(ModelState.NOT_LOADED):
            return max(holders, key=lambda one: (one.free_bytes, one.worker))
        return _highest(holders, key)

    def home(self) -> WorkerRecord:
        """The worker that answers for what all workers share, such as the folder of studies.

        Raises:
            BackendError: there is no worker.
        """
        return _highest(self._any_workers(), "studies")

    def _any_workers(self) -> Sequence[WorkerRecord]:
        while not (workers := self.workers()):
            if not self._may_return():
                raise BackendError(self._nobody().message)
            time.sleep(FRESH)
        return workers

    def _may_return(self) -> bool:
        return self._clock() - self._seen_at < GRACE

    def _nobody(self) -> ModelCard:
        """A card that says that there is no worker, in place of an empty catalogue."""
        others = ""
        if self._n_others:
            others = f" Workers of another version are there ({self._n_others}); update them."
        reason = (
            "No worker is connected, so nothing can be computed. "
            f"Start one: layerscope worker --broker {self._broker.address}.{others}"
        )
        return ModelCard("no worker", ModelState.FAILED, reason)


def _rank(card: ModelCard) -> int:
    return _BEST_FIRST.index(card.state)


def _highest(workers: Iterable[WorkerRecord], key: str) -> WorkerRecord:
    """The worker with the highest hash beside a key: others keep theirs when one comes or goes."""
    return max(workers, key=lambda one: hashlib.sha256(f"{one.worker} {key}".encode()).digest())
