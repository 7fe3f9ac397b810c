"""Patch maps in the making, each on a thread of its own, watched by who asked.

Knows nothing of models: what makes the steps is an argument. Imports no torch.
"""

import logging
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import cast

from model_backend.api.door import QUERY_JOB, JobId, JobState, JobStatus, Stage
from model_backend.api.errors import BackendError, BadRequest, CalledOff
from model_backend.api.patching import PatchMap, PatchRequest
from model_backend.sharing.progress import ENOUGH_SHARE, Computation, computing

PATCH_JOB = f"{QUERY_JOB}patch-"
"""Begins the id of every job of this module."""
LEASE = 150.0
"""Seconds that a map goes on while nobody looks; browsers look once a minute from a page that is
hidden."""
MOST_RUNNING = 4
MOST_KEPT = 64

logger = logging.getLogger(__name__)

Begin = Callable[[], Iterator[PatchMap]]


@dataclass(eq=False)
class _Job:
    request: PatchRequest
    stop: threading.Event = field(default_factory=threading.Event)
    made: PatchMap | None = None
    started: float | None = None
    estimated: float | None = None
    """Time at which the estimate was there, from which on rows are made."""
    stepped: float | None = None
    """Time at which the last rows were there."""
    ended: float | None = None
    seen: float = 0.0
    error: str = ""


class PatchJobs:
    """Starts maps, says how far they have come, and stops them."""

    def __init__(
        self, *, lease: float = LEASE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._jobs: OrderedDict[JobId, _Job] = OrderedDict()
        self._lock = threading.Lock()
        self._lease, self._clock = lease, clock

    def owns(self, job: JobId) -> bool:
        """True if the job is or was a patch map."""
        return job.startswith(PATCH_JOB)

    def start(self, request: PatchRequest, begin: Begin) -> JobId:
        """Make a map; ``begin`` may take its time, as where a model must be loaded first.

        Raises:
            BackendError: as many maps as can be are being made.
        """
        name, job = PATCH_JOB + secrets.token_urlsafe(16), _Job(request, seen=self._clock())
        with self._lock:
            running = sum(one.ended is None for one in self._jobs.values())
            if running >= MOST_RUNNING:
                raise BackendError(
                    f"{running} patch maps are being made; that is the limit. Try again soon."
                )
            self._jobs[name] = job
            self._forget_some()
        threading.Thread(target=self._make, args=(job, begin), daemon=True).start()
        return name

    def watch(self, name: JobId) -> JobStatus[PatchRequest]:
        """Progress of a map; each call keeps it running.

        Raises:
            BadRequest: there is no such map, or it ended long ago.
        """
        job = self._jobs.get(name)
        if job is None:
            raise BadRequest("That map is no longer kept here. Press Run to make it again.")
        job.seen = self._clock()
        ended = job.ended  # read first: what is read after it is then the last
        made = job.made
        done, total = (0, 0) if made is None else (int(made.is_exact.sum()), len(made.is_exact))
        return JobStatus(
            name,
            job.request,
            _state(job) if ended is not None else JobState.RUNNING,
            Stage.WAITING if made is None and ended is None else Stage.FINISHED,
            done=done,
            total=total,
            unit="rows",
            seconds_left=_seconds_left(job, made) if ended is None else None,
            seconds=(ended or job.seen) - job.started if job.started is not None else 0.0,
            message=job.error,
            so_far=made,
        )

    def stop(self, name: JobId) -> None:
        """End a map at its next block; ended or unknown ones are left alone."""
        job = self._jobs.get(name)
        if job is not None:
            job.stop.set()

    def _make(self, job: _Job, begin: Begin) -> None:
        try:
            steps = begin()
            job.started = self._clock()
            is_wanted = computing(Computation(lambda: self._is_wanted(job)))
            with is_wanted, closing(cast(Generator[PatchMap, None, None], steps)):
                self._follow(job, steps)
        except CalledOff:
            pass  # the rows that are there stay
        except BackendError as error:
            job.error = str(error)
        except Exception:  # the edge of a thread: who watches must hear of it
            logger.exception("A patch map could not be made.")
            job.error = "Something went wrong while the map was made. Press Run to try again."
        finally:
            job.ended = self._clock()

    def _follow(self, job: _Job, steps: Iterator[PatchMap]) -> None:
        while self._is_wanted(job):
            made = next(steps, None)
            if made is None:
                return
            job.stepped = self._clock()
            job.estimated = job.stepped if job.estimated is None else job.estimated
            job.made = made

    def _is_wanted(self, job: _Job) -> bool:
        return not job.stop.is_set() and self._clock() - job.seen < self._lease

    def _forget_some(self) -> None:
        for name, job in list(self._jobs.items()):
            if len(self._jobs) <= MOST_KEPT:
                return
            if job.ended is not None:
                del self._jobs[name]


def _state(job: _Job) -> JobState:
    """Final state of a map that has ended."""
    if job.error:
        return JobState.FAILED
    return JobState.DONE if job.made is not None and job.made.is_whole else JobState.CANCELLED


def _seconds_left(job: _Job, made: PatchMap | None) -> float | None:
    """At the pace so far: a row takes as many steps as there are blocks above it."""
    if made is None or job.estimated is None or job.stepped is None:
        return None
    n, done = len(made.is_exact), int(made.is_exact.sum())
    left, share = made.setup.cost.seconds, (done / n) ** 2
    if share > ENOUGH_SHARE:
        left = (job.stepped - job.estimated) * (1 / share - 1)
    return max(0.0, left - (job.seen - job.stepped))
