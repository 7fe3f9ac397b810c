"""Reads and writes the folder of studies: finished and unfinished studies, ended jobs, data sets.

STUDIES/20260131-120000-places-0a1b2c/   a finished study; never changed
STUDIES/unfinished/ID/                   a waiting, running or interrupted study
STUDIES/ended/ID.json                    the last status of a job
STUDIES/datasets/ID.json                 an uploaded data set

Names, owners and deleted studies: see ``study_notes``.
"""

import hashlib
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from model_backend.api.datasets import DatasetPreview
from model_backend.api.door import JobId, JobState, JobStatus, Stage
from model_backend.api.errors import BackendError, BadRequest, NotWritten, UnknownStudy
from model_backend.api.maps.sites import Site
from model_backend.api.study_requests import StudyId, StudyRequest
from model_backend.api.study_results import ProbeStudy, StudyCard
from model_backend.api.validation import expand_home
from model_backend.probing.atomic_files import explain_disk_errors, read_json, write_json
from model_backend.probing.data.dataset import Dataset
from model_backend.probing.storage.dataset_files import DatasetFiles
from model_backend.probing.storage.example_studies import example_folder, read_example
from model_backend.probing.storage.plan import Plan, make_plan, read_plan, write_plan
from model_backend.probing.storage.study_files import (
    DROPPED,
    EXAMPLES,
    MAPS,
    STUDY,
    Probes,
    read_card,
    read_probes,
    read_study,
    study_hash,
)
from model_backend.probing.storage.study_notes import DELETED, NOTES, StudyNotes

_ID = re.compile(r"[\w-]{1,100}", re.ASCII)
_RESERVED = ("unfinished", "ended", "datasets", NOTES, DELETED)
_LEFTOVER_NAME = re.compile(r"\..+\.(half|over)")
"""Name of a file or folder that is being written or removed."""

LEFTOVER_AGE = 24 * 3600
"""Age in seconds after which a half-written file counts as left by a killed process. Process ids
are no help, because the process may run on another machine or in another container."""


def default_folder() -> Path:
    """Default folder for studies, in the user's data folder."""
    data = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return expand_home(data) / "layerscope" / "studies"


