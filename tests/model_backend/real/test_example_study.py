"""The example study is of this very model: its stored answers, read again, give its numbers.

``example_scores.json`` has what the study's probes gave the activations that it had captured, for
some of its answers and cells; the activations themselves are not part of the project.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from model_backend import ProbeStudy, Site, example_studies
from model_backend.answering.given_answers import answer_tokens
from model_backend.answering.prompts import prompt_for
from model_backend.models.loaded import LoadedModel
from model_backend.probing.storage.example_studies import FOLDER
from model_backend.probing.storage.study_files import read_probes
from model_backend.probing.studies.answers.features import capture_activations

pytestmark = pytest.mark.slow

KEPT = json.loads(
    (Path(__file__).parents[2] / "fixtures" / "example_scores.json").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def example() -> ProbeStudy:
    [study] = example_studies()
    return study


@pytest.fixture(scope="module")
def token_ids(example: ProbeStudy, opened: LoadedModel) -> list[tuple[int, ...]]:
    """Prompt and answer of some stored answers, without an end where the answer was cut off."""
    examples, last = example.examples, example.positions.index("-1")
    found = []
    for n in KEPT["answers"]:
        question = examples.question[n]
        prompt = prompt_for(opened, question)
        ids = (*prompt.token_ids, *answer_tokens(opened, question, prompt, examples.answer[n]))
        length = int(examples.indices[n, last]) + 1
        assert length <= len(ids) <= length + 1
        found.append(ids[:length])
    return found


def test_the_study_is_of_this_models_weights(example: ProbeStudy, opened: LoadedModel) -> None:
    assert example.card.revision == str(opened.card.revision)


def test_stored_answers_read_again_get_the_scores_of_their_activations(
    example: ProbeStudy, opened: LoadedModel, token_ids: list[tuple[int, ...]]
) -> None:
    indices = example.examples.indices[KEPT["answers"]]
    captured = capture_activations(opened.model, token_ids, indices, (Site.RESID_POST,))
    features = captured.features[Site.RESID_POST]
    probes = read_probes(FOLDER / example.card.study, Site.RESID_POST)
    assert len(KEPT["answers"]) >= 24 and len(KEPT["cells"]) >= 4
    for cell in KEPT["cells"]:
        row, position = cell["row"], example.positions.index(cell["position"])
        read = features.values[row, position].astype(np.float64) * features.scale[row]
        scores = read @ probes.weights[row, position] + probes.intercepts[row, position]
        np.testing.assert_allclose(1 / (1 + np.exp(-scores)), cell["scores"], atol=1e-3)


def test_stored_answers_read_again_get_their_probabilities(
    example: ProbeStudy, opened: LoadedModel, token_ids: list[tuple[int, ...]]
) -> None:
    number = example.baseline_names.index("mean log-probability")
    kept = example.examples.baselines[KEPT["answers"], number]
    last_q = example.positions.index("last_q")
    for ids, n, mean in zip(token_ids[:8], KEPT["answers"], kept, strict=False):
        start = int(example.examples.indices[n, last_q]) + 1
        said = _log_probabilities(opened, ids)[start - 1 :]
        assert said.mean() == pytest.approx(mean, abs=1e-3)


def _log_probabilities(opened: LoadedModel, ids: tuple[int, ...]) -> np.ndarray:
    """Log-probability of every token but the first, given those before it."""
    import torch

    with torch.inference_mode():
        logits = opened.model(input_ids=torch.tensor([ids])).logits[0, :-1].double()
    log_probs = logits.log_softmax(dim=-1)
    return log_probs.gather(1, torch.tensor(ids[1:])[:, None])[:, 0].numpy()
