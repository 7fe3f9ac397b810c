"""The backend of a web process whose models are in workers: every call travels through Redis.

A call whose worker dies, or that a restart of Redis lost, is sent again; each of them may be, since
equal queries have equal results and equal commands leave the same behind.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar, cast

from model_backend.api.backend import Backend
from model_backend.api.clients import (
    Client,
    Counts,
    CountsRequest,
    InProgress,
    LeaveQueue,
    PlaceInQueue,
    ProgressRequest,
    Waiting,
    as_client,
    current_client,
)
from model_backend.api.door import BlobId, JobId, JobStatus, ModelCard
from model_backend.api.errors import BackendError
from model_backend.api.requests import Handlers, Request, canonical
from model_backend.api.study_requests import ExportStudy
from model_backend.api.workers import WorkerRecord, WorkersRequest
from model_backend.remote.broker import LAST, Broker
from model_backend.remote.messages import Kind, Message, new_id, write_message
from model_backend.remote.roster import Roster
from model_backend.sharing.blobs import Blobs
from model_backend.sharing.wire import Call, Method, read_refusal, read_result, write_call

R = TypeVar("R")

LOST_AFTER = 5.0
"""Seconds after which a call that its worker does not know of is taken for lost."""
MOST_ATTEMPTS = 4
"""Times that a call is sent, to one worker after another."""

Choose = Callable[[], WorkerRecord]


class _Lost(Exception):
    """The worker died, or Redis lost the call or its answer."""


class RemoteBackend(Backend):
    """Hands every call to the worker that holds its model."""

    def __init__(self, broker: Broker) -> None:
        self._broker, self.roster = broker, Roster(broker)
        self._blobs = Blobs()
        self._own = (
            Handlers()
            .on(PlaceInQueue, self._ask_all)
            .on(ProgressRequest, self._ask_all)
            .on(LeaveQueue, self._ask_all)
            .on(CountsRequest, lambda request: _total(self._answers(request)))
            .on(WorkersRequest, lambda _: self.roster.workers())
            .on(ExportStudy, self._export)
        )

    def models(self) -> tuple[ModelCard, ...]:
        return self.roster.cards()

    def load(self, model: str) -> None:
        self._call(lambda: self.roster.choose(model, model), Method.LOAD, name=model)

    def ask(self, request: Request[R]) -> R:
        if request in self._own:
            return self._own.answer(request)
        if getattr(request, "blob", None) is not None:
            return cast(R, self._ask_with_file(request))
        result: R = self._call(lambda: self._worker_for(request), Method.ASK, request)[0]
        return result

    def start(self, request: Request[Any]) -> JobId:
        job, worker = self._call(lambda: self._worker_for(request), Method.START, request)
        self._broker.remember_job(job, worker.worker)
        return str(job)

    def watch(self, job: JobId) -> JobStatus[Any]:
        status: JobStatus[Any] = self._call(self._worker_with(job), Method.WATCH, name=job)[0]
        return status

    def cancel(self, job: JobId) -> None:
        self._call(self._worker_with(job), Method.CANCEL, name=job)

    def put_blob(self, content: Iterable[bytes]) -> BlobId:
        return self._blobs.put(content)

    def open_blob(self, blob: BlobId) -> Iterator[bytes]:
        return self._blobs.open(blob)

    def _worker_for(self, request: Request[Any]) -> WorkerRecord:
        model = getattr(request, "model", None)
        if not isinstance(model, str):
            return self.roster.home()
        return self.roster.choose(model, canonical(request) if request.is_cached else model)

    def _worker_with(self, job: JobId) -> Choose:
        """The worker that was given a job; another one, which shares its files, if it died."""

        def choose() -> WorkerRecord:
            name = self._broker.worker_of(job)
            found = self.roster.find(name) if name else None
            return found or self.roster.home()

        return choose

    def _ask_all(self, request: Request[R]) -> R:
        """Ask every worker about its queue; the answer of the one that has something to say."""
        found = (answer for answer in self._answers(request) if answer is not None)
        return cast(R, next(found, None))

    def _answers(self, request: Request[R]) -> list[R]:
        """The answers of all workers."""
        return [
            self._call(partial(_same, worker), Method.ASK, request)[0]
            for worker in self.roster.workers()
        ]

    def _ask_with_file(self, request: Any) -> Any:
        """Send the file that a command names to its worker, then the command."""
        worker = self._worker_for(request)
        name, call = new_id(), new_id()
        self._send(worker, Message(Kind.TAKE, call, name))
        for piece in self._blobs.open(request.blob):
            self._broker.put_piece(name, piece)
        self._broker.end_file(name)
        there = self._whole(worker, call)
        if there[:1] == b"-":
            raise read_refusal(there)
        sent = replace(request, blob=there.decode())
        return self._call(lambda: worker, Method.ASK, sent)[0]

    def _export(self, request: ExportStudy) -> BlobId:
        blob, worker = self._call(lambda: self._worker_for(request), Method.ASK, request)
        return self._blobs.offer(lambda: self._fetch(worker, blob))

    def _fetch(self, worker: WorkerRecord, blob: BlobId) -> Iterator[bytes]:
        call = new_id()
        self._send(worker, Message(Kind.FETCH, call, blob))
        while (frame := self._frame(worker, call))[:1] != LAST:
            yield frame[1:]
        if frame[1:]:
            raise read_refusal(frame[1:])

    def _call(
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
            self._send(worker, Message(Kind.CALL, number, body=body))
            try:
                return read_result(call, self._whole(worker, number)), worker
            except _Lost:
                continue
        raise BackendError(
            f"{MOST_ATTEMPTS} workers stopped before they answered this. Try something smaller, "
            "or ask the operator of this server to look at the workers."
        )

    def _send(self, worker: WorkerRecord, message: Message) -> None:
        self._broker.send(worker.worker, write_message(message))

    def _whole(self, worker: WorkerRecord, call: str) -> bytes:
        return self._frame(worker, call)[1:]

    def _frame(self, worker: WorkerRecord, call: str) -> bytes:
        """The next frame of an answer, however long it takes, as long as somebody works on it.

        Raises:
            _Lost: nobody does.
        """
        known_at = time.monotonic()
        while True:
            frame = self._broker.next_frame(call, 1.0)
            if frame is not None:
                return frame
            record = self.roster.find(worker.worker)
            if record is not None and call in record.calls:
                known_at = time.monotonic()
            elif record is None or time.monotonic() - known_at > LOST_AFTER:
                last = self._broker.next_frame(call, 0.1)  # it may have come just before
                if last is not None:
                    return last
                raise _Lost


class QueuesOfWorkers:
    """The queues of all workers, for the cache of a web process, which has none of its own."""

    refused = 0
    dropped = 0

    def __init__(self, backend: RemoteBackend) -> None:
        self._backend = backend

    @contextmanager
    def turn(self, name: str, clients: list[Client]) -> Iterator[None]:
        """Have a turn at once; the worker's queue gives the real ones."""
        yield

    def waiting(self, page: str) -> Waiting | None:
        """Place of a page in the queue of the worker that has its request."""
        with as_client(replace(current_client(), page=page)):
            return self._backend.ask(PlaceInQueue())

    def in_progress(self, page: str) -> InProgress | None:
        """Progress of what a worker computes for a page; None if none does."""
        with as_client(replace(current_client(), page=page)):
            return self._backend.ask(ProgressRequest())

    def leave(self, page: str) -> None:
        """Have every worker drop what only this page waits for."""
        with as_client(replace(current_client(), page=page)):
            self._backend.ask(LeaveQueue())


def _same(worker: WorkerRecord) -> WorkerRecord:
    return worker


def _total(counts: Iterable[Counts]) -> Counts:
    found = list(counts)
    return Counts(
        sum(one.computations for one in found),
        sum(one.hits for one in found),
        sum(one.waiting for one in found),
        sum(one.refused for one in found),
        sum(one.dropped for one in found),
    )
