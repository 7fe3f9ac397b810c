"""The same backend, but each query is computed once.

Stands between the dashboard and any other backend. Equal queries that come while the first of them
is still being computed wait for it: a question costs one forward pass however many people ask it.
"""

import secrets
import threading
from collections import OrderedDict
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar, cast

from model_backend.api.backend import Backend, Wrapper
from model_backend.api.clients import (
    Client,
    Counts,
    CountsRequest,
    InProgress,
    LeaveQueue,
    PlaceInQueue,
    ProgressRequest,
    current_client,
)
from model_backend.api.door import (
    QUERY_JOB,
    JobId,
    JobState,
    JobStatus,
    LoadedCard,
    ModelCard,
    Stage,
)
from model_backend.api.requests import Handlers, Query, Request
from model_backend.sharing.fair_queue import FairQueue, Queue
from model_backend.sharing.fault_tolerant_store import Store
from model_backend.sharing.keys import cache_key
from model_backend.sharing.page_jobs import PageJobs
from model_backend.sharing.result_store import RECENT, ResultStore
from model_backend.sharing.single_flight import SingleFlight

R = TypeVar("R")

MOST_JOBS = 256
"""The number of jobs that were started here and whose results are kept when they are done."""


class CachedBackend(Wrapper):
    """A ``Backend`` that keeps the results of another one in a store."""

    def __init__(
        self, backend: Backend, store: Store, queue: Queue | None = None, recent: int = RECENT
    ) -> None:
        super().__init__(backend)
        self._results = ResultStore(store, recent)
        self._queue: Queue = FairQueue(at_once=8) if queue is None else queue
        self._flights = SingleFlight()
        self._computations = 0
        self._hits = 0
        self._jobs: OrderedDict[JobId, Query[Any] | JobStatus[Any]] = OrderedDict()
        self._of_pages = PageJobs(self.watch, self.cancel)
        self._lock = threading.Lock()
        self._own = (
            Handlers()
            .on(PlaceInQueue, lambda _: self._queue.waiting(current_client().page))
            .on(LeaveQueue, lambda _: self._leave(current_client().page))
            .on(ProgressRequest, lambda _: self._in_progress(current_client().page))
            .on(CountsRequest, lambda _: self._count())
        )

    def ask(self, request: Request[R]) -> R:
        if request in self._own:
            return self._own.answer(request)
        return (
            self._once(cast(Query[R], request)) if request.is_cached else self._backend.ask(request)
        )

    def start(self, request: Request[Any]) -> JobId:
        if not request.is_cached:
            return self._backend.start(request)
        query = cast(Query[Any], request)
        done = self._done(query)
        job = self._backend.start(request) if done is None else done.job
        with self._lock:
            self._jobs[job] = query if done is None else done
            while len(self._jobs) > MOST_JOBS:
                self._jobs.popitem(last=False)
        if done is None:
            self._of_pages.add(current_client().page, job, query)
        return job

    def watch(self, job: JobId) -> JobStatus[Any]:
        started = self._jobs.get(job)
        if isinstance(started, JobStatus):
            return started
        status = self._backend.watch(job)
        if status.state is JobState.DONE and started is not None:
            self._results.keep(started, self.key_of(started), status.so_far)
            self._jobs.pop(job, None)
        return status

    def key_of(self, query: Query[Any]) -> str:
        """The key of a query's result; waits until its model is loaded."""
        card = self._card(query.model)
        return cache_key(query, card, [self._backend.ask(one) for one in query.depends_on()])

    def _card(self, model: str) -> ModelCard:
        card = self._known(model)
        if card is not None and card.identity is not None:
            return card
        # One waits for the model; the others wait for that one, and are counted.
        load = LoadedCard(model)
        return self._flights.run(f"load:{model}", lambda _: self._backend.ask(load))

    def _known(self, model: str) -> ModelCard | None:
        return next((card for card in self.models() if card.name == model), None)

    def _done(self, query: Query[Any]) -> JobStatus[Any] | None:
        """The job of a query whose result is cached, as one that is done."""
        card = self._known(query.model)
        if card is None or card.identity is None:
            return None
        result = self._results.get(query, self.key_of(query))
        if result is None:
            return None
        name = f"{QUERY_JOB}{secrets.token_urlsafe(16)}"
        return JobStatus(name, query, JobState.DONE, Stage.FINISHED, so_far=result)

    def _once(self, query: Query[R]) -> R:
        key = self.key_of(query)
        kept = self._results.get(query, key)
        if kept is not None:
            self._hits += query.runs_model
            return kept

        def in_turn(clients: list[Client]) -> R:
            with self._turn(query, clients):
                self._computations += query.runs_model
                return self._results.keep(query, key, self._backend.ask(query))

        return self._flights.run(
            key, lambda clients: self._results.get(query, key) or in_turn(clients)
        )

    def _turn(self, query: Query[Any], clients: list[Client]) -> AbstractContextManager[None]:
        return self._queue.turn(query.model, clients) if query.runs_model else nullcontext()

    def _in_progress(self, page: str) -> InProgress | None:
        return self._queue.in_progress(page) or self._of_pages.progress(page)

    def _leave(self, page: str) -> None:
        self._queue.leave(page)
        self._of_pages.leave(page)

    def _count(self) -> Counts:
        queue, waiting = self._queue, len(self._flights)
        return Counts(self._computations, self._hits, waiting, queue.refused, queue.dropped)
