"""A whole study on a tiny model: asked, fitted, kept, killed, cancelled, and the same again."""

import json
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

N_KILLS, N_SHARDS = 20, 3


def test_a_study_has_a_map_for_every_site_and_says_what_it_supports(study: ProbeStudy) -> None:
    assert set(study.maps) == {Site.RESID_POST, Site.MLP_OUT}
    assert study.grid(Site.MLP_OUT).layer_labels == ("embed", "1", "2")
    assert study.card.n_right >= 20 and study.card.n_wrong >= 20
    assert study.card.headline[0]
    assert {"model revision", "data set sha256", "seed", "dtype"} <= set(study.provenance)
    assert study.provenance["layerscope"] == VERSION
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


def test_the_folds_that_a_study_keeps_give_its_numbers_again(study: ProbeStudy) -> None:
    examples, folds = study.examples, study.folds
    assert folds.shape == (study.request.n_repeats, examples.n) and folds.dtype == np.int8
    assert set(folds.ravel().tolist()) == set(range(study.request.n_folds))
    everybody = study.positions.index("last_q")
    assert study.n[everybody] == examples.n
    for number, name in enumerate(study.baseline_names[:-1]):
        values = np.tile(examples.baselines[:, number], (len(folds), 1))
        again = folded_auc(values, examples.is_right, folds).value
        assert again == pytest.approx(study.baseline_auc[number, everybody], abs=1e-9), name


def content_of(folder: Path) -> dict[str, Any]:
    """All of a study but its id and how long it took: its words, and what its files hash to."""
    words = read_json(folder / STUDY)
    for name in ("study", "finished", "seconds"):
        del words["card"][name]
    return hashes(folder) | {STUDY: words}


def end_stormily(
    model: Path, folder: Path, request: StudyRequest, data: Dataset, *arguments: object
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Run a study that is killed until it is done; what came of the kills, and what is in it."""
    library = Library(folder)
    library.keep_dataset(data)
    job = library.begin(request, data).job
    command = [sys.executable, "-m", "tests.model_backend.probing.killing", str(model), str(folder)]
    killed = subprocess.run([*command, *map(str, arguments)], capture_output=True, text=True)
    assert killed.returncode == 0, killed.stderr
    assert not list((folder / "unfinished").glob("[!.]*"))
    assert library.job(job).state is JobState.DONE
    return json.loads(killed.stdout), content_of(library.finished(job))


@pytest.mark.slow
def test_a_study_killed_at_twenty_moments_makes_no_part_twice_and_ends_with_the_same_numbers(
    model: Path, tmp_path: Path
) -> None:
    backend = open_namer(model, tmp_path / "calm")
    content = half_right(backend, max_new_tokens=1)  # few positions, so few cells
    dataset = backend.upload(Upload("half.jsonl", content)).dataset
    request, data = quick_request(dataset, max_new_tokens=1), backend.desk._library.dataset(dataset)
    status = finish(backend, request)
    calm = content_of(backend.desk._library.finished(status.job))
    assert "random weights" in {rival["name"] for rival in calm["study.json"]["rivals"]}
    n_killed = most_finished = 0
    for seed in count():  # a study may be done before it was killed twenty times
        folder = tmp_path / f"storm {seed}"
        came, stormy = end_stormily(model, folder, request, data, N_KILLS, status.seconds / 8, seed)
        assert came["made_again"] == []
        assert stormy == calm
        n_killed += len(came["finished"])
        most_finished = max([most_finished, *came["finished"]])
        if n_killed >= N_KILLS and most_finished > N_SHARDS:  # and some of them while it was fitted
            break


def test_a_cancelled_study_stops_at_once_and_leaves_nothing(
    backend: LocalBackend, study: ProbeStudy
) -> None:
    request = quick_request(study.request.dataset, seed=1, n_permutations=1000)
    job = backend.start_study(request)
    until(lambda: backend.job(job).state is not JobState.WAITING)
    backend.cancel(job)
    until(lambda: backend.job(job).is_over, 10)  # a second where nothing else runs
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
    status = end(backend, backend.start_study(quick_request(dataset)))
    assert status.state is JobState.FAILED
    assert status.message.startswith("A study needs 20 right answers at least and has 0, of ")
