"""Runs the studies of a folder in this process, beside other processes that share the folder.

Each study is run by one process, the one that claimed it; processes without a study of their own
help with its parts.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from model_backend.api.door import JobId, JobState, JobStatus, ModelCard, ModelState, Stage
from model_backend.api.errors import BackendError, NotWritten
from model_backend.api.study_requests import StudyRequest
from model_backend.models.loaded import LoadedModel
from model_backend.probing.storage.claims import SILENCE, Claim
from model_backend.probing.storage.job_claims import JobClaims
from model_backend.probing.storage.library import Library
from model_backend.probing.studies.jobs import Cancelled, JobHandle, JobRunner, RunsElsewhere

if TYPE_CHECKING:
    import model_backend.probing.studies.parts

Take = Callable[[str, Callable[[], None]], LoadedModel]
"""The loaded model of that name; until it is loaded, calls what it is given, which may raise."""

logger = logging.getLogger(__name__)


class _NotWanted(Exception):
    """The study that this process helps with was called off, or has ended."""


class StudyRuns:
    """The studies that this process runs or helps with."""

    def __init__(self, library: Library, take: Take, silence: float = SILENCE) -> None:
        """Prepare to run studies.

        Args:
            silence: seconds without a sign of life after which work of another process is taken
                over.
        """
        self._library, self._take = library, take
        self._claims = JobClaims(library.unfinished, silence)
        self._runner = JobRunner(self._run, library.save)
        self._helped: tuple[JobId, model_backend.probing.studies.parts.StudyParts] | None = None
        self._given_up: set[JobId] = set()
        """Studies with a part that could not be computed here."""
        self.submit, self.statuses, self.wait = (
            self._runner.submit,
            self._runner.statuses,
            self._runner.wait,
        )

    def cancel(self, job: JobId) -> None:
        """Stop a study for good, within a second; also one that another process runs."""
        mine = self.statuses().get(job)
        if mine is not None and mine.state is JobState.RUNNING and self._runner.cancel(job):
            return
        if self._library.job(job).is_over:
            return
        with self._claims.run(job) as claim:
            if claim is None:
                self._claims.call_off(job)
            elif not self._runner.cancel(job):
                self._library.save(replace(self._library.job(job), state=JobState.CANCELLED))

    def help_with_a_study(self, models: Iterable[ModelCard]) -> bool:
        """Continue a study that nobody runs, or compute a part of one that another process runs.

        Does nothing while this process has a study of its own. True if there may be more to do.
        """
        if any(not status.is_over for status in self.statuses().values()):
            return False
        cards = {card.name: card for card in models}
        unfinished = [one for one in self._library.waiting() if one.request.model in cards]
        for status in unfinished:
            if self._claims.is_free(status.job):
                self.submit(replace(status, state=JobState.WAITING))
                return False
        ready = [one for one in unfinished if cards[one.request.model].state is ModelState.READY]
        if any(map(self._help, ready)):
            return True
        self._helped = None  # it would keep the model in memory
        return False

    def _run(self, handle: JobHandle) -> None:
        job, request = handle.status.job, handle.status.request
        finished = self._library.finished(job)
        if finished.exists():  # it was killed after its last step
            return
        with self._claims.run(job) as claim:
            if claim is None:
                raise RunsElsewhere
            handle.also_check = partial(self._check_claim, job, claim)
            handle.progress(Stage.LOADING, 0, 0, unit="")
            loaded = self._take(request.model, handle.check)
            from model_backend.probing.studies.run import run_study

            folder, parts = self._library.unfinished(job), self._claims.parts(job)
            try:
                run_study(folder, loaded, handle, finished, parts)
            except (NotWritten, OSError):
                if not claim.is_mine():  # who took it over has removed or finished it
                    raise RunsElsewhere from None
                raise

    def _check_claim(self, job: JobId, claim: Claim) -> None:
        if not claim.renew():
            raise RunsElsewhere
        if self._claims.is_called_off(job):
            raise Cancelled

    def _help(self, status: JobStatus[StudyRequest]) -> bool:
        """Compute a part of a study that another process runs; False if none can be computed."""
        from model_backend.probing.studies.shared_work import help_with

        job = status.job
        if job in self._given_up:
            return False
        try:
            study = self._parts_of(status)
            return study is not None and help_with(
                study, self._claims.parts(job), lambda _: self._check_wanted(job)
            )
        except _NotWanted:
            return False
        except (BackendError, OSError) as error:
            if not self._claims.has_ended(job):
                logger.warning("No more help with a study: %s", type(error).__name__)
                self._given_up.add(job)
            return False

    def _parts_of(
        self, status: JobStatus[StudyRequest]
    ) -> "model_backend.probing.studies.parts.StudyParts | None":
        from model_backend.probing.studies.parts import StudyParts
        from model_backend.probing.studies.shared_work import may_help

        if self._helped is None or self._helped[0] != status.job:
            folder = self._library.unfinished(status.job)
            loaded = self._take(status.request.model, lambda: None)
            if not may_help(folder, loaded):
                return None
            self._helped = (status.job, StudyParts(folder, loaded))
        return self._helped[1]

    def _check_wanted(self, job: JobId) -> None:
        if self._claims.is_called_off(job) or self._claims.has_ended(job):
            raise _NotWanted
