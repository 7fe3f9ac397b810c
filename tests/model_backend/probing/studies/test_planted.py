"""From shards to report: a direction planted in one cell is found there and nowhere else.

The tests write the shards; the study continues with them.
"""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from model_backend import (
    NAMED_POSITIONS,
    JobState,
    LocalBackend,
    ProbeMap,
    ProbeStudy,
    Site,
    StudyRequest,
    Upload,
)
from model_backend.api.datasets import DatasetQuestion
from model_backend.api.questions import Verdict
from model_backend.api.study_results import CellName
from model_backend.probing.atomic_files import write_json
from model_backend.probing.data.dataset import read_upload
from model_backend.probing.studies.answers.asking import MISSING, AskedQuestion
from model_backend.probing.studies.answers.baselines import BASELINES
from model_backend.probing.studies.answers.features import Features
from model_backend.probing.studies.parts import SHARDS
from model_backend.probing.studies.shards import SHARD, Shards
from tests.model_backend.probing.answering import open_namer, save_namer

N, HIDDEN, ROWS = 200, 12, 3
THERE = ("last_q", "first_answer", "exact_answer_first", "exact_answer_last", "-1")
"""Positions that these answers have; each adds a few cells to fit."""
PLANTED = CellName(Site.RESID_POST, 2, NAMED_POSITIONS.index("exact_answer_last"))


def answered(question: DatasetQuestion, is_correct: bool, exact_token: int) -> AskedQuestion:
    indices = [THERE.index(name) if name in THERE else MISSING for name in NAMED_POSITIONS]
    return AskedQuestion(
        question=question,
        token_ids=(1, 2, 3, exact_token, 4),
        n_prompt=1,
        answer="It is Bara",
        exact_answer="Bara",
        exact_range=(3, 3),
        indices=tuple(indices),
        verdict=Verdict.RIGHT if is_correct else Verdict.WRONG,
    )


def activations(is_correct: np.ndarray, distance: float, rng: np.random.Generator) -> np.ndarray:
    """Noise in every cell; in one cell right answers are shifted along a direction."""
    values = rng.normal(size=(ROWS, len(NAMED_POSITIONS), len(is_correct), HIDDEN))
    direction = rng.normal(size=HIDDEN)
    direction *= distance / np.linalg.norm(direction)
    values[PLANTED.row, PLANTED.position] += is_correct[:, None] * direction
    return values.astype(np.float16)


def study_of(backend: LocalBackend, distance: float) -> ProbeStudy:
    """Run a study on written shards in which right answers are shifted by ``distance``."""
    rng = np.random.default_rng(round(distance * 10))
    lines = "".join(f"who is w{n},Bara\n" for n in range(N))
    dataset = read_upload(Upload("names.csv", f"question,answer\n{lines}".encode()))
    request = StudyRequest("namer", dataset.preview.dataset, size=N, n_permutations=20, n_repeats=1,
                           random_model=False, ask_for_truth=False)  # fmt: skip
    library = backend.study_service._library
    job = library.begin(request, dataset).job
    shards = Shards(library.unfinished(job) / SHARDS, N)
    shards.folder.mkdir()
    is_correct = rng.random(N) < 0.5
    asked = [
        answered(question, right, int(rng.integers(5, 8)))
        for question, right in zip(library.plan(job).questions, is_correct, strict=True)
    ]
    values, baselines = activations(is_correct, distance, rng), rng.random((N, len(BASELINES)))
    for number in range(len(shards)):
        part = slice(number * SHARD, (number + 1) * SHARD)
        shards.write_features(number, Site.RESID_POST, Features(values[:, :, part], np.ones(ROWS)))
        content = {"asked": list(map(asdict, asked[part])), "baselines": baselines[part].tolist()}
        write_json(shards.answers(number), content)
    backend.jobs()
    while not (status := backend.study_service.wait(job)).is_over:
        pass
    assert status.state is JobState.DONE, status.message
    return backend.study(job)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("planted")


@pytest.fixture(scope="module")
def model(folder: Path) -> Path:
    return save_namer(folder / "namer")


@pytest.fixture(scope="module")
def planted(model: Path, folder: Path) -> ProbeStudy:
    return study_of(open_namer(model, folder / "planted"), 2.5)


@pytest.fixture(scope="module")
def empty(model: Path, folder: Path) -> ProbeStudy:
    """A study whose labels are independent of the activations."""
    return study_of(open_namer(model, folder / "empty"), 0.0)


def found_in(study: ProbeStudy) -> tuple[ProbeMap, np.ndarray]:
    """The map, and a mask of its fitted cells without the planted one."""
    found = study.maps[Site.RESID_POST]
    others = ~np.isnan(found.auc)
    assert others.sum() == ROWS * len(THERE)
    others[PLANTED.row, PLANTED.position] = False
    return found, others


def test_a_planted_direction_is_found_in_its_cell_and_nowhere_else(planted: ProbeStudy) -> None:
    (found, others), best = found_in(planted), planted.card.best
    above = np.argwhere(found.auc > found.threshold).tolist()
    assert above == np.argwhere(found.in_best_set).tolist() == [[PLANTED.row, PLANTED.position]]
    assert best.cell == PLANTED
    assert best.chosen == {"resid_post 2 exact_answer_last": 5}
    assert best.nested.value == pytest.approx(found.auc[PLANTED.row, PLANTED.position])
    assert best.nested.low > 0.85
    assert planted.card.headline[0].startswith("The best probe beats the best baseline")
    assert _share_holding_chance(found, others) >= 0.8


def test_the_map_and_the_headline_agree_on_the_best_cell(planted: ProbeStudy) -> None:
    found, naive = planted.maps[Site.RESID_POST], planted.card.best.naive
    cell = PLANTED.row, PLANTED.position
    assert (found.auc[cell], found.low[cell], found.high[cell]) == (
        naive.value, naive.low, naive.high)  # fmt: skip


@pytest.mark.parametrize("name", ["planted", "empty"])
def test_shuffled_labels_give_an_auc_of_a_half(name: str, request: pytest.FixtureRequest) -> None:
    study: ProbeStudy = request.getfixturevalue(name)
    found, _ = found_in(study)
    assert np.nanmean(found.shuffled) == pytest.approx(0.5, abs=0.02)
    control = next(
        reference for reference in study.references if reference.name == "shuffled labels"
    )
    assert control.auc.low < 0.5 < control.auc.high < 0.65


def test_random_labels_are_found_in_no_cell(empty: ProbeStudy) -> None:
    (found, others), best = found_in(empty), empty.card.best
    assert not (found.auc > found.threshold).any()
    assert best.nested.low < 0.5 < best.nested.high
    assert empty.card.headline[0].startswith("No probe is shown to tell right answers from wrong")
    assert _share_holding_chance(found, others) >= 0.8


def _share_holding_chance(found: ProbeMap, cells: np.ndarray) -> float:
    return float(((found.low < 0.5) & (0.5 < found.high))[cells].mean())
