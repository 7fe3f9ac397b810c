"""The estimate by gradients: what it adds up to, and how near it comes."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from model_backend.api.patching import PatchRequest, PatchSite, PatchWay
from model_backend.engine.patching.attribution import estimate
from model_backend.engine.patching.prepare import Prepared, prepare, run_texts
from model_backend.models.loaded import LoadedModel
from model_backend.models.unembed import make_unembed
from tests.model_backend.engine.patching.patched import (
    FAMILIES,
    A,
    B,
    loaded_model,
    prepared,
    rows,
)

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
MANY = 150
EXPERTS = ("qwen3_moe", "mixtral")
"""Along the path, their tokens change experts, where the metric jumps."""


def exact_model(variant: str) -> LoadedModel:
    """A copy of a tiny model in float64."""
    loaded = loaded_model(variant)
    model = deepcopy(loaded.model).double()
    model.config._experts_implementation = "eager"  # the fused product has no float64
    return replace(loaded, model=model, unembed=make_unembed(model))


def prepared_exactly(loaded: LoadedModel, **options: Any) -> Prepared:
    request = PatchRequest("tiny", A, B, **options)
    return prepare(run_texts(loaded, request), request)


@pytest.mark.parametrize("variant", [one for one in FAMILIES if one not in EXPERTS])
def test_along_the_path_of_the_embeddings_row_0_adds_up_to_the_gap(variant: str) -> None:
    loaded = exact_model(variant)
    chosen = prepared(variant).texts.answers
    texts = run_texts(loaded, PatchRequest("tiny", A, B))
    found = prepare(replace(texts, answers=chosen), PatchRequest("tiny", A, B))
    total = estimate(found, loaded.unembed, MANY)[0].nansum()
    # A soft cap and ReLU bend the path; in logits the error stays far below the gap.
    assert_close(float(total), 1.0, atol=0.01, rtol=0)


@pytest.mark.parametrize("variant", ["llama", "gpt_neox", "mistral", "gemma2", "mixtral"])
def test_gradients_are_what_central_differences_are(variant: str) -> None:
    from model_backend.engine.patching.attribution import mean_gradients

    loaded = exact_model(variant)
    found = prepared_exactly(loaded, answer_a=" w8", answer_b=" w30")
    patching, start = found.patchings[0], found.texts.b[0].residual[0].clone()
    direction = found.texts.a.residual[0] - start
    ends = start.clone(), start.clone()
    got = mean_gradients(patching, loaded.unembed, found.reader, ends, 1).rows[0]

    def metric(step: float) -> float:
        from model_backend.engine.patching.block_calls import BlockCalls
        from model_backend.engine.patching.texts import read_last

        states = (start + step * direction)[None]
        with torch.inference_mode():
            calls = BlockCalls(found.parts, torch.tensor(patching.base.ids)[None])
            for layer in range(found.parts.n_layers):
                states = calls.run(layer, states)
            return float(found.reader.measure(read_last(loaded.unembed, states[:, -1])))

    step = 1e-3
    slope = (metric(step) - metric(-step)) / (2 * step)
    assert_close(float((got * direction).sum()), slope, rtol=0.01, atol=1e-4 * abs(slope))


@pytest.mark.parametrize("site", list(PatchSite))
def test_a_small_change_is_estimated_as_it_is(site: PatchSite) -> None:
    """Between texts that nearly agree, first order is all there is."""
    loaded = loaded_model("llama")
    found = prepared("llama", site=site.value)
    patching = found.patchings[0]
    own = patching.base.residual if site is PatchSite.RESID_POST else patching.base.written
    if patching.is_of_vectors:
        own = patching.base.residual[patching.first_row :]
    assert own is not None
    near = replace(patching, donors=own + 1e-3 * (patching.donors - own))
    small = replace(found, patchings=(near,))
    exact = rows("llama", small)
    guessed = estimate_at_base(small, loaded)
    assert np.corrcoef(exact.flatten(), guessed.flatten())[0, 1] > 0.999


def estimate_at_base(found: Prepared, loaded: LoadedModel) -> torch.Tensor:
    """The estimate whose path does not leave the text that is changed."""
    texts = replace(found.texts, a=replace(found.texts.b[0], ids=found.texts.a.ids))
    return estimate(replace(found, texts=texts), loaded.unembed)


def test_both_directions_have_one_estimate() -> None:
    loaded = loaded_model("llama")
    back = estimate(prepared("llama"), loaded.unembed)
    away = estimate(prepared("llama", way=PatchWay.NOISING.value), loaded.unembed)
    assert_close(back, away, atol=1e-3, rtol=1e-3)
