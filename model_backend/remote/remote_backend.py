"""The backend of a web process whose models are in workers: every call travels through Redis.

Answers and patch maps that a worker makes are started again elsewhere if it dies.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
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
from model_backend.api.errors import BackendError, BadRequest
from model_backend.api.requests import Handlers, Request, canonical
from model_backend.api.study_requests import ExportStudy
from model_backend.api.workers import WorkerRecord, WorkersRequest
from model_backend.remote.broker import Broker
from model_backend.remote.calls import Calls, Choose, Lost
from model_backend.remote.frames import NOT_WHOLE, from_frames
from model_backend.remote.messages import Kind, Message, new_id
from model_backend.remote.roster import Roster
from model_backend.remote.started_queries import Place, StartedQueries, is_query
from model_backend.sharing.blobs import Blobs
from model_backend.sharing.wire import Method, read_refusal

R = TypeVar("R")

RETURN = 3.0
"""Seconds in which a worker that lives has written its record to a Redis that was restarted."""


class _Gone(Exception):
    """The worker that has a job is no longer alive."""


class RemoteBackend(Backend):
    """Hands every call to the worker that holds its model."""

    def __init__(self, broker: Broker) -> None:
        self._broker, self.roster = broker, Roster(broker)
        self._calls = Calls(broker, self.roster)
        self._blobs, self._queries = Blobs(), StartedQueries()
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
        self._calls.call(lambda: self.roster.choose(model, model), Method.LOAD, name=model)

    def ask(self, request: Request[R]) -> R:
        if request in self._own:
            return self._own.answer(request)
        if getattr(request, "blob", None) is not None:
            return cast(R, self._ask_with_file(request))
        result: R = self._calls.call(lambda: self._worker_for(request), Method.ASK, request)[0]
        return result

    def start(self, request: Request[Any]) -> JobId:
        place = self._start(request)
        return self._queries.keep(place, request) if is_query(place.job) else place.job

    def watch(self, job: JobId) -> JobStatus[Any]:
        if not is_query(job):  # every worker reads the folder of studies
            status: JobStatus[Any] = self._calls.call(self.roster.home, Method.WATCH, name=job)[0]
            return status
        place = self._queries.place(job)
        try:
            found = self._calls.call(self._worker_with(place), Method.WATCH, name=place.job)[0]
        except _Gone:
            request = self._queries.request(job)
            if request is None:
                raise BadRequest("The worker that made this has stopped. Ask again.") from None
            self._queries.move(job, self._start(request))
            return self.watch(job)
        return replace(found, job=job)

    def cancel(self, job: JobId) -> None:
        place = self._queries.place(job)
        if not is_query(job):
            self._calls.call(self.roster.home, Method.CANCEL, name=job)
            return
        with suppress(_Gone):
            self._calls.call(self._worker_with(place), Method.CANCEL, name=place.job)

    def put_blob(self, content: Iterable[bytes]) -> BlobId:
        return self._blobs.put(content)

    def open_blob(self, blob: BlobId) -> Iterator[bytes]:
        return self._blobs.open(blob)

    def _worker_for(self, request: Request[Any]) -> WorkerRecord:
        model = getattr(request, "model", None)
        if not isinstance(model, str):
            return self.roster.home()
        return self.roster.choose(model, canonical(request) if request.is_cached else model)

    def _start(self, request: Request[Any]) -> Place:
        job, worker = self._calls.call(lambda: self._worker_for(request), Method.START, request)
        return Place(worker.worker, job)

    def _worker_with(self, place: Place) -> Choose:
        """The worker that has a job; after a restart of Redis its record takes a moment."""

        def choose() -> WorkerRecord:
            until = time.monotonic() + RETURN
            while (found := self.roster.find(place.worker)) is None:
                if time.monotonic() > until:
                    raise _Gone
                time.sleep(0.2)
            return found

        return choose

    def _ask_all(self, request: Request[R]) -> R:
        """Ask every worker about its queue; the answer of the one that has something to say."""
        found = (answer for answer in self._answers(request) if answer is not None)
        return cast(R, next(found, None))

    def _answers(self, request: Request[R]) -> list[R]:
        """The answers of all workers."""
        return [
            self._calls.call(partial(_same, worker), Method.ASK, request)[0]
            for worker in self.roster.workers()
        ]

    def _ask_with_file(self, request: Any) -> Any:
        """Send the file that a command names to its worker, then the command."""
        worker = self._worker_for(request)
        name, call = new_id(), new_id()
        self._calls.send(worker, Message(Kind.TAKE, call, name))
        self._broker.send_file(name, self._blobs.open(request.blob))
        there = self._calls.whole(worker, call)
        if there[:1] == b"-":
            raise read_refusal(there)
        sent = replace(request, blob=there.decode())
        return self._calls.call(lambda: worker, Method.ASK, sent)[0]

    def _export(self, request: ExportStudy) -> BlobId:
        blob, worker = self._calls.call(lambda: self._worker_for(request), Method.ASK, request)
        return self._blobs.offer(lambda: self._fetch(worker, blob))

    def _fetch(self, worker: WorkerRecord, blob: BlobId) -> Iterator[bytes]:
        call = new_id()
        self._calls.send(worker, Message(Kind.FETCH, call, blob))
        return from_frames(self._file_frames(worker, call))

    def _file_frames(self, worker: WorkerRecord, call: str) -> Iterator[bytes]:
        while True:
            try:
                frame = self._calls.frame(worker, call)
            except Lost:
                raise BackendError(NOT_WHOLE) from None
            if frame[1:2] == b"-":
                raise read_refusal(frame[1:])
            yield frame


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
