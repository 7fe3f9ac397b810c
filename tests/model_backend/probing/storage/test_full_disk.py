"""A full disk ends a study with a sentence, and the same study continues when there is room."""

import io
import sys
from pathlib import Path

import numpy as np
import pytest

from model_backend import JobState, JobStatus, LocalBackend, NotWritten, StudyRequest, Upload
from model_backend.api.door import Stage
from model_backend.probing import __main__ as program
from model_backend.probing.storage.library import Library
from model_backend.probing.storage.study_files import write_study
from model_backend.probing.storage.zip_exchange import export_folder, import_folder
from model_backend.probing.studies.jobs import JobHandle, JobRunner
from model_backend.probing.studies.parts import FITS, SHARDS
from tests.model_backend.fake_study_service import make_study
from tests.model_backend.full_disk import full_disk
from tests.model_backend.probing.answering import end, open_namer, quick_request
from tests.model_backend.probing.storage.test_zip_exchange import rows_of
from tests.waiting import until

pytestmark = pytest.mark.slow

TOLD = "could not be written: File too large. Make room there"


def small_request(dataset: str, **changes: object) -> StudyRequest:
    """A small study without the control with random weights."""
    return quick_request(dataset, random_model=False, **changes)


def begin_and_fill(backend: LocalBackend, request: StudyRequest, files: str) -> JobStatus:
    """Start a study, and fill the disk as soon as its folder has one of ``files``."""
    job = backend.start_study(request)
    folder = backend.study_service._library.unfinished(job)
    until(lambda: bool(list(folder.glob(files))))
    with full_disk():
        return end(backend, job)


def maps_of(backend: LocalBackend, job: str) -> dict[str, np.ndarray]:
    with np.load(backend.study_service._library.finished(job) / "maps.npz") as file:
        return {name: file[name] for name in file.files}


@pytest.fixture(scope="module")
def expected(
    model: Path, questions: bytes, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, np.ndarray]:
    """Maps of the same study on a disk with room."""
    backend = open_namer(model, tmp_path_factory.mktemp("calm"))
    dataset = backend.upload(Upload("half.jsonl", questions)).dataset
    return maps_of(backend, end(backend, backend.start_study(small_request(dataset))).job)


@pytest.mark.slow
@pytest.mark.parametrize("files", ["model.json", f"{SHARDS}/00000.json", f"{FITS}/*.npz"])
def test_a_study_fails_with_a_sentence_and_later_continues_to_the_same_numbers(
    model: Path, questions: bytes, expected: dict[str, np.ndarray], tmp_path: Path, files: str
) -> None:
    backend = open_namer(model, tmp_path)
    request = small_request(backend.upload(Upload("half.jsonl", questions)).dataset)
    failed = begin_and_fill(backend, request, files)
    assert failed.state is JobState.FAILED
    assert TOLD in failed.message and failed.message.endswith("goes on where it was.")
    assert not list(tmp_path.rglob("*.half"))

    assert backend.start_study(request) == failed.job
    assert end(backend, failed.job).state is JobState.DONE
    found = maps_of(backend, failed.job)
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array, err_msg=name)


def test_finished_shards_are_not_computed_again(
    model: Path, questions: bytes, tmp_path: Path
) -> None:
    backend = open_namer(model, tmp_path)
    dataset = backend.upload(Upload("half.jsonl", questions)).dataset
    request = small_request(dataset, n_permutations=200)
    job = begin_and_fill(backend, request, f"{SHARDS}/00000.json").job
    shard = backend.study_service._library.unfinished(job) / SHARDS / "00000.json"
    written = shard.stat().st_mtime_ns
    backend.start_study(request)
    until(lambda: backend.job(job).stage is Stage.FITTING)
    again = shard.stat().st_mtime_ns
    backend.cancel(job)
    assert end(backend, job).state is JobState.CANCELLED
    assert again == written


def test_a_finished_study_that_does_not_fit_leaves_no_files(tmp_path: Path) -> None:
    study = make_study()
    with full_disk(), pytest.raises(NotWritten, match=TOLD):
        write_study(tmp_path / study.card.study, study, rows_of(study))
    assert not list(tmp_path.iterdir())


def test_uploads_and_new_studies_that_do_not_fit_are_refused_and_leave_no_files(
    model: Path, questions: bytes, tmp_path: Path
) -> None:
    backend = open_namer(model, tmp_path)
    backend.jobs()
    with full_disk():
        with pytest.raises(NotWritten, match=TOLD):
            backend.upload(Upload("half.jsonl", questions))
        with pytest.raises(NotWritten, match=TOLD):
            backend.start_study(StudyRequest("namer", "sums"))
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not list((tmp_path / "unfinished").iterdir())


@pytest.mark.slow
def test_a_process_starts_on_a_full_disk_and_continues_when_there_is_room(
    model: Path, questions: bytes, tmp_path: Path
) -> None:
    before = open_namer(model, tmp_path)
    dataset = before.upload(Upload("half.jsonl", questions)).dataset
    library = before.study_service._library
    job = library.begin(small_request(dataset), library.dataset(dataset)).job
    after = open_namer(model, tmp_path)
    with full_disk():
        assert [status.job for status in after.jobs()] == [job]
        assert end(after, job).state is JobState.FAILED
    assert end(open_namer(model, tmp_path), job).state is JobState.DONE


def test_the_name_of_an_uploaded_file_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    def refuse(status: JobStatus) -> None:
        raise NotWritten(f"There is no room for {status.job}.")

    def stumble(handle: JobHandle) -> None:
        raise ZeroDivisionError

    runner, job = JobRunner(stumble, refuse), "20261125-120000-private-0a1b2c"
    runner.submit(JobStatus(job, StudyRequest("namer", "sums")))
    runner.wait(job, 10.0)
    said = [record.getMessage() for record in caplog.records]
    assert "The status of job 0a1b2c could not be saved." in said
    assert "The job 0a1b2c failed." in said
    assert "private" not in caplog.text


@pytest.fixture()
def studies(tmp_path: Path) -> Path:
    study = make_study()
    write_study(tmp_path / "studies" / study.card.study, study, rows_of(study))
    return tmp_path / "studies"


def test_an_export_needs_no_disk_space(studies: Path, tmp_path: Path) -> None:
    [folder] = studies.iterdir()
    with full_disk():
        content = b"".join(export_folder(folder))
    library = Library(tmp_path / "others")
    import_folder(io.BytesIO(content), library)
    assert library.study(folder.name).card.study == folder.name


def test_an_import_that_does_not_fit_gets_a_sentence_and_leaves_no_files(
    studies: Path, tmp_path: Path
) -> None:
    [folder] = studies.iterdir()
    content, library = b"".join(export_folder(folder)), Library(tmp_path / "others")
    with full_disk(), pytest.raises(NotWritten, match=TOLD):
        import_folder(io.BytesIO(content), library)
    assert not library.cards()
    assert not list(library.folder.glob(".import*"))


def test_the_command_line_reports_that_a_zip_does_not_fit_and_leaves_no_file(
    studies: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [folder] = studies.iterdir()
    file = tmp_path / "out" / "study.zip"
    file.parent.mkdir()
    arguments = ["--studies", str(studies), "export", folder.name, str(file)]
    monkeypatch.setattr(sys, "argv", ["probing", *arguments])
    with full_disk(), pytest.raises(SystemExit, match=TOLD):
        program.main()
    assert not list(file.parent.iterdir())
    program.main()
    assert file.exists()
