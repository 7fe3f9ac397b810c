"""Answers and patch maps that grow in a worker: which one has each, and what to do when it dies.

The id of such a job names its worker, so that every web process finds it, also after Redis forgot
everything. The process that started the job can start it again elsewhere: equal requests have equal
results.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from model_backend.api.door import QUERY_JOB, JobId
from model_backend.api.requests import Request

MOST_KEPT = 256
"""Jobs that can be started again."""
_AT = "@"


@dataclass(frozen=True)
class Place:
    """A worker by its name, and what it calls the job."""

    worker: str
    job: JobId


class StartedQueries:
    """The jobs that this process has started."""

    def __init__(self) -> None:
        self._requests: OrderedDict[JobId, Request[Any]] = OrderedDict()
        self._moved: dict[JobId, Place] = {}
        self._lock = threading.Lock()

    def keep(self, place: Place, request: Request[Any]) -> JobId:
        """Keep the request of a job that a worker has started, so that it can be started again.

        Returns:
            An id that names the worker, by which every web process finds the job.
        """
        job = f"{place.job}{_AT}{place.worker}"
        with self._lock:
            self._requests[job] = request
            while len(self._requests) > MOST_KEPT:
                self._moved.pop(self._requests.popitem(last=False)[0], None)
        return job

    def place(self, job: JobId) -> Place:
        """The worker that has a job, in whichever web process it was started."""
        own, _, worker = job.rpartition(_AT)
        return self._moved.get(job, Place(worker, own))

    def request(self, job: JobId) -> Request[Any] | None:
        """The request of a job; None if another process started it, or it was long ago."""
        return self._requests.get(job)

    def move(self, job: JobId, place: Place) -> None:
        """Note that a job was started again."""
        with self._lock:
            if job in self._requests:
                self._moved[job] = place


def is_query(job: JobId) -> bool:
    """True for jobs that live in the memory of one worker; studies live in a folder."""
    return job.startswith(QUERY_JOB)