class Library:
    """Reads and writes a folder of studies, which several processes may share."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            for name in _RESERVED:
                (folder / name).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BackendError(
                f"The folder of studies {folder} cannot be made ({error.strerror}). Name another."
            ) from error
        self.notes = StudyNotes(folder)
        self._datasets = DatasetFiles(folder / "datasets")
        self._remove_leftovers()

    def _remove_leftovers(self) -> None:
        """Remove half-written files that killed processes left."""
        since = time.time() - LEFTOVER_AGE
        for folder in (self.folder, *(self.folder / name for name in _RESERVED)):
            for path in folder.glob(".*"):
                with suppress(OSError):  # another process removes it too, or it may not be removed
                    if _LEFTOVER_NAME.fullmatch(path.name) and _last_written(path) < since:
                        shutil.rmtree(path) if path.is_dir() else path.unlink()

    def finished(self, study: StudyId) -> Path:
        """Folder of a finished study, whether it exists yet or not."""
        return self.folder / _checked_id(study)

    def readable(self, study: StudyId) -> Path:
        """Folder of a study that is here, or of an example that comes with the project.

        Raises:
            UnknownStudy: there is no study of that id.
        """
        own = self.finished(study)
        folder = own if (own / STUDY).exists() else example_folder(study)
        if folder is None:
            raise UnknownStudy(f"There is no study {study!r} here.")
        return folder

    def changeable(self, study: StudyId) -> StudyId:
        """The id of a study that can be renamed or deleted.

        Raises:
            UnknownStudy: there is no study of that id.
            BadRequest: the study is an example that comes with the project.
        """
        if self.readable(study) != self.finished(study):
            raise BadRequest("This study comes with Layerscope: it is not renamed or deleted.")
        return study

    def unfinished(self, job: JobId) -> Path:
        """Folder of an unfinished study."""
        return self.folder / "unfinished" / _checked_id(job)

    def cards(self) -> tuple[StudyCard, ...]:
        """The finished studies, the newest first; other folders are skipped.

        The id of a study is the name of its folder, so that a copy is a study of its own. A folder
        whose name starts with a dot is being written or imported, or was left by a killed process.
        """
        found = []
        for path in self.folder.glob("[!.]*"):
            if path.name not in _RESERVED and (path / STUDY).exists():
                with suppress(OSError, ValueError, KeyError, TypeError):
                    found.append(self.named(replace(read_card(path), study=path.name)))
        return tuple(sorted(found, key=lambda card: (card.finished, card.study), reverse=True))

    def study(self, study: StudyId) -> ProbeStudy:
        """Read a finished study.

        Raises:
            UnknownStudy: there is no study of that id, or its files cannot be read.
        """
        with self._reading(study) as folder:
            is_example = folder != self.finished(study)
            read = read_example(folder) if is_example else read_study(folder)
            return replace(read, card=replace(read.card, study=study))

    def named(self, card: StudyCard) -> StudyCard:
        """The card with the name that somebody gave its study."""
        name = self.notes.note(card.study).name
        return replace(card, name=name) if name else card

    def study_bytes(self, study: StudyId) -> int:
        """Approximate memory of a finished study in bytes: the size of its files.

        Raises:
            UnknownStudy: there is no study of that id.
        """
        with self._reading(study) as folder:
            files = (folder / name for name in (STUDY, EXAMPLES, DROPPED, MAPS))
            return sum(path.stat().st_size for path in files if path.exists())

    def probes(self, study: StudyId, site: Site) -> Probes:
        """Read the probes that a finished study kept at a site.

        Raises:
            UnknownStudy: there is no study of that id, or the checksum of its probes differs.
        """
        with self._reading(study) as folder:
            return read_probes(folder, site)

    def study_hash(self, study: StudyId) -> str:
        """Hash of a study's content, which changes if another study takes its id.

        Raises:
            UnknownStudy: there is no study of that id.
        """
        with self._reading(study) as folder:
            return study_hash(folder)

    @contextmanager
    def _reading(self, study: StudyId) -> Iterator[Path]:
        """Give the folder of a finished study; errors while reading it become ``UnknownStudy``."""
        folder = self.readable(study)
        try:
            yield folder
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UnknownStudy(
                f"The files of the study {study!r} cannot be read: {_reason(error)}."
            ) from error

    def begin(self, request: StudyRequest, dataset: Dataset) -> JobStatus:
        """Store the plan of a new study; an equal unfinished request continues the old study."""
        for status in self.waiting():
            if status.request == request:
                return replace(status, state=JobState.WAITING)
        stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
        name = re.sub(r"\W+", "-", dataset.preview.name, flags=re.ASCII).strip("-")[:40]
        salt = hashlib.sha256(f"{request}{time.time_ns()}".encode()).hexdigest()[:6]
        status = JobStatus(f"{stamp}-{name or 'study'}-{salt}", request)
        folder = self.unfinished(status.job)
        half = folder.with_name(f".{folder.name}.half")
        try:
            with explain_disk_errors(folder):
                half.mkdir()
                write_plan(half, make_plan(status.job, request, dataset))
                write_json(half / "status.json", _entry(status))
                half.rename(folder)
        except NotWritten:
            shutil.rmtree(half, ignore_errors=True)
            raise
        return status

    def plan(self, job: JobId) -> Plan:
        """Read the plan of an unfinished study."""
        return read_plan(self.unfinished(job))

    def waiting(self) -> tuple[JobStatus, ...]:
        """Jobs that have started and not ended, the oldest first."""
        found = []
        for path in sorted((self.folder / "unfinished").glob("[!.]*/plan.json")):
            with suppress(FileNotFoundError):  # it ended in another process since
                found.append(self._status(path.parent))
        return tuple(found)

    def _status(self, folder: Path) -> JobStatus:
        try:
            return _read_status(folder / "status.json")
        except (OSError, ValueError, KeyError, TypeError):
            return JobStatus(folder.name, read_plan(folder).request)

    def save(self, status: JobStatus) -> None:
        """Store the status of a job; the working folder of an ended job is removed."""
        folder = self.unfinished(status.job)
        if not status.is_over:
            if folder.exists():
                write_json(folder / "status.json", _entry(status))
            return
        path = self.folder / "ended" / f"{status.job}.json"
        try:
            write_json(path, _entry(status))
        except NotWritten:  # removing the working folder makes room
            self._remove_folder(folder)
            write_json(path, _entry(status))
        self._remove_folder(folder)

    def _remove_folder(self, folder: Path) -> None:
        """Rename a folder, then remove it, so that a kill in between leaves no half of a job."""
        with suppress(OSError):
            folder.rename(folder.with_name(f".{folder.name}.over"))
        for path in (folder, *folder.parent.glob(".*.over")):
            shutil.rmtree(path, ignore_errors=True)

    def ended(self) -> Iterator[JobStatus]:
        """Last statuses of ended jobs, the newest first."""
        for path in sorted((self.folder / "ended").glob("*.json"), reverse=True):
            with suppress(OSError, ValueError, KeyError, TypeError):
                yield _read_status(path)

    def job(self, job: JobId) -> JobStatus:
        """Stored status of a job.

        Raises:
            UnknownStudy: there is no job of that id.
        """
        for status in (*self.waiting(), *self.ended()):
            if status.job == job:
                return status
        raise UnknownStudy(f"There is no job {job!r} here.")

    def keep_dataset(self, dataset: Dataset) -> None:
        """Store an uploaded data set under its id."""
        self._datasets.keep(dataset)

    def datasets(self) -> tuple[DatasetPreview, ...]:
        """The built-in data sets, then the uploaded ones, the newest first."""
        return self._datasets.previews()

    def dataset(self, dataset: str) -> Dataset:
        """Read a data set by its id.

        Raises:
            UnknownStudy: there is no data set of that id.
            BadRequest: it cannot be studied.
        """
        return self._datasets.read(_checked_id(dataset))


def _checked_id(name: str) -> str:
    """Return an id if it is a plain file name.

    Raises:
        UnknownStudy: it is a path or a reserved name.
    """
    if not isinstance(name, str) or not _ID.fullmatch(name) or name in _RESERVED:
        raise UnknownStudy(f"There is no study {str(name)[:100]!r} here.")
    return name


def _last_written(path: Path) -> float:
    """Time of the last change of a file, or of a folder or anything in it."""
    return max(each.stat().st_mtime for each in (path, *path.rglob("*")))


def _reason(error: Exception) -> str:
    """Text of an error without the path that errors of files contain."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return f"{type(error).__name__} {error}"


def _entry(status: JobStatus) -> dict[str, Any]:
    """A status as a file keeps it; a study shows nothing of its result before it is finished."""
    return {name: value for name, value in asdict(status).items() if name != "so_far"}


def _read_status(path: Path) -> JobStatus:
    entry: dict[str, Any] = read_json(path)
    known = {
        "request": StudyRequest(**entry["request"]),
        "state": JobState(entry["state"]),
        "stage": Stage(entry["stage"]),
    }
    return JobStatus(**{**entry, **known})
