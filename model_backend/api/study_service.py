"""The desk where studies are asked for, watched and read, and a way to stand in for one.

``requests.py`` says what is asked and ``results.py`` what comes out; none of them imports torch.
"""

from collections.abc import Iterator
from io import BufferedIOBase
from typing import Protocol

from model_backend.api.study_requests import (
    DatasetPreview,
    JobId,
    JobStatus,
    StudyId,
    StudyRequest,
    Upload,
)
from model_backend.api.study_results import ProbeStudy, StudyCard


class StudyService(Protocol):
    """Where studies are asked for, watched and read; every ``Backend`` is one."""

    def datasets(self) -> tuple[DatasetPreview, ...]:
        """The data sets that can be studied: the built-in ones first, then what was uploaded."""
        ...

    def upload(self, upload: Upload) -> DatasetPreview:
        """Look at a file, and keep it if it can be used; nothing runs."""
        ...

    def start_study(self, request: StudyRequest) -> JobId:
        """Put a study into the queue; returns at once. Equal unfinished requests are one job."""
        ...

    def jobs(self) -> tuple[JobStatus, ...]:
        """The studies that wait, run or have lately ended, the newest first."""
        ...

    def job(self, job: JobId) -> JobStatus:
        """How far one study has come, also after the page or the server was started anew."""
        ...

    def cancel(self, job: JobId) -> None:
        """Stop a study for good, within a second; what is over already stays as it is."""
        ...

    def studies(self) -> tuple[StudyCard, ...]:
        """The finished studies, the newest first."""
        ...

    def study(self, study: StudyId) -> ProbeStudy:
        """A finished study with all its numbers."""
        ...

    def export_study(self, study: StudyId) -> Iterator[bytes]:
        """A study's folder as the bytes of one zip file, with a checksum of every file in it."""
        ...

    def import_study(self, content: BufferedIOBase) -> StudyCard:
        """Take in what ``export_study`` gave, if nothing in it was changed."""
        ...


class ForwardsStudies:
    """A ``StudyService`` that hands every question on to ``_desk``."""

    _desk: StudyService

    def datasets(self) -> tuple[DatasetPreview, ...]:
        return self._desk.datasets()

    def upload(self, upload: Upload) -> DatasetPreview:
        return self._desk.upload(upload)

    def start_study(self, request: StudyRequest) -> JobId:
        return self._desk.start_study(request)

    def jobs(self) -> tuple[JobStatus, ...]:
        return self._desk.jobs()

    def job(self, job: JobId) -> JobStatus:
        return self._desk.job(job)

    def cancel(self, job: JobId) -> None:
        self._desk.cancel(job)

    def studies(self) -> tuple[StudyCard, ...]:
        return self._desk.studies()

    def study(self, study: StudyId) -> ProbeStudy:
        return self._desk.study(study)

    def export_study(self, study: StudyId) -> Iterator[bytes]:
        return self._desk.export_study(study)

    def import_study(self, content: BufferedIOBase) -> StudyCard:
        return self._desk.import_study(content)
