"""Studies are named, deleted and restored by those who made them, and nothing else changes."""

import os
import time
from pathlib import Path

import pytest

from model_backend import BadRequest, LocalBackend, UnknownStudy
from model_backend.api.clients import Client, as_client
from model_backend.probing.storage import study_notes
from model_backend.probing.storage.study_files import write_study
from model_backend.probing.storage.zip_exchange import export_folder
from tests.model_backend.fake_study_service import make_study
from tests.model_backend.probing.storage.test_zip_exchange import rows_of

ALICE, BOB, NOBODY = (Client(name, "page", name) for name in ("alice", "bob", ""))


@pytest.fixture()
def folder(tmp_path: Path) -> Path:
    for name in ("first", "second"):
        study = make_study(name)
        write_study(tmp_path / name, study, rows_of(study, 4))
    return tmp_path


@pytest.fixture()
def backend(folder: Path) -> LocalBackend:
    return LocalBackend(studies=folder)


def names(backend: LocalBackend) -> dict[str, str]:
    return {card.study: card.name for card in backend.studies()}


def test_a_study_is_named_and_its_files_stay_as_they_were_sealed(
    backend: LocalBackend, folder: Path
) -> None:
    before = b"".join(export_folder(folder / "first"))
    key = backend.study("first").card
    backend.rename_study("first", "  Capitals,\n by hand ")
    assert names(backend) == {"first": "Capitals, by hand", "second": ""}
    assert backend.study("first").card.name == "Capitals, by hand"
    assert b"".join(export_folder(folder / "first")) == before
    assert names(LocalBackend(studies=folder))["first"] == "Capitals, by hand"
    backend.rename_study("first", "")
    assert backend.study("first").card == key


def test_a_deleted_study_is_gone_and_can_be_restored(backend: LocalBackend, folder: Path) -> None:
    backend.rename_study("first", "Mine")
    backend.delete_study("first")
    assert list(names(backend)) == ["second"]
    with pytest.raises(UnknownStudy, match="no study 'first'"):
        backend.study("first")
    with pytest.raises(UnknownStudy):
        backend.delete_study("first")
    backend.restore_study("first")
    assert names(backend) == {"first": "Mine", "second": ""}
    assert backend.study("first").examples.n == 60


def test_after_ten_minutes_a_deleted_study_is_removed_for_good(
    backend: LocalBackend, folder: Path
) -> None:
    backend.rename_study("first", "Mine")
    backend.delete_study("first")
    past = time.time() - study_notes.UNDO_SECONDS - 1
    os.utime(folder / "deleted" / "first", (past, past))
    with pytest.raises(UnknownStudy, match="more than 10 minutes ago"):
        backend.restore_study("first")
    assert not list((folder / "deleted").iterdir()) and not list((folder / "notes").iterdir())


def test_a_study_that_was_never_deleted_is_not_restored_over_itself(backend: LocalBackend) -> None:
    with pytest.raises(UnknownStudy, match="is there already"):
        backend.restore_study("first")
    assert len(backend.studies()) == 2


def test_only_the_account_that_imported_a_study_changes_it(
    backend: LocalBackend, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("zip") / "first.zip"
    path.write_bytes(b"".join(export_folder(folder / "first")))
    backend.delete_study("first")
    with as_client(ALICE), path.open("rb") as file:
        assert backend.import_study(file).study == "first"
    with as_client(BOB):
        for change in (
            lambda: backend.rename_study("first", "Mine"),
            lambda: backend.delete_study("first"),
        ):
            with pytest.raises(BadRequest, match="Only alice, who made this study"):
                change()
        backend.rename_study("second", "No owner, so anyone may name it")
    with as_client(ALICE):
        backend.delete_study("first")
        with as_client(BOB), pytest.raises(BadRequest, match="Only alice"):
            backend.restore_study("first")
        backend.restore_study("first")
    backend.rename_study("first", "Without sign-in, anyone may")
    assert names(backend)["first"].startswith("Without")


def test_a_name_that_is_too_long_is_refused(backend: LocalBackend) -> None:
    with pytest.raises(BadRequest, match="at most 80 characters"):
        backend.rename_study("first", "x" * 81)


@pytest.mark.parametrize("study", ["../first", "notes", "deleted", "", "a/b", ".x"])
@pytest.mark.parametrize("change", ["rename_study", "delete_study", "restore_study"])
def test_ids_that_are_no_study_are_refused(
    backend: LocalBackend, study: str, change: str, folder: Path
) -> None:
    backend.studies()
    there = sorted(path.name for path in folder.iterdir())
    with pytest.raises(UnknownStudy):
        getattr(backend, change)(study, *(["name"] if change == "rename_study" else []))
    assert sorted(path.name for path in folder.iterdir()) == there
