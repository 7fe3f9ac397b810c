"""Whole studies of a tiny model: run, read, killed, cancelled and refused."""

import json
import os
import subprocess
import sys
from itertools import count
from pathlib import Path
from typing import Any

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
from model_backend.archives.file_format import VERSION
from model_backend.probing.atomic_files import read_json
from model_backend.probing.data.dataset import Dataset
from model_backend.probing.statistics.auc import folded_auc
from model_backend.probing.storage.library import Library
from model_backend.probing.storage.study_files import STUDY, hashes
from tests.model_backend.probing.answering import end, finish, half_right, open_namer, quick_request
from tests.waiting import until

N_KILLS, N_SHARDS = 5, 3
LONGEST = 400
"""Seconds for a study that is disturbed."""
OF_FORKS = {"MKL_DISABLE_FAST_MM": "1"}
"""MKL allocates under a lock; one that is held while a process forks stays held in the child."""


def test_a_study_has_a_map_for_every_site_and_a_headline(study: ProbeStudy) -> None:
    assert set(study.maps) == {Site.RESID_POST, Site.MLP_OUT}
    assert study.grid(Site.MLP_OUT).layer_labels == ("embed", "1", "2")
    assert study.card.n_right >= 20 and study.card.n_wrong >= 20
    assert study.card.headline[0]
    assert {"model revision", "data set sha256", "seed", "dtype"} <= set(study.provenance)
    assert study.provenance["layerscope"] == VERSION
    assert study.examples.n == study.card.n


def test_positions_without_answers_are_empty_cells(study: ProbeStudy) -> None:
    missing = study.positions.index("-8")
    assert study.n[missing] == 0
    assert np.isnan(study.maps[Site.RESID_POST].auc[:, missing]).all()


def test_random_labels_are_found_by_no_probe(
    study: ProbeStudy,
) -> None:
    assert study.card.best.nested.low < 0.6
    assert study.card.best.cell.row > 0


def test_a_finished_study_and_its_job_are_listed(backend: LocalBackend, study: ProbeStudy) -> None:
    assert study.card.study in [card.study for card in backend.studies()]
    assert backend.job(study.card.study).state is JobState.DONE


def test_a_study_read_from_disk_is_complete(backend: LocalBackend, study: ProbeStudy) -> None:
    again = Library(backend.study_service._library.folder).study(study.card.study)
    assert again.card == study.card
    assert again.references == study.references
    assert again.examples.question == study.examples.question
    for site, probe_map in study.maps.items():
        np.testing.assert_array_equal(again.maps[site].scores, probe_map.scores)


def test_the_stored_folds_reproduce_the_aucs_of_baselines(study: ProbeStudy) -> None:
    examples, folds = study.examples, study.folds
    assert folds.shape == (study.request.n_repeats, examples.n) and folds.dtype == np.int8
    assert set(folds.ravel().tolist()) == set(range(study.request.n_folds))
    everybody = study.positions.index("last_q")
    assert study.n[everybody] == examples.n
    for number, name in enumerate(study.baseline_names[:-1]):
        values = np.tile(examples.baselines[:, number], (len(folds), 1))
        again = folded_auc(values, examples.is_correct, folds).value
        assert again == pytest.approx(study.baseline_auc[number, everybody], abs=1e-9), name


def content_of(folder: Path) -> dict[str, Any]:
    """Content of a study except its id and times: its texts, and the hashes of its files."""
    words = read_json(folder / STUDY)
    for name in ("study", "finished", "seconds"):
        del words["card"][name]
    return hashes(folder) | {STUDY: words}


def end_stormily(
    model: Path,
    folder: Path,
    request: StudyRequest,
    data: Dataset,
    *arguments: object,
    program: str = "killing",
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Let a program run a study and disturb it; return the program's report and the content."""
    library = Library(folder)
    library.keep_dataset(data)
    job = library.begin(request, data).job
    module = f"tests.model_backend.probing.{program}"
    command = [sys.executable, "-m", module, *map(str, (model, folder, *arguments))]
    killed = subprocess.run(
        command, capture_output=True, text=True, timeout=LONGEST, env={**os.environ, **OF_FORKS}
    )
    assert killed.returncode == 0, killed.stderr
    assert not list((folder / "unfinished").glob("[!.]*"))
    assert library.job(job).state is JobState.DONE
    return json.loads(killed.stdout), content_of(library.finished(job))


@pytest.mark.slow
def test_a_study_killed_many_times_repeats_no_part_and_gives_the_same_numbers(
    model: Path, tmp_path: Path
) -> None:
    backend = open_namer(model, tmp_path / "calm")
    content = half_right(backend, max_new_tokens=1)  # few positions, so few cells
    dataset = backend.upload(Upload("half.jsonl", content)).dataset
    request, data = (
        quick_request(dataset, max_new_tokens=1),
        backend.study_service._library.dataset(dataset),
    )
    status = finish(backend, request)
    calm = content_of(backend.study_service._library.finished(status.job))
    assert "random weights" in {reference["name"] for reference in calm["study.json"]["rivals"]}
    n_killed = most_finished = 0
    for seed in count():  # a study may end before all of them
        folder = tmp_path / f"storm {seed}"
        came, stormy = end_stormily(model, folder, request, data, N_KILLS, status.seconds / 8, seed)
        assert came["made_again"] == []
        assert stormy == calm
        n_killed += len(came["finished"])
        most_finished = max([most_finished, *came["finished"]])
        if n_killed >= N_KILLS and most_finished > N_SHARDS:  # and some of them during the fits
            break


def test_a_cancelled_study_stops_and_its_folder_is_removed(
    backend: LocalBackend, study: ProbeStudy
) -> None:
    request = quick_request(study.request.dataset, seed=1, n_permutations=1000)
    job = backend.start_study(request)
    until(lambda: backend.job(job).state is not JobState.WAITING)
    backend.cancel(job)
    until(lambda: backend.job(job).is_over, 10)  # one second on an idle machine
    assert backend.job(job).state is JobState.CANCELLED
    assert not backend.study_service._library.unfinished(job).exists()
    with pytest.raises(UnknownStudy):
        backend.study(job)


def test_equal_requests_are_one_job_while_it_is_unfinished(
    backend: LocalBackend, study: ProbeStudy
) -> None:
    request = quick_request(study.request.dataset, seed=2, n_permutations=1000)
    one, other = backend.start_study(request), backend.start_study(request)
    assert one == other
    backend.cancel(one)


def test_impossible_requests_are_refused_with_a_sentence(
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


def test_too_few_right_answers_end_a_study_with_the_numbers(
    model: Path, questions: bytes, tmp_path: Path
) -> None:
    backend = open_namer(model, tmp_path)
    lines = [line.replace(b"who is", b"who else is") for line in questions.splitlines()]
    dataset = backend.upload(Upload("new.jsonl", b"\n".join(lines))).dataset
    status = end(backend, backend.start_study(quick_request(dataset)))
    assert status.state is JobState.FAILED
    assert status.message.startswith("A study needs 20 right answers at least and has 0, of ")
