"""A whole study on a tiny model: asked, fitted, kept, killed, cancelled, and the same again."""

import subprocess
import sys
import time
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from model_backend import (
    BadRequest,
    JobState,
    LocalBackend,
    ProbeStudy,
    Site,
    StudyRequest,
    UnknownModel,
    UnknownStudy,
    Upload,
)
from model_backend.probing.dataset import Dataset
from model_backend.probing.library import Library
from model_backend.probing.requests import JobStatus
from tests.model_backend.probing.answering import half_right, open_namer, quick_request, save_namer

N_KILLS = 20


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_namer(tmp_path_factory.mktemp("namer"))


@pytest.fixture(scope="module")
def questions(model: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return half_right(open_namer(model, tmp_path_factory.mktemp("none")))


@pytest.fixture(scope="module")
def backend(
    model: Path, questions: bytes, tmp_path_factory: pytest.TempPathFactory
) -> LocalBackend:
    backend = open_namer(model, tmp_path_factory.mktemp("studies"))
    backend.upload(Upload("half.jsonl", questions))
    return backend


@pytest.fixture(scope="module")
def study(backend: LocalBackend) -> ProbeStudy:
    dataset = backend.datasets()[-1].dataset
    request = quick_request(dataset, sites=("resid_post", "mlp_out"), keep_features=True)
    return backend.study(finish(backend, request).job)


def finish(backend: LocalBackend, request: object) -> JobStatus:
    job = backend.start_study(request)  # type: ignore[arg-type]
    while not (status := backend.desk.wait(job)).is_over:
        pass
    assert status.state is JobState.DONE, status.message
    return status


def arrays_of(folder: Path) -> dict[str, np.ndarray]:
    with np.load(folder / "maps.npz") as file:
        return {name: file[name] for name in file.files}


def test_a_study_has_a_map_for_every_site_and_says_what_it_supports(study: ProbeStudy) -> None:
    assert set(study.maps) == {Site.RESID_POST, Site.MLP_OUT}
    assert study.grid(Site.MLP_OUT).layer_labels == ("embed", "1", "2")
    assert study.card.n_right >= 20 and study.card.n_wrong >= 20
    assert study.card.headline[0]
    assert {"model revision", "data set sha256", "seed", "dtype"} <= set(study.provenance)
    assert study.examples.n == study.card.n


def test_positions_that_few_answers_have_are_empty_cells(study: ProbeStudy) -> None:
    missing = study.positions.index("-8")
    assert study.n[missing] == 0
    assert np.isnan(study.maps[Site.RESID_POST].auc[:, missing]).all()


def test_labels_that_follow_nothing_are_not_found_by_any_baseline_or_probe(
    study: ProbeStudy,
) -> None:
    assert study.card.best.nested.low < 0.6
    assert study.card.best.cell.row > 0


def test_a_study_is_listed_and_its_job_is_remembered(
    backend: LocalBackend, study: ProbeStudy
) -> None:
    assert study.card.study in [card.study for card in backend.studies()]
    assert backend.job(study.card.study).state is JobState.DONE


def test_a_study_can_be_read_by_another_process_with_nothing_lost(
    backend: LocalBackend, study: ProbeStudy
) -> None:
    again = Library(backend.desk._library.folder).study(study.card.study)
    assert again.card == study.card
    assert again.rivals == study.rivals
    assert again.examples.question == study.examples.question
    for site, probe_map in study.maps.items():
        np.testing.assert_array_equal(again.maps[site].scores, probe_map.scores)


def end_stormily(
    model: Path, folder: Path, request: StudyRequest, data: Dataset, seed: int
) -> tuple[int, Path]:
    """Run a study that is killed until it is done; how often it was, and where it is."""
    library = Library(folder)
    library.keep_dataset(data)
    job = library.begin(request, data).job
    command = [sys.executable, "-m", "tests.model_backend.probing.killing"]
    arguments = [str(model), str(folder), str(N_KILLS), str(seed)]
    killed = subprocess.run([*command, *arguments], capture_output=True, text=True)
    assert killed.returncode == 0, killed.stderr
    assert not list((folder / "unfinished").iterdir())
    return int(killed.stdout), library.finished(job)


def test_studies_that_are_killed_twenty_times_end_with_the_same_numbers(
    model: Path, questions: bytes, tmp_path: Path
) -> None:
    backend = open_namer(model, tmp_path / "calm")
    dataset = backend.upload(Upload("half.jsonl", questions)).dataset
    request, data = quick_request(dataset), backend.desk._library.dataset(dataset)
    calm = arrays_of(backend.desk._library.finished(finish(backend, request).job))
    n_killed = 0
    for seed in count():  # a fast machine is done before it was killed twenty times
        folder = tmp_path / f"storm {seed}"
        kills, finished = end_stormily(model, folder, request, data, seed)
        n_killed, stormy = n_killed + kills, arrays_of(finished)
        assert calm.keys() == stormy.keys()
        for name, array in calm.items():
            np.testing.assert_array_equal(stormy[name], array, err_msg=name)
        if n_killed >= N_KILLS:
            break


def test_a_cancelled_study_stops_within_a_second_and_leaves_nothing(
    backend: LocalBackend, study: ProbeStudy
) -> None:
    request = quick_request(study.request.dataset, seed=1, n_permutations=1000)
    job = backend.start_study(request)
    while backend.job(job).state is JobState.WAITING:
        time.sleep(0.01)
    start = time.monotonic()
    backend.cancel(job)
    while not backend.job(job).is_over:
        time.sleep(0.01)
    assert time.monotonic() - start < 3  # a second where nothing else runs
    assert backend.job(job).state is JobState.CANCELLED
    assert not backend.desk._library.unfinished(job).exists()
    with pytest.raises(UnknownStudy):
        backend.study(job)


def test_equal_requests_are_one_job_while_it_is_unfinished(
    backend: LocalBackend, study: ProbeStudy
) -> None:
    request = quick_request(study.request.dataset, seed=2, n_permutations=1000)
    one, other = backend.start_study(request), backend.start_study(request)
    assert one == other
    backend.cancel(one)


def test_what_cannot_be_studied_is_refused_in_words(
    backend: LocalBackend, study: ProbeStudy
) -> None:
    with pytest.raises(UnknownModel, match="There is no model 'nobody'"):
        backend.start_study(quick_request(study.request.dataset).__class__("nobody", "places"))
    with pytest.raises(UnknownStudy, match="no data set 'nothing'"):
        backend.start_study(quick_request("nothing"))
    with pytest.raises(UnknownStudy):
        backend.study("../../etc")
    with pytest.raises(BadRequest, match="whole number from 50"):
        quick_request("places", size=3)
    with pytest.raises(BadRequest, match="none of these"):
        quick_request("places", sites=("everywhere",))


def test_too_few_wrong_answers_end_a_study_with_the_numbers(
    model: Path, questions: bytes, tmp_path: Path
) -> None:
    backend = open_namer(model, tmp_path)
    lines = [line.replace(b"who is", b"who else is") for line in questions.splitlines()]
    dataset = backend.upload(Upload("new.jsonl", b"\n".join(lines))).dataset
    job = backend.start_study(quick_request(dataset))
    while not (status := backend.desk.wait(job)).is_over:
        pass
    assert status.state is JobState.FAILED
    assert "are right; a study needs 20 at least" in status.message
