"""The example study is a whole study of a real model; it can be read and exported, not changed."""

import io
from pathlib import Path

import numpy as np
import pytest

from model_backend import BadRequest, LocalBackend, NotWritten, ProbeStudy, Site, example_studies
from model_backend.api.datasets import Upload
from model_backend.probing.atomic_files import read_json
from model_backend.probing.data.dataset import read_upload
from model_backend.probing.storage.example_studies import FOLDER
from model_backend.probing.storage.study_files import CHECKSUMS, hashes, read_probes

MOST_BYTES = 3_000_000
QUESTIONS = Path(__file__).parents[4] / "examples" / "facts.csv"


@pytest.fixture(scope="module")
def example() -> ProbeStudy:
    [study] = example_studies()
    return study


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> LocalBackend:
    return LocalBackend(studies=tmp_path_factory.mktemp("mine"), device="cpu")


def test_it_has_all_that_a_study_has_and_enough_answers(example: ProbeStudy) -> None:
    card = example.card
    assert card.is_example and card.model.startswith("SmolLM2-135M-Instruct")
    assert card.n >= 600 and min(card.n_right, card.n_wrong) >= 150
    assert card.extraction is not None and card.extraction.recall.value >= 0.85
    names = {reference.name for reference in example.references}
    assert names >= {"p(True)", "least probability", "answer form", "shuffled labels"}
    assert len(example.dropped) == sum(card.dropped.values())
    maps = example.maps[Site.RESID_POST]
    assert maps.auc.shape == (31, 15) and np.isfinite(maps.threshold).all()
    assert read_probes(FOLDER / card.study, Site.RESID_POST).weights.shape == (31, 15, 576)


def test_its_files_are_small_and_unchanged(example: ProbeStudy) -> None:
    folder = FOLDER / example.card.study
    assert read_json(folder / CHECKSUMS) == hashes(folder)
    assert not (folder / "features").exists()
    assert sum(path.stat().st_size for path in folder.iterdir()) <= MOST_BYTES


def test_its_answers_are_in_rows_of_the_questions_of_the_project(example: ProbeStudy) -> None:
    dataset = read_upload(Upload(QUESTIONS.name, QUESTIONS.read_bytes()))
    assert example.provenance["data set sha256"] == dataset.fingerprint
    asked = {one.row: one for one in dataset.questions}
    examples = example.examples
    for row, question, right in zip(
        examples.row, examples.question, examples.right_answer, strict=True
    ):
        assert (asked[row].question, asked[row].answer) == (question, right)
    rows = {*examples.row, *(one.row for one in example.dropped)}
    assert rows == asked.keys()


def test_a_backend_reads_it_and_gives_it_as_a_zip(
    mine: LocalBackend, example: ProbeStudy, tmp_path: Path
) -> None:
    name = example.card.study
    assert mine.studies() == ()
    found = mine.study(name)
    assert found.card == example.card
    content = b"".join(mine.export_study(name))
    other = LocalBackend(studies=tmp_path / "other", device="cpu")
    card = other.import_study(io.BytesIO(content))
    assert card.is_imported and other.study(name).card.is_imported


def test_nobody_renames_or_deletes_it(mine: LocalBackend, example: ProbeStudy) -> None:
    name = example.card.study
    with pytest.raises(BadRequest, match="comes with Layerscope"):
        mine.rename_study(name, "mine")
    with pytest.raises((BadRequest, NotWritten), match="comes with Layerscope"):
        mine.delete_study(name)
    assert (FOLDER / name / CHECKSUMS).exists() and mine.study(name).card.name == example.card.name
