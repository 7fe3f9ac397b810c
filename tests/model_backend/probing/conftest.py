"""The tiny model and one study of it, made once per test session."""

from pathlib import Path

import pytest

from model_backend import LocalBackend, ProbeStudy, Upload
from tests.model_backend.probing.answering import (
    finish,
    half_right,
    open_namer,
    quick_request,
    save_namer,
)


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_namer(tmp_path_factory.mktemp("namer"))


@pytest.fixture(scope="session")
def questions(model: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return half_right(open_namer(model, tmp_path_factory.mktemp("none")))


@pytest.fixture(scope="session")
def backend(
    model: Path, questions: bytes, tmp_path_factory: pytest.TempPathFactory
) -> LocalBackend:
    """A backend with one data set and one study; no test may change either."""
    backend = open_namer(model, tmp_path_factory.mktemp("studies"))
    backend.upload(Upload("half.jsonl", questions))
    return backend


@pytest.fixture(scope="session")
def study(backend: LocalBackend) -> ProbeStudy:
    dataset = backend.datasets()[-1].dataset
    sites = ("resid_post", "mlp_out")
    request = quick_request(dataset, sites=sites, keep_features=True, random_model=False)
    return backend.study(finish(backend, request).job)
