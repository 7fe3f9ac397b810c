"""The saved files, and a backend that has read them."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from model_backend import LocalBackend
from tests.saved_formats.today.page import open_backend, open_page
from tests.saved_formats.today.studies import bring_study

SAVED = Path(__file__).parent.parent / "fixtures" / "saved"
BUILTIN_STUDY = "20261130-054020-places-0c9f67"
TINY_STUDY = "20261130-054112-few-csv-ba9cb3"
ZIP = SAVED / f"{BUILTIN_STUDY}.zip"


def read_saved(name: str) -> Any:
    """Read one of the JSON files with the expected content of the saved files."""
    return json.loads((SAVED / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def copy_studies(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A function that copies the folder of studies, with only the named unfinished ones."""

    def copy(*unfinished: str) -> Path:
        folder = tmp_path_factory.mktemp("saved") / "studies"
        shutil.copytree(SAVED / "studies", folder)
        for path in (folder / "unfinished").iterdir():
            if path.name not in unfinished:
                shutil.rmtree(path)
        return folder

    return copy


@pytest.fixture(scope="session")
def backend(copy_studies: Callable[..., Path]) -> LocalBackend:
    """A backend with the tiny model's study from a folder and the built-in model's from a zip."""
    backend = open_backend(copy_studies(), SAVED / "namer")
    assert bring_study(open_page(backend), ZIP.read_bytes()) == BUILTIN_STUDY
    return backend


@pytest.fixture(scope="session")
def client(backend: LocalBackend) -> FlaskClient:
    return open_page(backend)
