"""Long work with progress, cancel and a heartbeat: one job after the other on a thread of its own.

The work is an argument. The status is kept in memory and handed to ``save`` as it changes, so that
it outlives the process; the next process submits unfinished jobs again.
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from model_backend.api.door import JobId, JobState, JobStatus, Stage
from model_backend.api.errors import BackendError, NotWritten

HEARTBEAT = 0.3
"""Seconds between two writings of a status that says nothing but how much is done."""

WINDOW = 5.0
"""Seconds over which a rate is taken."""

GO_ON = "Run the same study again, and it goes on where it was."

logger = logging.getLogger(__name__)


class Cancelled(Exception):
    """The job was told to stop."""


class RunsElsewhere(Exception):
    """Another process does this job."""


class JobHandle:
    """Handle of a running job: reports progress, and raises when the job is cancelled."""

    def __init__(self, status: JobStatus, save: Callable[[JobStatus], None]) -> None:
        self.status = status
        self._save = save_or_log(save)
        self._stop = threading.Event()
        self.also_check: Callable[[], None] = lambda: None
        """Called with every ``check``; may raise as it does."""
        self.over = threading.Event()
        """Set when the job has ended, however it did."""
        self._start = time.monotonic() - status.seconds
        self._saved = 0.0
        self._marks: list[tuple[float, int]] = []

    def stop(self) -> None:
        """Ask the job to stop: its next ``check`` raises."""
        self._stop.set()

    def check(self) -> None:
        """Return if the job may continue.

        Raises:
            Cancelled: the job was told to stop.
            RunsElsewhere: another process has taken the job over.
        """
        if self._stop.is_set():
            raise Cancelled
        self.also_check()

    def progress(
        self, stage: Stage, done: int, total: int, *, unit: str, later: float = 0.0
    ) -> None:
        """Say how far this stage is; ``later`` is how many seconds the next ones may take.

        Raises:
            Cancelled: the job was told to stop.
        """
        self.check()
        now = time.monotonic()
        before = self.status
        is_new = (stage, total, unit) != (before.stage, before.total, before.unit)
        if is_new:
            self._marks = []
        self._marks = [mark for mark in self._marks if now - mark[0] < WINDOW] + [(now, done)]
        first_time, first_done = self._marks[0]
        rate = (done - first_done) / (now - first_time) if now > first_time else 0.0
        self.status = replace(
            self.status,
            state=JobState.RUNNING,
            stage=stage,
            done=done,
            total=total,
            unit=unit,
            rate=rate,
            seconds_left=(total - done) / rate + later if rate else None,
            seconds=now - self._start,
        )
        if is_new or now - self._saved > HEARTBEAT:
            self._saved = now
            self._save(self.status)

    def now(self) -> JobStatus:
        """Status with the seconds until now: one pass of a large model takes many."""
        if self.status.state is not JobState.RUNNING:
            return self.status
        return replace(self.status, seconds=time.monotonic() - self._start)

    def end(self, state: JobState, message: str = "", *, is_kept: bool = False) -> None:
        """Say how it ended.

        One that ``is_kept`` can be resumed: nothing is written, so its files stay.
        """
        stage = Stage.FINISHED if state is JobState.DONE else self.status.stage
        seconds = time.monotonic() - self._start
        ended = replace(
            self.status,
            state=state,
            stage=stage,
            message=message,
            seconds_left=0.0,
            seconds=seconds,
        )
        if not is_kept:
            self._save(ended)
        self.status = ended  # last: a reader who sees that it is over finds all files in place
        self.over.set()


def save_or_log(save: Callable[[JobStatus], None]) -> Callable[[JobStatus], None]:
    """Wrap ``save`` so that a status that cannot be written is logged and does not end the job."""

    def save_quietly(status: JobStatus) -> None:
        try:
            save(status)
        except (NotWritten, OSError):
            logger.warning("The status of job %s could not be saved.", _tail(status.job))

    return save_quietly


class JobRunner:
    """Runs jobs one after the other."""

    def __init__(self, run: Callable[[JobHandle], None], save: Callable[[JobStatus], None]) -> None:
        self._run, self._save = run, save_or_log(save)
        self._handles: dict[JobId, JobHandle] = {}
        self._lock = threading.Lock()
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="study")

    def submit(self, status: JobStatus) -> None:
        """Put a job at the end of the queue; one that is in it already stays where it is."""
        with self._lock:
            known = self._handles.get(status.job)
            if known is not None and not known.status.is_over:
                return
            handle = self._handles[status.job] = JobHandle(status, self._save)
        self._save(status)
        self._executor.submit(self._work, handle)

    def statuses(self) -> dict[JobId, JobStatus]:
        """Status of every job of this process."""
        with self._lock:
            return {job: handle.now() for job, handle in self._handles.items()}

    def cancel(self, job: JobId) -> bool:
        """Stop a job that waits or runs; False if this process has none of that id."""
        with self._lock:
            handle = self._handles.get(job)
        if handle is None or handle.status.is_over:
            return False
        handle.stop()
        if handle.status.state is JobState.WAITING:
            handle.end(JobState.CANCELLED)
        return True

    def wait(self, job: JobId, seconds: float) -> None:
        """Wait for a job of this process to end, but not longer than this."""
        with self._lock:
            handle = self._handles.get(job)
        if handle is not None:
            handle.over.wait(seconds)

    def _work(self, handle: JobHandle) -> None:
        if handle.status.is_over:  # it was cancelled while it waited
            return
        try:
            self._run(handle)
            handle.end(JobState.DONE)
        except Cancelled:
            handle.end(JobState.CANCELLED)
        except RunsElsewhere:
            with self._lock:
                del self._handles[handle.status.job]
        except (NotWritten, OSError) as error:
            handle.end(JobState.FAILED, f"{_in_words(error)} {GO_ON}", is_kept=True)
        except BackendError as error:
            handle.end(JobState.FAILED, str(error))
        except Exception as error:  # the edge of a job: its watchers need a message
            logger.exception("The job %s failed.", _tail(handle.status.job))
            handle.end(JobState.FAILED, _in_words(error))


def _tail(job: JobId) -> str:
    """The end of an id, which tells it from others; before it is a file's name, as it came in."""
    return job.rpartition("-")[2]


def _in_words(error: Exception) -> str:
    if isinstance(error, NotWritten):
        return str(error)
    if isinstance(error, OSError):
        place = f" ({error.filename})" if error.filename else ""
        return (
            f"A file of this study could not be read or written: {error.strerror or error}{place}."
        )
    if isinstance(error, MemoryError) or "memory" in str(error):
        return "There is not enough memory for this study. Take fewer questions or a smaller model."
    reason = str(error).strip().splitlines()[:1]
    return f"The study failed: {type(error).__name__} {' '.join(reason)}"
