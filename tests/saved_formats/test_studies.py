"""Saved studies open from a folder and a zip file, and saved data sets and jobs are listed."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from model_backend import LocalBackend
from tests.saved_formats.conftest import BUILTIN_STUDY, SAVED, TINY_STUDY, ZIP, read_saved
from tests.saved_formats.today import studies as today
from tests.saved_formats.today.page import open_backend, open_page

EXPECTED = read_saved("studies.json")
FINISHED: dict[str, Any] = EXPECTED["finished"]
ROOT = SAVED.parents[2]


def plain(value: Any) -> Any:
    """The value with None in place of NaN, as in a JSON file."""
    if isinstance(value, float) and value != value:
        return None
    if isinstance(value, dict):
        return {key: plain(held) for key, held in value.items()}
    return [plain(held) for held in value] if isinstance(value, list) else value


@pytest.mark.parametrize("study", FINISHED)
def test_a_study_has_its_card(backend: LocalBackend, study: str) -> None:
    assert today.card_of(backend, study) == FINISHED[study]["card"]


@pytest.mark.parametrize("study", FINISHED)
def test_a_study_has_its_results(backend: LocalBackend, study: str) -> None:
    assert plain(today.study_of(backend, study)) == FINISHED[study]["study"]


@pytest.mark.parametrize(
    ("study", "site"), [(study, site) for study in FINISHED for site in FINISHED[study]["maps"]]
)
def test_a_study_has_its_maps(backend: LocalBackend, study: str, site: str) -> None:
    found = plain(today.map_of(backend, study, site))
    ends = {
        name: [rows[0], rows[-1]] if isinstance(rows[0], list) else rows
        for name, rows in found.items()
    }
    assert ends == FINISHED[study]["maps"][site]


@pytest.mark.parametrize("study", FINISHED)
def test_a_study_has_its_examples(backend: LocalBackend, study: str) -> None:
    for number, expected in FINISHED[study]["examples"].items():
        assert plain(today.example_of(backend, study, int(number))) == expected


def test_the_command_line_shows_a_study_extracted_from_a_zip_file(tmp_path: Path) -> None:
    with zipfile.ZipFile(ZIP) as archive:
        archive.extractall(tmp_path / BUILTIN_STUDY)
    shown = today.run_program(tmp_path, ("show", BUILTIN_STUDY), ROOT)
    card = FINISHED[BUILTIN_STUDY]["card"]
    assert [said for said in card["headline"] if said not in shown] == []
    assert [r[0] for r in FINISHED[BUILTIN_STUDY]["study"]["rivals"] if r[0] not in shown] == []


def test_the_command_line_lists_shows_and_imports_studies(
    copy_studies: Callable[..., Path],
) -> None:
    studies = copy_studies()
    assert today.run_program(studies, ("list",), ROOT).startswith(TINY_STUDY)
    assert BUILTIN_STUDY in today.run_program(studies, ("import", str(ZIP)), ROOT)
    shown = today.run_program(studies, ("show", TINY_STUDY), ROOT)
    assert all(said in shown for said in FINISHED[TINY_STUDY]["card"]["headline"])


def test_an_exported_folder_is_unchanged_and_can_be_imported(
    client: FlaskClient, tmp_path: Path
) -> None:
    content = today.export(client, TINY_STUDY)
    (tmp_path / "study.zip").write_bytes(content)
    folder = SAVED / "studies" / TINY_STUDY
    with zipfile.ZipFile(tmp_path / "study.zip") as archive:
        names = sorted(archive.namelist())
        assert all(archive.read(name) == (folder / name).read_bytes() for name in names)
    stored = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    assert names == sorted(stored)
    other = open_backend(tmp_path / "other", SAVED / "namer")
    assert today.bring_study(open_page(other), content) == TINY_STUDY
    card = FINISHED[TINY_STUDY]["card"]
    assert today.card_of(other, TINY_STUDY) == {**card, "imported": True}


def test_ended_jobs_keep_their_status(backend: LocalBackend) -> None:
    assert today.jobs(backend) == EXPECTED["jobs"]


def test_uploaded_data_sets_are_listed_and_can_be_studied(
    copy_studies: Callable[..., Path],
) -> None:
    backend = open_backend(copy_studies(), SAVED / "namer")
    assert today.datasets(backend) == EXPECTED["datasets"]
    for dataset in EXPECTED["datasets"]:
        assert today.start_and_cancel(backend, dataset) in ("cancelled", "done")
