"""The command line and the page are two ways to the same studies."""

import sys
from pathlib import Path
from typing import Any

import pytest
from threadpoolctl import threadpool_limits

from dashboard.factory import create_app
from dashboard.probing.ids import Form
from model_backend import JobState, LocalBackend, Upload
from model_backend.models.catalogue import catalogue
from model_backend.probing import __main__ as program
from model_backend.probing.library import Library
from tests.dashboard.test_explore import call
from tests.model_backend.probing.answering import end, half_right, open_namer
from tests.model_backend.probing.test_study import content_of


def run_program(
    monkeypatch: pytest.MonkeyPatch, model: Path, dataset: Path, studies: Path
) -> dict[str, Any]:
    """What is in a study that was typed in, with three options that are not as usual."""
    words = ["probing", "--studies", studies, "run", "--model", model, "--dataset", dataset]
    words += ["--n-permutations", "3", "--no-random-model", "--no-p-true"]
    monkeypatch.setattr(sys, "argv", list(map(str, words)))
    program.main()
    library = Library(studies)
    [card] = library.cards()
    return content_of(library.finished(card.study))


def run_page(model: Path, dataset: Path, studies: Path) -> dict[str, Any]:
    """The same asked for by the page's form, all of whose other fields are as they come."""
    entries = catalogue([str(model)])
    backend = LocalBackend(entries, studies=studies)
    upload = backend.upload(Upload(dataset.name, dataset.read_bytes()))
    form = {
        f"{Form.DATASET}.value": upload.dataset,
        f"{Form.MODEL}.value": entries[0].name,
        f"{Form.SITES}.value": ["resid_post"],
        f"{Form.SIZE}.value": 1000,
        f"{Form.SEED}.value": 0,
        f"{Form.PERMUTATIONS}.value": 3,
        f"{Form.RANDOM_MODEL}.checked": False,
        f"{Form.TRUTH}.checked": False,
        f"{Form.KEEP}.checked": False,
    }
    client = create_app(backend).server.test_client()
    started = call(client, f"{Form.STARTED}.data", {f"{Form.RUN}.n_clicks": 1}, **form)
    job = started["response"][Form.STARTED]["data"]
    status = end(backend, job)
    assert status.state is JobState.DONE, status.message
    return content_of(backend.desk._library.finished(job))


def test_what_is_typed_in_and_what_the_page_starts_end_in_the_same_study(
    monkeypatch: pytest.MonkeyPatch, model: Path, tmp_path: Path
) -> None:
    dataset, namer = tmp_path / "half.jsonl", open_namer(model, tmp_path / "none")
    with threadpool_limits(1):
        dataset.write_bytes(half_right(namer, 50, max_new_tokens=32))
        typed = run_program(monkeypatch, model, dataset, tmp_path / "typed")
        clicked = run_page(model, dataset, tmp_path / "clicked")
    assert typed["study.json"]["request"]["n_permutations"] == 3
    assert typed == clicked
