"""Studies in this process: started, run one after the other, listed, read and exchanged."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property
from io import BufferedIOBase
from pathlib import Path

from model_backend.api.datasets import DatasetPreview, Upload
from model_backend.api.door import BlobId, JobId, JobState, JobStatus, ModelCard
from model_backend.api.errors import UnknownModel
from model_backend.api.maps.sites import Site
from model_backend.api.requests import Handlers
from model_backend.api.study_requests import (
    DatasetsRequest,
    DeleteStudy,
    ExportStudy,
    JobsRequest,
    RenameStudy,
    RestoreStudy,
    StudyHash,
    StudyId,
    StudyRequest,
    UploadDataset,
)
from model_backend.api.study_results import (
    ImportStudy,
    ProbeStudy,
    ReadStudy,
    StudiesRequest,
    StudyCard,
)
from model_backend.probing.data.dataset import read_upload, usable
from model_backend.probing.storage.claims import SILENCE
from model_backend.probing.storage.library import Library, default_folder
from model_backend.probing.storage.study_files import Probes
from model_backend.probing.storage.zip_exchange import export_folder, import_folder
from model_backend.probing.studies.running import StudyRuns, Take
from model_backend.sharing.blobs import Blobs
from model_backend.sharing.lru_cache import LruCache

RECENT = 256 * 2**20
"""Bytes of studies that are kept once they were read: some dozens of a thousand answers each, for
the page shows a shelf of them and asks for all of these at every look."""


class LocalStudyService:
    """The studies of a folder; those that were left unfinished there continue."""

    def __init__(
        self,
        folder: Path | None,
        take: Take,
        models: Callable[[], tuple[ModelCard, ...]],
        *,
        resume: bool = True,
        worked_examples: str = "",
        silence: float = SILENCE,
    ) -> None:
        """Prepare the studies; nothing is read before the first look.

        Args:
            resume: whether unfinished studies of the folder continue with the first look.
            silence: seconds without a sign of life after which work of another process is taken
                over.
        """
        self._examples, self._silence = worked_examples, silence
        self._folder, self._take, self._models, self._resume = folder, take, models, resume
        self._recent = LruCache(RECENT)
        self._starting = threading.Lock()

    def handlers(self, blobs: Blobs) -> Handlers:
        """The requests that this class answers; files come and go as blobs."""

        def upload(request: UploadDataset) -> DatasetPreview:
            with blobs.taking(request.blob) as file:
                return self.upload(Upload(request.filename, file.read(), request.mapping))

        def bring_in(request: ImportStudy) -> StudyCard:
            with blobs.taking(request.blob) as file:
                return self.import_study(file)

        def export(request: ExportStudy) -> BlobId:
            self.study(request.study)
            return blobs.offer(lambda: self.export_study(request.study))

        return (
            Handlers()
            .on(DatasetsRequest, lambda _: self.datasets())
            .on(JobsRequest, lambda _: self.jobs())
            .on(StudiesRequest, lambda _: self.studies())
            .on(ReadStudy, lambda request: self.study(request.study))
            .on(StudyHash, lambda request: self.study_hash(request.study))
            .on(UploadDataset, upload)
            .on(ImportStudy, bring_in)
            .on(ExportStudy, export)
            .on(RenameStudy, lambda asked: self.rename(asked.study, asked.name))
            .on(DeleteStudy, lambda asked: self.delete(asked.study))
            .on(RestoreStudy, lambda asked: self.restore(asked.study))
        )

    def datasets(self) -> tuple[DatasetPreview, ...]:
        """The data sets that can be studied."""
        return self._library.datasets()

    def upload(self, upload: Upload) -> DatasetPreview:
        """Look at a file, and keep it if it can be used."""
        dataset = read_upload(upload)
        if dataset.preview.dataset:
            self._library.keep_dataset(dataset)
        return dataset.preview

    def start_study(self, request: StudyRequest) -> JobId:
        """Put a study into the queue; equal unfinished requests are one job."""
        dataset = usable(self._library.dataset(request.dataset))
        known = [card.name for card in self._models()]
        if request.model not in known:
            raise UnknownModel(
                f"There is no model {request.model!r} here. There are: {', '.join(known)}."
            )
        if not request.worked_examples:
            request = replace(request, worked_examples=self._examples)
        with self._starting:
            runs = self._runs
            status = self._library.begin(request, dataset)
            self._library.notes.set_owner(status.job)
            runs.submit(status)
        return status.job

    def jobs(self) -> tuple[JobStatus[StudyRequest], ...]:
        """The studies that wait, run or have lately ended, the newest first."""
        mine = self._runs.statuses()
        written = (*self._library.waiting(), *self._library.ended())
        known = {status.job: _later(mine.get(status.job), status) for status in written}
        known = mine | known
        return tuple(known[job] for job in sorted(known, reverse=True))

    def job(self, job: JobId) -> JobStatus[StudyRequest]:
        """Progress of one study."""
        mine = self._runs.statuses().get(job)
        if mine is not None and mine.state is not JobState.WAITING:
            return mine
        return _later(mine, self._library.job(job))

    def help_with_a_study(self) -> bool:
        """Continue or help with a study of the folder; True if there may be more to do."""
        return self._runs.help_with_a_study(self._models())

    def cancel(self, job: JobId) -> None:
        """Stop a study for good, within a second; also one that another process runs."""
        self._runs.cancel(job)

    def studies(self) -> tuple[StudyCard, ...]:
        """The finished studies, the newest first."""
        return self._library.cards()

    def study(self, study: StudyId) -> ProbeStudy:
        """A finished study with all its numbers."""
        key = study, self._library.study_hash(study)
        known: ProbeStudy | None = self._recent.get(key)
        if known is None:
            known = self._library.study(study)
            self._recent.keep(key, known, self._library.study_bytes(study))
        card = self._library.named(known.card)
        return known if card is known.card else replace(known, card=card)

    def rename(self, study: StudyId, name: str) -> None:
        """Name a study; an empty name gives it its first one again."""
        self._library.notes.rename(self._library.changeable(study), name)

    def delete(self, study: StudyId) -> None:
        """Delete a study; for a while it can be restored."""
        self._library.notes.delete(self._library.changeable(study))

    def restore(self, study: StudyId) -> None:
        """Restore a study that was deleted a moment ago."""
        self._library.notes.restore(self._library.finished(study).name)

    def export_study(self, study: StudyId) -> Iterator[bytes]:
        """A study's folder as the bytes of one zip file."""
        self.study(study)
        return export_folder(self._library.readable(study))

    def import_study(self, content: BufferedIOBase) -> StudyCard:
        """Take in what ``export_study`` gave."""
        card = import_folder(content, self._library)
        self._library.notes.set_owner(card.study)
        return card

    def probes(self, study: StudyId, site: Site) -> Probes:
        """The probes that a finished study kept at a site."""
        return self._library.probes(study, site)

    def study_hash(self, study: StudyId) -> str:
        """Tells a study from all others, also from one that had its id before."""
        return self._library.study_hash(study)

    def wait(self, job: JobId, seconds: float = 0.5) -> JobStatus:
        """Wait a moment, then return a job's status."""
        self._runs.wait(job, seconds)
        return self.job(job)

    @cached_property
    def _library(self) -> Library:
        return Library(self._folder or default_folder())

    @cached_property
    def _runs(self) -> StudyRuns:
        runs = StudyRuns(self._library, self._take, self._silence)
        for status in self._library.waiting() if self._resume else ():
            runs.submit(replace(status, state=JobState.WAITING))
        return runs


def _later(mine: JobStatus | None, written: JobStatus) -> JobStatus:
    """Status of a job by this process, or as it was written if another process has it."""
    if mine is None or (mine.state is JobState.WAITING and written.state is not JobState.WAITING):
        return written
    return mine
