"""A model whose code is not what it seems fails a law by name, and what fails is not offered."""

import re
from types import MethodType
from typing import Any

import pytest
import torch
from torch import nn

from model_backend.api.errors import UnknownArchitecture, UnsoundActivations
from model_backend.api.models.laws import Law, LawResult, name_layers
from model_backend.engine.forward import trace_forward, trace_with_measures
from model_backend.models.architecture import locate
from model_backend.models.discovery.parts import BlockKind, Lack
from model_backend.models.unembed import make_unembed
from tests.model_backend.tiny_models import build_model

INPUT_IDS = torch.tensor([1, 17, 5, 60, 5, 3, 96])


def llama_with(change: Any, layer: int = 1) -> Any:
    """A Llama in which one block returns something else than its code does."""
    model = build_model("llama")
    block = model.model.layers[layer]
    forward = block.forward
    block.forward = lambda *args, **kwargs: change(forward(*args, **kwargs))
    return model


def with_logits(change: Any) -> Any:
    """A Llama that changes its logits after the unembedding."""
    model = build_model("llama")
    forward = type(model).forward

    def changed(self: Any, *args: Any, **kwargs: Any) -> Any:
        output = forward(self, *args, **kwargs)
        output.logits = change(output.logits)
        return output

    model.forward = MethodType(changed, model)
    return model


def law(model: Any, which: Law) -> LawResult:
    return next(one for one in locate(model).laws if one.law is which)


def test_a_block_that_adds_something_of_its_own_offers_no_writes_in_that_layer() -> None:
    model = llama_with(lambda stream: stream * 1.02)
    parts = locate(model)
    assert law(model, Law.WRITES).layers == (2,) and law(model, Law.WRITES).error > 0.01
    assert [module is not None for module in parts.attn_outs] == [True, False, True]
    assert re.search(
        r"no writes in layer 2, whose rows are empty\. Law \(c\)", parts.lacks[Lack.WRITES]
    )
    numbers = trace_with_measures(model, INPUT_IDS).numbers
    for (measure, site), values in numbers.items():
        if site is not None and measure.spec.needs.name == "WRITES":
            assert values.isnan().all(-1).tolist() == [False, True, False]


def test_a_factor_that_hides_in_the_logits_is_found() -> None:
    model = with_logits(lambda logits: logits * 1.37)
    residual = trace_forward(model, INPUT_IDS).residual
    with torch.no_grad():
        expected = model(INPUT_IDS[None]).logits[0]
    torch.testing.assert_close(make_unembed(model)(residual[-1]), expected, rtol=1e-4, atol=1e-5)


def test_logits_that_the_last_row_does_not_give_are_not_offered_as_a_lens() -> None:
    model = with_logits(lambda logits: logits**3)
    assert not law(model, Law.READOUT).holds
    assert locate(model).unembedding is None
    with pytest.raises(UnknownArchitecture, match=r"Law \(a\).*own logits, fails"):
        make_unembed(model)


def test_a_block_that_looks_ahead_is_refused_by_the_law_and_the_number() -> None:
    model = llama_with(lambda stream: stream + stream.mean(1, keepdim=True))
    with pytest.raises(UnknownArchitecture, match=r"Law \(g\), later tokens.*error 0?\.?\d"):
        locate(model)


def test_dropout_that_is_left_on_is_refused() -> None:
    model = build_model("gpt2", resid_pdrop=0.5).train()
    with pytest.raises(UnknownArchitecture, match=r"Law \(f\)"):
        locate(model)


def test_a_block_that_hands_on_another_stream_than_the_next_one_reads_is_refused() -> None:
    model = build_model("llama")
    block = model.model.layers[1]
    forward = block.forward
    block.forward = lambda stream, *args, **kwargs: forward(stream * 2, *args, **kwargs)
    block.register_forward_pre_hook(lambda _, args: (args[0] * 1.5, *args[1:]))
    with pytest.raises(UnknownArchitecture, match=r"blocks|Law"):
        locate(model)


def test_a_model_of_several_streams_is_refused_by_that_reason() -> None:
    class Lanes(nn.Module):
        def forward(self, hidden: torch.Tensor, *_: Any, **__: Any) -> torch.Tensor:
            return hidden * 1.1

    model = build_model("llama")
    forward = model.model.embed_tokens.forward
    model.model.embed_tokens.forward = lambda ids: torch.cat([forward(ids)] * 2, dim=0)
    model.model.layers = nn.ModuleList(Lanes() for _ in range(3))
    with pytest.raises(UnknownArchitecture, match=r"no single residual stream: .* 2 vectors"):
        locate(model)


def test_blocks_without_a_chain_are_refused() -> None:
    model = build_model("llama")
    model.model.layers = nn.ModuleList()
    with pytest.raises(UnknownArchitecture, match="has no list of blocks"):
        locate(model)


def test_numbers_that_overflow_are_refused_from_their_layer_on() -> None:
    model = build_model("llama").to(torch.float16)
    model.model.layers[1].mlp.down_proj.weight.data.fill_(6e4)
    with pytest.raises(UnsoundActivations, match=r"from layer '2' on, in torch\.float16"):
        locate(model)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("variant", ["llama", "gemma2", "gpt_neox", "bloom", "opt, norm after"])
def test_the_same_parts_are_found_in_half_precision(variant, dtype) -> None:
    whole, half = locate(build_model(variant)), locate(build_model(variant).to(dtype))
    assert half.family == whole.family and half.block_kind is whole.block_kind
    assert (half.soft_cap, half.write_scale) == (whole.soft_cap, whole.write_scale)


def test_a_model_is_searched_once_and_its_copy_has_parts_of_its_own() -> None:
    from copy import deepcopy

    model = build_model("llama")
    assert locate(model) is locate(model)
    copied = deepcopy(model)
    assert locate(copied).blocks[0] is copied.model.layers[0]


def test_search_and_laws_leave_no_hook_and_no_other_attention_behind() -> None:
    model = build_model("gemma3")
    locate(model)
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())
    assert model.config._attn_implementation == "sdpa"


def test_the_kinds_of_blocks_are_told_apart() -> None:
    kinds = {
        variant: locate(build_model(variant)).block_kind
        for variant in ("llama", "phi", "bert", "opt, norm after")
    }
    assert kinds == {
        "llama": BlockKind.SEQUENTIAL,
        "phi": BlockKind.PARALLEL,
        "bert": BlockKind.POST_NORM,
        "opt, norm after": BlockKind.POST_NORM,
    }


def test_a_law_says_its_name_its_number_and_where_it_fails() -> None:
    result = LawResult(Law.WRITES, 0.25, 1e-4, (2, 3, 4, 7))
    assert result.sentence == (
        "Law (c), what a block read and what it wrote add up to what it left, fails in layers "
        "2 to 4, 7: error 0.2, tolerance 0.0001."
    )
    assert not LawResult(Law.CHAIN, float("nan"), 1.0).holds
    assert name_layers((3,)) == "layer 3"


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_short_updates_of_a_long_stream_are_found_in_half_precision(dtype) -> None:
    model = build_model("llama")
    model.model.embed_tokens.weight.data[:, 0] = 3000.0  # as massive activations are
    parts = locate(model.to(dtype))
    assert all(parts.attn_outs) and all(parts.mlp_outs) and all(parts.mid_inputs)
    assert all(law.holds for law in parts.laws)


def test_a_write_scale_close_to_one_is_found_and_not_taken_for_one() -> None:
    model = build_model("granite", residual_multiplier=0.95)
    assert locate(model).write_scale == 0.95
