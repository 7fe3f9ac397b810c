"""Attention weights are the model's own, and what is said of them has its worked values."""

import math
from functools import cache
from typing import Any

import pytest
import torch
from torch.multiprocessing.reductions import StorageWeakRef
from torch.testing import assert_close

from model_backend.api.errors import TextTooLong
from model_backend.api.maps.measure_specs import Needs
from model_backend.api.maps.measures import Measure, measures_that_need
from model_backend.engine.attention import eager_attention, too_large
from model_backend.engine.block_measures import all_weights
from model_backend.engine.forward import trace_with_measures
from model_backend.engine.hooks import tap_attention
from model_backend.engine.replay import replay_block
from model_backend.models.architecture import locate
from tests.model_backend.tiny_models import (
    EVERY,
    N_LAYERS,
    WITHOUT_WEIGHTS,
    build_model,
    tiny_model,
)

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

INPUT_IDS = torch.tensor([1, 17, 5, 60, 5, 3, 96])
N_TOKENS = len(INPUT_IDS)
WITH_WEIGHTS = [variant for variant in EVERY if variant != WITHOUT_WEIGHTS]
OF_WEIGHTS = measures_that_need(Needs.WEIGHTS)
WINDOWED = ["cohere2", "gemma2", "gemma3_text", "mistral"]


@cache
def stream_of(variant):
    return trace_with_measures(tiny_model(variant), INPUT_IDS).residual


def weights_of(variant, layer=2, position=4):
    residual = stream_of(variant)
    replay = replay_block(tiny_model(variant), INPUT_IDS, residual, layer=layer, position=position)
    assert replay.weights is not None
    return replay.weights


def weights_of_all_layers(model) -> list[torch.Tensor]:
    """Those of a whole eager forward pass."""
    parts = locate(model)
    seen: list[torch.Tensor] = []
    hooks = [
        tap_attention(block.get_submodule(parts.family.attention), seen.append)
        for block in parts.blocks
    ]
    with torch.no_grad(), eager_attention(parts.body.config):
        parts.body(input_ids=INPUT_IDS[None], **parts.options)
    for hook in hooks:
        hook.remove()
    return seen


@pytest.mark.parametrize("variant", WITH_WEIGHTS)
def test_rows_sum_to_one_and_nothing_looks_ahead(variant) -> None:
    weights = weights_of(variant)
    assert_close(weights.sum(-1), torch.ones(weights.shape[:2]))
    if locate(tiny_model(variant)).is_causal:
        assert (weights.triu(1) == 0).all()


@pytest.mark.parametrize("variant", WITH_WEIGHTS)
def test_there_is_a_head_for_every_query_head(variant) -> None:
    assert weights_of(variant).shape == (2, N_TOKENS, N_TOKENS)


