"""Writes of one block that is run alone, and the tokens that they raise and lower."""

from copy import deepcopy
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
import torch
from torch.testing import assert_close

from model_backend.api.maps.sites import Site
from model_backend.engine.forward import trace_forward, trace_with_measures
from model_backend.engine.replay import replay_block
from model_backend.engine.writes import direct_logits
from model_backend.models.architecture import BlockKind, locate
from model_backend.models.unembed import make_unembed
from tests.model_backend.tiny_models import (
    EVERY,
    N_LAYERS,
    POST_NORM,
    VARIANTS,
    build_model,
    tiny_model,
)

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

INPUT_IDS = torch.tensor([1, 17, 5, 60, 5, 3, 96])
POSITION = 4
READABLE = [variant for variant in VARIANTS if variant not in POST_NORM]


@cache
def stream_of(variant):
    return trace_with_measures(tiny_model(variant), INPUT_IDS).residual


def replayed(variant, layer):
    residual = stream_of(variant)
    return replay_block(tiny_model(variant), INPUT_IDS, residual, layer=layer, position=POSITION)


def logits_of(vector, variant, stream) -> torch.Tensor:
    unembed = make_unembed(tiny_model(variant))
    centred = locate(tiny_model(variant)).family.norm_subtracts_mean
    return direct_logits(vector, stream, unembed, centred=centred)


@pytest.mark.parametrize("variant", EVERY)
def test_a_block_run_alone_writes_what_it_writes_in_the_whole_model(variant) -> None:
    trace = trace_forward(tiny_model(variant), INPUT_IDS, inside=[Site.ATTN_OUT, Site.MLP_OUT])
    for layer in range(1, N_LAYERS + 1):
        replay = replayed(variant, layer)
        attn_out, mlp_out = (trace.at(site) for site in (Site.ATTN_OUT, Site.MLP_OUT))
        if locate(tiny_model(variant)).has_attention_weights:
            assert_close(replay.attn_out, attn_out[layer - 1, POSITION], rtol=1e-4, atol=1e-5)
            assert_close(replay.mlp_out, mlp_out[layer - 1, POSITION], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("variant", EVERY)
def test_what_a_block_read_and_wrote_add_up_to_what_it_left(variant) -> None:
    block_kind = locate(tiny_model(variant)).block_kind
    replay = replayed(variant, 2)
    if block_kind is BlockKind.POST_NORM or not locate(tiny_model(variant)).has_attention_weights:
        return
    total = replay.resid_pre + replay.attn_out + replay.mlp_out
    assert_close(replay.resid_post, total, rtol=1e-4, atol=1e-4)
    if block_kind is BlockKind.SEQUENTIAL:
        assert replay.resid_mid is not None
        middle = replay.resid_pre + replay.attn_out
        assert_close(replay.resid_mid, middle, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("variant", READABLE)
def test_what_was_read_and_what_was_written_add_up_to_the_lens(variant) -> None:
    replay = replayed(variant, 2)
    stream = replay.resid_post
    parts = (stream - replay.attn_out - replay.mlp_out, replay.attn_out, replay.mlp_out)
    logits = sum(logits_of(part, variant, stream) for part in parts)
    unembed = make_unembed(tiny_model(variant))
    zero = logits_of(torch.zeros_like(stream), variant, stream)
    assert_close(zero, torch.zeros_like(zero))
    with torch.no_grad():
        free = replace(unembed, soft_cap=None)
        lens, none = free(torch.stack([stream, torch.zeros_like(stream)]))
    assert_close(logits, lens - none, rtol=1e-3, atol=2e-3)


@pytest.mark.parametrize("eps", [1e-12, 1e-5, 1e-2, 1.0])
@pytest.mark.parametrize("variant", ["llama", "gpt2"])
def test_writes_add_up_to_the_lens_whatever_the_eps_of_the_norm(variant, eps) -> None:
    unembed = make_unembed(tiny_model(variant))
    norm: Any = deepcopy(unembed.final_norm)
    setattr(norm, "variance_epsilon" if hasattr(norm, "variance_epsilon") else "eps", eps)
    unembed = replace(unembed, final_norm=norm)
    centred = locate(tiny_model(variant)).family.norm_subtracts_mean
    width = norm.weight.shape[0]
    small, large = 0.02 * torch.randn(2, width, generator=torch.Generator().manual_seed(0))
    stream = small + 10 * large
    parts = [direct_logits(part, stream, unembed, centred=centred) for part in (small, 10 * large)]
    with torch.no_grad():
        lens, none = unembed(torch.stack([stream, torch.zeros_like(stream)]))
        alone = unembed.unembedding(norm.weight * (small - small.mean() * centred))
        alone = alone - unembed.unembedding(torch.zeros_like(small))
    spread = (stream - stream.mean() * centred).square().mean()
    assert_close(sum(parts), lens - none, rtol=1e-4, atol=1e-5)
    assert_close(parts[0], alone / (spread + eps).sqrt(), rtol=1e-4, atol=1e-5)


def test_a_write_along_a_tokens_own_direction_speaks_for_it() -> None:
    model = tiny_model("llama")
    stream = trace_with_measures(model, INPUT_IDS).residual[2, POSITION]
    rows = model.lm_head.weight.detach()
    longest = int(rows.norm(dim=-1).argmax())
    planted = rows[longest] / model.model.norm.weight.detach()
    assert logits_of(planted, "llama", stream).argmax() == longest
    assert logits_of(-planted, "llama", stream).argmin() == longest


def test_a_write_counts_for_less_in_a_longer_stream() -> None:
    replay = replayed("llama", 2)
    near = logits_of(replay.mlp_out, "llama", replay.resid_post)
    far = logits_of(replay.mlp_out, "llama", 10 * replay.resid_post)
    assert_close(far, near / 10)


@pytest.mark.parametrize("variant", ["llama", "bloom", "falcon"])
def test_blocks_that_were_stood_in_for_run_again_afterwards(variant) -> None:
    model = tiny_model(variant)
    before = trace_with_measures(model, INPUT_IDS).residual
    replayed(variant, 2)
    assert not [block for block in locate(model).blocks if "forward" in block.__dict__]
    assert_close(trace_with_measures(model, INPUT_IDS).residual, before, rtol=0, atol=0)


def test_only_the_block_itself_is_run() -> None:
    model, ran = build_model("llama"), []
    for layer, block in enumerate(model.model.layers):
        block.mlp.register_forward_hook(lambda *_, layer=layer: ran.append(layer))
    residual = trace_with_measures(model, INPUT_IDS).residual
    ran.clear()
    replay_block(model, INPUT_IDS, residual, layer=3, position=POSITION)
    assert ran == [2]


def test_an_instance_that_had_a_forward_of_its_own_gets_it_back() -> None:
    model = build_model("llama")
    block = model.model.layers[0]
    own = block.forward
    block.forward = own
    residual = trace_with_measures(model, INPUT_IDS).residual
    replay_block(model, INPUT_IDS, residual, layer=2, position=POSITION)
    assert block.__dict__["forward"] is own
