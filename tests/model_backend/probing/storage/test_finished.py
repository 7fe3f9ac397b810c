"""A finished study appears atomically, never changes, and is read again only if replaced."""

import io
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dashboard.views.probe.studies.own_studies import MOST_STUDIES
from model_backend import (
    BadRequest,
    JobState,
    LocalBackend,
    NotWritten,
    ProbeStudy,
    Site,
    StudyRequest,
    UnknownStudy,
)
from model_backend.probing.atomic_files import read_json
from model_backend.probing.storage.library import Library
from model_backend.probing.storage.study_files import CHECKSUMS, hashes, write_study
from model_backend.probing.storage.zip_exchange import export_folder, import_folder
from tests.model_backend.fake_study_service import make_study
from tests.model_backend.probing.storage.test_zip_exchange import rows_of

NAME = make_study().card.study
N_STUDIES = 12


def put(folder: Path, study: ProbeStudy) -> Path:
    write_study(folder / study.card.study, study, rows_of(study))
    return folder / study.card.study


def bring(folder: Path, study: ProbeStudy) -> None:
    """Store the same study through a zip file."""
    content = b"".join(export_folder(put(folder / "elsewhere", study)))
    import_folder(io.BytesIO(content), Library(folder))


@pytest.fixture()
def backend(tmp_path: Path) -> LocalBackend:
    """A backend that has read its one study."""
    put(tmp_path, make_study())
    backend = LocalBackend(studies=tmp_path)
    backend.study(NAME)
    return backend


def test_a_copy_of_a_studys_folder_is_a_study_of_its_own(tmp_path: Path) -> None:
    shutil.copytree(put(tmp_path, make_study()), tmp_path / "copy")
    backend = LocalBackend(studies=tmp_path)
    cards = [card for card in backend.studies() if not card.is_example]
    assert {card.study for card in cards} == {NAME, "copy"}
    assert all(backend.study(card.study).card.study == card.study for card in cards)


def another_study() -> ProbeStudy:
    """A study of the same id and time with other AUCs."""
    study = make_study()
    found = study.maps[Site.RESID_POST]
    return replace(study, maps={Site.RESID_POST: replace(found, auc=1 - found.auc)})


def test_a_study_that_replaces_another_of_its_id_is_read_again(
    backend: LocalBackend, tmp_path: Path
) -> None:
    shutil.rmtree(tmp_path / NAME)
    put(tmp_path, another_study())
    found = backend.study(NAME).maps[Site.RESID_POST]
    np.testing.assert_array_equal(found.auc, another_study().maps[Site.RESID_POST].auc)
    assert backend.study(NAME) is backend.study(NAME)  # and only once


def test_all_studies_of_the_gallery_are_read_once(tmp_path: Path) -> None:
    names = [put(tmp_path, make_study(f"study-{n}")).name for n in range(MOST_STUDIES)]
    service = LocalBackend(studies=tmp_path).study_service
    before = [service.study(name) for name in names]
    assert all(service.study(name) is study for name, study in zip(names, before, strict=True))


def test_the_size_of_a_study_is_about_that_of_its_arrays(tmp_path: Path) -> None:
    study = make_study(n=1000, rows=30)
    put(tmp_path, study)
    arrays = [
        value for value in vars(study.maps[Site.RESID_POST]).values() if hasattr(value, "nbytes")
    ]
    taken = sum(array.nbytes for array in arrays)
    assert taken < Library(tmp_path).study_bytes(study.card.study) < 1.5 * taken


def test_a_deleted_study_is_unknown(backend: LocalBackend, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / NAME)
    with pytest.raises(UnknownStudy, match="There is no study"):
        backend.study(NAME)


@pytest.mark.parametrize("way", [put, bring])
def test_readers_see_each_study_whole_or_not_at_all_while_it_is_written(
    tmp_path: Path, way: Callable[[Path, ProbeStudy], object]
) -> None:
    library, looks = Library(tmp_path), []
    writer = threading.Thread(
        target=lambda: [way(tmp_path, make_study(f"study-{n}")) for n in range(N_STUDIES)]
    )
    writer.start()
    while writer.is_alive():
        listed = {card.study for card in library.cards()}
        looks.append(len(listed))
        for name in listed:
            folder = library.finished(name)
            assert hashes(folder) == read_json(folder / CHECKSUMS)
            assert library.study(name).card.study == name
    writer.join()
    assert len(library.cards()) == N_STUDIES
    assert len(set(looks)) > 2  # some looks happened during the writing


def as_it_is(folder: Path) -> dict[Path, tuple[int, int, bytes]]:
    """Inode, time and content of every file."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {
        path: (path.stat().st_ino, path.stat().st_mtime_ns, path.read_bytes()) for path in files
    }


def test_nothing_writes_into_a_finished_study(backend: LocalBackend, tmp_path: Path) -> None:
    before = as_it_is(tmp_path / NAME)
    zipped = b"".join(backend.export_study(NAME))
    with pytest.raises(BadRequest, match="is here already"):
        backend.import_study(io.BytesIO(zipped))
    with pytest.raises(NotWritten):
        put(tmp_path, another_study())
    with pytest.raises(UnknownStudy):
        backend.cancel(NAME)
    assert as_it_is(tmp_path / NAME) == before


def test_a_study_killed_after_its_last_step_is_not_written_again(
    tmp_path: Path,
) -> None:
    library = Library(tmp_path)
    job = library.begin(StudyRequest("builtin", "sums", size=50), library.dataset("sums")).job
    before = as_it_is(put(tmp_path, make_study(job)))
    service = LocalBackend(studies=tmp_path).study_service
    assert [status.job for status in service.jobs()] == [job]
    while not (status := service.wait(job)).is_over:
        pass
    assert status.state is JobState.DONE
    assert not library.unfinished(job).exists()
    assert as_it_is(tmp_path / job) == before
