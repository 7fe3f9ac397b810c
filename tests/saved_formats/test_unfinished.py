"""A killed study continues from its finished parts."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.saved_formats.conftest import SAVED, read_saved
from tests.saved_formats.test_studies import plain
from tests.saved_formats.today import studies as today
from tests.saved_formats.today.page import open_backend

EXPECTED = read_saved("studies.json")["unfinished"]
ASKING, FITTING = "20261130-054142-many-csv-305e31", "20261130-054148-few-csv-e00980"
SHARD = "shards-of-128/00000.json"
ROW = "fits-of-shards-of-128/resid_post-000.npz"
MARK = "this answer was in the shard"


@pytest.mark.parametrize("job", EXPECTED)
def test_a_killed_study_ends_with_the_expected_numbers(
    copy_studies: Callable[..., Path], job: str
) -> None:
    studies = copy_studies(job)
    backend, expected = open_backend(studies, SAVED / "namer"), EXPECTED[job]
    assert job in today.jobs(backend) and today.wait(backend, job) == "done"
    card, probes = today.card_of(backend, job), today.map_of(backend, job, "resid_post")
    for name in ("right", "wrong", "dropped"):
        assert card[name] == expected[name]
    auc = np.array(expected["auc"], dtype=float)
    np.testing.assert_allclose(probes["auc"], auc, atol=1e-3)
    assert card["nested"] == pytest.approx(expected["nested"], abs=1e-3)
    references = plain(today.study_of(backend, job))["rivals"]
    controls = [*expected["rivals"], "answer form"]  # which is newer than these studies
    assert sorted(reference[0] for reference in references) == sorted(controls)
    assert not (studies / "unfinished" / job).exists()


def test_answers_of_a_finished_shard_are_not_generated_again(
    copy_studies: Callable[..., Path],
) -> None:
    studies = copy_studies(ASKING)
    shard = studies / "unfinished" / ASKING / SHARD
    held = json.loads(shard.read_bytes())
    held["asked"][7]["answer"] = MARK
    shard.write_text(json.dumps(held), encoding="utf-8")
    backend = open_backend(studies, SAVED / "namer")
    assert ASKING in today.jobs(backend) and today.wait(backend, ASKING) == "done"
    answers = [today.example_of(backend, ASKING, number)["answer"] for number in range(9)]
    assert answers.count(MARK) == 1


def test_a_fitted_row_is_not_fitted_again(copy_studies: Callable[..., Path]) -> None:
    studies = copy_studies(FITTING)
    row = studies / "unfinished" / FITTING / ROW
    with np.load(row) as file:
        held = dict(file)
    held["auc"] = np.where(np.isnan(held["auc"]), np.nan, 0.125)
    np.savez(row, allow_pickle=False, **held)
    backend = open_backend(studies, SAVED / "namer")
    assert FITTING in today.jobs(backend) and today.wait(backend, FITTING) == "done"
    first, second = today.map_of(backend, FITTING, "resid_post")["auc"]
    assert {0.125} == {value for value in first if value == value}
    expected = np.array(EXPECTED[FITTING]["auc"][1], dtype=float)
    np.testing.assert_allclose(second, expected, atol=1e-3)
