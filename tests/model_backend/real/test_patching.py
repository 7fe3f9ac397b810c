"""Patching a model that nobody here made, beside plain hooks on Hugging Face's own forward."""

from typing import Any

import numpy as np
import pytest
import torch

from model_backend.api.patching import PatchMap, PatchRequest
from model_backend.engine.patching.prepare import prepare, run_texts
from model_backend.engine.patching.run import open_cell, patch_whole
from model_backend.models.loaded import LoadedModel

pytestmark = pytest.mark.slow

A, B = "The Eiffel Tower is located in the city of", "The Colosseum is located in the city of"


@pytest.fixture(scope="module")
def request_(opened: LoadedModel) -> PatchRequest:
    return PatchRequest(opened.card.name, A, B, " Paris", " Rome")


@pytest.fixture(scope="module")
def found(opened: LoadedModel, request_: PatchRequest) -> PatchMap:
    return patch_whole(opened, request_)


def test_the_map_equals_one_made_cell_by_cell_with_plain_hooks(
    opened: LoadedModel, request_: PatchRequest, found: PatchMap
) -> None:
    prepared = prepare(run_texts(opened, request_), request_)
    plain = np.array(
        [[plain_metric(opened, prepared, row, at) for at in range(10)] for row in range(0, 31, 6)]
    )
    effect = (plain - found.setup.metric_b) / found.setup.gap
    np.testing.assert_allclose(found.effect[::6], effect, atol=1e-4)


def plain_metric(opened: LoadedModel, prepared: Any, row: int, position: int) -> float:
    layers: Any = opened.model.model.layers
    vector = prepared.texts.a.residual[row, position]

    def replace(_: Any, __: Any, output: Any) -> None:
        (output[0] if isinstance(output, tuple) else output)[0, position] = vector

    def replace_input(_: Any, args: Any) -> None:
        args[0][0, position] = vector

    hook = (
        layers[row - 1].register_forward_hook(replace)
        if row
        else layers[0].register_forward_pre_hook(replace_input)
    )
    try:
        with torch.inference_mode():
            ids = torch.tensor(prepared.texts.b[0].ids)[None]
            logits = opened.model(input_ids=ids, use_cache=False).logits[0, -1]
    finally:
        hook.remove()
    a, b = prepared.texts.answers.ids
    return float(logits[a] - logits[b])


def test_the_laws_hold_and_the_landmark_hands_over_to_the_last_token(found: PatchMap) -> None:
    effect = found.effect
    assert effect.shape == (31, 10)
    assert effect[30, 9] == pytest.approx(1.0, abs=1e-4)
    assert np.abs(effect[30, :9]).max() < 1e-6
    first = next(
        at
        for at, (a, b) in enumerate(zip(found.setup.tokens_a, found.setup.tokens_b, strict=True))
        if a != b
    )
    assert np.abs(effect[:, :first]).max(initial=0.0) < 1e-6
    assert effect[27, 9] > 0.8


def test_an_opened_cell_says_paris_where_the_map_says_so(
    opened: LoadedModel, request_: PatchRequest, found: PatchMap
) -> None:
    cell = open_cell(opened, request_, 29, 9)
    chances = {one.text: one.probability for one in cell.predictions}
    assert chances[" Paris"] == pytest.approx(found.probabilities[29, 9, 0], abs=1e-4)