@pytest.mark.parametrize("variant", WITH_WEIGHTS)
def test_a_block_run_alone_attends_as_in_the_whole_model(variant) -> None:
    for layer, expected in enumerate(weights_of_all_layers(tiny_model(variant)), start=1):
        assert_close(weights_of(variant, layer), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("variant", WITH_WEIGHTS)
def test_eager_attention_leaves_the_stream_as_fused_attention_does(variant) -> None:
    model = tiny_model(variant)
    fused, eager = (trace_with_measures(model, INPUT_IDS, attention=on) for on in (False, True))
    assert_close(eager.residual, fused.residual, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("variant", WITH_WEIGHTS)
def test_the_numbers_of_a_pass_are_those_of_its_weights(variant) -> None:
    model = tiny_model(variant)
    numbers = trace_with_measures(model, INPUT_IDS, attention=True).numbers
    is_causal = locate(model).is_causal
    seen = [all_weights(layer, is_causal=is_causal) for layer in weights_of_all_layers(model)]
    for measure in OF_WEIGHTS:
        expected = torch.stack([measure.compute(layer) for layer in seen])
        assert_close(numbers[measure, None], expected, equal_nan=True)


@pytest.mark.parametrize("variant", WITH_WEIGHTS)
def test_a_measure_of_one_token_is_what_it_is_among_all(variant) -> None:
    """So an opened cell and its map show the same number."""
    seen = all_weights(weights_of(variant), is_causal=locate(tiny_model(variant)).is_causal)
    for measure in OF_WEIGHTS:
        one_by_one = torch.cat([measure.compute(seen.at(at)) for at in range(N_TOKENS)])
        assert_close(one_by_one, measure.compute(seen), equal_nan=True)


@pytest.mark.parametrize("variant", WINDOWED)
def test_a_sliding_window_hides_what_is_far_back(variant) -> None:
    kinds = getattr(tiny_model(variant).config, "layer_types", None) or ["sliding_attention"] * 3
    far = torch.ones(N_TOKENS, N_TOKENS, dtype=torch.bool).tril(-4)
    for layer, kind in enumerate(kinds, start=1):
        is_hidden = (weights_of(variant, layer)[:, far] == 0).all()
        assert is_hidden == (kind == "sliding_attention")


def test_a_soft_cap_on_scores_is_part_of_the_weights() -> None:
    capped, free = (
        build_model("gemma2", attn_logit_softcapping=cap, query_pre_attn_scalar=1)
        for cap in (0.5, None)
    )
    entropies = [
        trace_with_measures(model, INPUT_IDS, attention=True).numbers[
            Measure.ATTENTION_ENTROPY, None
        ]
        for model in (capped, free)
    ]
    # Scores within 0.5 of 0 leave attention nearly even; without the cap they are many times that.
    even = torch.tensor([math.log2(n) for n in range(1, 5)])
    assert_close(entropies[0][0, :4], even, rtol=0, atol=0.15)
    assert (entropies[1][0, 1:4] < even[1:] - 0.3).all()


def test_a_model_whose_eager_attention_is_another_gives_no_weights() -> None:
    model = tiny_model("falcon, sequential")
    trace = trace_with_measures(model, INPUT_IDS, attention=True)
    assert not {measure for measure, _ in trace.numbers} & OF_WEIGHTS


@pytest.mark.parametrize("fails", [False, True])
def test_a_model_goes_back_to_its_own_attention(fails) -> None:
    config = tiny_model("llama").config
    assert config._attn_implementation == "sdpa"
    with pytest.raises(KeyError) if fails else eager_attention(config):
        with eager_attention(config):
            assert config._attn_implementation == "eager"
            if fails:
                raise KeyError
    assert config._attn_implementation == "sdpa"


@pytest.mark.parametrize("variant", EVERY)
def test_a_text_too_long_for_memory_is_told_with_both_numbers(variant) -> None:
    parts = locate(tiny_model(variant))
    assert too_large(parts.body.config, N_TOKENS, parts.weight) == ""
    said = too_large(parts.body.config, 10_000_000, parts.weight)
    assert "2 heads over 10,000,000 tokens takes about 3,200,000.0 GB a layer" in said


def test_attention_that_does_not_fit_is_refused_before_it_runs(monkeypatch) -> None:
    monkeypatch.setattr("model_backend.engine.attention.free_bytes", lambda _: 1000)
    with pytest.raises(TextTooLong, match="Shorten the text"):
        trace_with_measures(tiny_model("llama"), INPUT_IDS, attention=True)


def test_the_weights_of_two_layers_are_never_held_at_once() -> None:
    model, seen, alive = tiny_model("llama"), [], []

    def watch(_: Any, args: Any, output: Any) -> None:
        seen.append(StorageWeakRef(output[1].untyped_storage()))
        alive.append(sum(not storage.expired() for storage in seen))

    hooks = [block.self_attn.register_forward_hook(watch) for block in model.model.layers]
    trace_with_measures(model, INPUT_IDS, attention=True)
    for hook in hooks:
        hook.remove()
    assert alive == [1] * N_LAYERS
