"""Batched questions get the same answers and activations as single ones."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model_backend.answering import generating
from model_backend.answering.finding import ExactAnswerFinder
from model_backend.api.datasets import DatasetQuestion
from model_backend.api.maps.sites import Site
from model_backend.api.study_requests import StudyRequest
from model_backend.models.loaded import LoadedModel
from model_backend.probing.studies import shards as shards_module
from model_backend.probing.studies.answers.asking import AskedQuestion, ask_batch
from model_backend.probing.studies.answers.features import capture_activations
from model_backend.probing.studies.jobs import Cancelled
from model_backend.probing.studies.shards import (
    RANDOM,
    Shards,
    batch_by_length,
    capture_random_activations,
    make_shard,
)
from tests.model_backend.probing.answering import open_namer, save_namer

SITES = (Site.RESID_POST, Site.MLP_OUT)
QUESTIONS = [
    DatasetQuestion("who is " + " ".join(f"w{(7 * n + k) % 40}" for k in range(n % 9)), "Bara")
    for n in range(23)
]
"""Questions of nine lengths in mixed order."""


@pytest.fixture(scope="module")
def namer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoadedModel]:
    folder = tmp_path_factory.mktemp("namer")
    yield open_namer(save_namer(folder / "model"), folder / "studies")._pool.take("namer")


def ask(namer: LoadedModel) -> list[AskedQuestion]:
    return ask_batch(
        namer, QUESTIONS, max_new_tokens=3, finder=ExactAnswerFinder(), after_token=lambda: None
    )


def test_questions_in_smaller_batches_get_the_same_answers(
    namer: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    together, sizes = ask(namer), []
    generate = generating.generate_batch

    def counted(
        loaded: LoadedModel, prompts: list[tuple[int, ...]], *rest: Any, **more: Any
    ) -> Any:
        sizes.append(len(prompts))
        return generate(loaded, prompts, *rest, **more)

    one = 2 * 2 * 16 * 4 * (max(len(each.token_ids) for each in together) + 3)
    monkeypatch.setattr(generating, "MOST_CACHE_BYTES", 5 * one)
    monkeypatch.setattr("model_backend.probing.studies.answers.asking.generate_batch", counted)
    assert ask(namer) == together
    assert sum(sizes) == len(QUESTIONS) and max(sizes) <= 6 and len(sizes) > 3


def test_a_shard_keeps_the_activations_of_every_answer_in_order(
    namer: LoadedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards_module, "PASS", 4)
    shards = Shards(tmp_path, len(QUESTIONS))
    request = StudyRequest("namer", "any", sites=SITES, max_new_tokens=3, ask_for_truth=False)
    make_shard(
        shards, 0, QUESTIONS, namer, request=request, finder=ExactAnswerFinder(), check=lambda: None
    )
    asked, baselines = shards.asked(), shards.baselines()
    assert [each.question for each in asked] == QUESTIONS
    assert len({tuple(part) for part in batch_by_length(asked)}) == 6
    for site in SITES:
        scale = np.load(shards.scale(0, site))[:, None, None]
        kept = np.load(shards.features(0, site)) * scale[..., None]
        for number, each in enumerate(asked):
            alone = capture_activations(
                namer.model, [each.token_ids], np.array([each.indices]), (site,)
            )
            values = alone.features[site].values[:, :, 0]
            np.testing.assert_allclose(kept[:, :, number], values, rtol=2e-3, atol=2e-3)
    lengths = [each.n_prompt - len(each.token_ids) for each in asked]
    assert baselines[:, -2].tolist() == lengths


def test_a_control_is_cancelled_between_passes_and_writes_nothing(
    namer: LoadedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards_module, "PASS", 4)
    shards, asked, calls = Shards(tmp_path, len(QUESTIONS)), ask(namer), []

    def check() -> None:
        calls.append(1)
        if len(calls) == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        capture_random_activations(shards, 0, asked, namer, namer.model, check=check)
    assert not shards.features(0, RANDOM).exists() and len(batch_by_length(asked)) == 6
