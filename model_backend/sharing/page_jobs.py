"""Queries that pages started as jobs: their progress as of any computation, and their end."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from model_backend.api.clients import InProgress
from model_backend.api.door import JobId, JobStatus
from model_backend.api.errors import BadRequest
from model_backend.api.requests import Query

MOST_PAGES = 256

Watch = Callable[[JobId], JobStatus[Any]]
Cancel = Callable[[JobId], None]


class PageJobs:
    """The job that each page started last, if its query says in words what it does."""

    def __init__(self, watch: Watch, cancel: Cancel) -> None:
        self._watch, self._cancel = watch, cancel
        self._jobs: OrderedDict[str, tuple[JobId, str]] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, page: str, job: JobId, query: Query[Any]) -> None:
        """Remember what a page started; programs have no page."""
        if not page or not query.doing:
            return
        with self._lock:
            self._jobs.pop(page, None)
            self._jobs[page] = job, query.doing
            while len(self._jobs) > MOST_PAGES:
                self._jobs.popitem(last=False)

    def progress(self, page: str) -> InProgress | None:
        """Progress of the page's job; None if none runs."""
        job, doing = self._jobs.get(page, ("", ""))
        with suppress(BadRequest):  # it may be forgotten by now
            if job and not (status := self._watch(job)).is_over:
                return _as_computation(doing, status)
        self._jobs.pop(page, None)
        return None

    def leave(self, page: str) -> None:
        """Stop the page's job: the page closes or gives up."""
        job, _ = self._jobs.pop(page, ("", ""))
        with suppress(BadRequest):
            if job:
                self._cancel(job)


def _as_computation(doing: str, status: JobStatus[Any]) -> InProgress:
    left = status.seconds_left
    share = 0.0 if left is None else status.seconds / ((status.seconds + left) or 1.0)
    return InProgress(doing, share, status.seconds, left)
