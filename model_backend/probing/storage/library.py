"""The folder in which studies lie: finished and unfinished ones, ends of jobs, uploaded files.

STUDIES/20260131-120000-places-0a1b2c/   a finished study; never changed
STUDIES/unfinished/ID/                   a study that waits, runs or was interrupted
STUDIES/ended/ID.json                    how a job ended
STUDIES/datasets/ID.json                 an uploaded data set
"""

import fcntl
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

from model_backend.api.door import JobId, JobState, JobStatus, Stage
from model_backend.api.errors import BackendError, NotWritten, UnknownStudy
from model_backend.api.sites import Site
from model_backend.api.study_requests import (
    ColumnMapping,
    DatasetPreview,
    DatasetQuestion,
    StudyId,
    StudyRequest,
)
from model_backend.api.study_results import ProbeStudy, StudyCard
from model_backend.probing.atomic_files import read_json, write_json, writing
from model_backend.probing.data.builtin_sets import builtin_datasets
from model_backend.probing.data.dataset import Dataset, usable
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

_ID = re.compile(r"[\w-]{1,100}", re.ASCII)
_ASIDE = ("unfinished", "ended", "datasets")
_HALF = re.compile(r"\..+\.(half|over)")
"""Of a file or folder that is being written, or that is on its way out."""

FORGOTTEN = 24 * 3600
"""Seconds after which nobody is at work any more on what is half written: a kill has left it. A
process would be known by its id, but not by one on another machine or in another container."""


def default_folder() -> Path:
    """Where studies lie if nobody says otherwise: among the user's own data."""
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "layerscope" / "studies"


class Library:
    """Reads and writes that folder; several processes may share one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            for name in _ASIDE:
                (folder / name).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BackendError(
                f"The folder of studies {folder} cannot be made ({error.strerror}). Name another."
            ) from error
        self._tidy()

    def _tidy(self) -> None:
        """Remove what kills have left of things that were being written."""
        since = time.time() - FORGOTTEN
        for folder in (self.folder, *(self.folder / name for name in _ASIDE)):
            for path in folder.glob(".*"):
                with suppress(OSError):  # somebody else tidies up as well, or may not
                    if _HALF.fullmatch(path.name) and _last_written(path) < since:
                        shutil.rmtree(path) if path.is_dir() else path.unlink()

    def finished(self, study: StudyId) -> Path:
        """Where a finished study is, or is to be."""
        return self.folder / _checked(study)

    def unfinished(self, job: JobId) -> Path:
        return self.folder / "unfinished" / _checked(job)

    def cards(self) -> tuple[StudyCard, ...]:
        """The finished studies, the newest first; a folder that is none is passed over.

        So is one with a dot before its name: it is being written or taken in, or was when its
        process was killed.
        """
        found = []
        for path in self.folder.glob("[!.]*"):
            if path.name not in _ASIDE and (path / STUDY).exists():
                with suppress(OSError, ValueError, KeyError, TypeError):
                    found.append(read_card(path))
        return tuple(sorted(found, key=lambda card: (card.finished, card.study), reverse=True))

    def study(self, study: StudyId) -> ProbeStudy:
        """A finished study.

        Raises:
            UnknownStudy: there is none of that id.
        """
        with self._reading(study) as folder:
            return read_study(folder)

    def study_bytes(self, study: StudyId) -> int:
        """About how many bytes a finished study takes in memory; on the disk it is as many.

        Raises:
            UnknownStudy: there is none of that id.
        """
        with self._reading(study) as folder:
            files = (folder / name for name in (STUDY, EXAMPLES, DROPPED, MAPS))
            return sum(path.stat().st_size for path in files if path.exists())

    def probes(self, study: StudyId, site: Site) -> Probes:
        """The probes that a finished study kept at a site.

        Raises:
            UnknownStudy: there is none of that id, or its probes are not as they were written.
        """
        with self._reading(study) as folder:
            return read_probes(folder, site)

    def study_hash(self, study: StudyId) -> str:
        """What tells a study from any other that is put in its place, under its id.

        Raises:
            UnknownStudy: there is none of that id.
        """
        with self._reading(study) as folder:
            return study_hash(folder)

    @contextmanager
    def _reading(self, study: StudyId) -> Iterator[Path]:
        """The folder of a finished study; what cannot be read in it becomes a sentence."""
        folder = self.finished(study)
        if not (folder / STUDY).exists():
            raise UnknownStudy(f"There is no study {study!r} here.")
        try:
            yield folder
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UnknownStudy(
                f"The files of the study {study!r} cannot be read: {_reason(error)}."
            ) from error

    def begin(self, request: StudyRequest, dataset: Dataset) -> JobStatus:
        """Write down what a study is to do; an equal one that is unfinished is gone on with."""
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
            with writing(folder):
                half.mkdir()
                write_plan(half, make_plan(status.job, request, dataset))
                write_json(half / "status.json", _entry(status))
                half.rename(folder)
        except NotWritten:
            shutil.rmtree(half, ignore_errors=True)
            raise
        return status

    def plan(self, job: JobId) -> Plan:
        return read_plan(self.unfinished(job))

    def waiting(self) -> tuple[JobStatus, ...]:
        """What was begun and has not ended, the oldest first."""
        folders = sorted((self.folder / "unfinished").glob("[!.]*/plan.json"))
        return tuple(self._status(path.parent) for path in folders)

    def _status(self, folder: Path) -> JobStatus:
        try:
            return _read_status(folder / "status.json")
        except (OSError, ValueError, KeyError, TypeError):
            return JobStatus(folder.name, read_plan(folder).request)

    def save(self, status: JobStatus) -> None:
        """Write down how far a job is; one that is over leaves nothing but that, and its study."""
        folder = self.unfinished(status.job)
        if not status.is_over:
            if folder.exists():
                write_json(folder / "status.json", _entry(status))
            return
        path = self.folder / "ended" / f"{status.job}.json"
        try:
            write_json(path, _entry(status))
        except NotWritten:  # what the job leaves behind makes room
            self._let_go(folder)
            write_json(path, _entry(status))
        self._let_go(folder)

    def _let_go(self, folder: Path) -> None:
        """Remove a folder such that a kill leaves no half of it that looks like a job."""
        with suppress(OSError):
            folder.rename(folder.with_name(f".{folder.name}.over"))
        for path in (folder, *folder.parent.glob(".*.over")):
            shutil.rmtree(path, ignore_errors=True)

    def ended(self) -> Iterator[JobStatus]:
        """How jobs ended, the newest first."""
        for path in sorted((self.folder / "ended").glob("*.json"), reverse=True):
            with suppress(OSError, ValueError, KeyError, TypeError):
                yield _read_status(path)

    def job(self, job: JobId) -> JobStatus:
        """How a job stands, by what is written.

        Raises:
            UnknownStudy: there is none of that id.
        """
        for status in (*self.waiting(), *self.ended()):
            if status.job == job:
                return status
        raise UnknownStudy(f"There is no job {job!r} here.")

    @contextmanager
    def owning(self, job: JobId) -> Iterator[bool]:
        """Be the one process that runs a job; False if another one is. Killing it lets go."""
        with (self.unfinished(job) / "lock").open("wb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    def keep_dataset(self, dataset: Dataset) -> None:
        """Keep an uploaded data set, so that it can be named."""
        name = f"{dataset.preview.dataset}.json"
        questions = [asdict(question) for question in dataset.questions]
        content = {"preview": asdict(dataset.preview), "questions": questions}
        write_json(self.folder / "datasets" / name, content)

    def datasets(self) -> tuple[DatasetPreview, ...]:
        """The built-in data sets, then the uploaded ones, the newest first."""
        paths = sorted(
            (self.folder / "datasets").glob("*.json"), key=lambda path: -path.stat().st_mtime
        )
        uploaded = tuple(_read_dataset(path).preview for path in paths)
        return (*(dataset.preview for dataset in builtin_datasets()), *uploaded)

    def dataset(self, dataset: str) -> Dataset:
        """A data set by its id.

        Raises:
            UnknownStudy: there is none of that id.
        """
        for each in builtin_datasets():
            if each.preview.dataset == dataset:
                return usable(each)
        path = self.folder / "datasets" / f"{_checked(dataset)}.json"
        if not path.exists():
            known = ", ".join(preview.name for preview in self.datasets())
            raise UnknownStudy(f"There is no data set {dataset!r} here. There are: {known}.")
        return _read_dataset(path)


def _checked(name: str) -> str:
    """An id that is the name of a file, and no path."""
    if not isinstance(name, str) or not _ID.fullmatch(name) or name in _ASIDE:
        raise UnknownStudy(f"There is no study {str(name)[:100]!r} here.")
    return name


def _last_written(path: Path) -> float:
    """When anything was last written to a file, or to a folder or whatever is in it."""
    return max(each.stat().st_mtime for each in (path, *path.rglob("*")))


def _reason(error: Exception) -> str:
    """Without the place on this machine that a file's error names."""
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


def _read_dataset(path: Path) -> Dataset:
    content = read_json(path)
    questions = tuple(_question(entry) for entry in content["questions"])
    entry = content["preview"]
    known = {
        "columns": tuple(entry["columns"]),
        "mapping": ColumnMapping(**entry["mapping"]),
        "first": tuple(_question(first) for first in entry["first"]),
        "problems": tuple(entry["problems"]),
    }
    return Dataset(DatasetPreview(**{**entry, **known}), questions)


def _question(entry: dict[str, Any]) -> DatasetQuestion:
    return DatasetQuestion(**{**entry, "aliases": tuple(entry["aliases"])})
