from typing import Any, Never

import pytest
import torch
from torch.testing import assert_close

from model_backend.api.errors import BadRequest, UnsoundActivations
from model_backend.api.maps.sites import Site
from model_backend.engine.forward import trace_forward
from model_backend.models.architecture import locate
from model_backend.models.unembed import make_unembed
from tests.model_backend.tiny_models import (
    ENCODERS,
    N_LAYERS,
    PARALLEL,
    POST_NORM,
    VARIANTS,
    WIDTH,
    build_model,
    tiny_model,
)

INPUT_IDS = torch.tensor([1, 17, 5, 60, 5, 3, 96])
ENCODERS_NORMED_AFTER = ["bert", "distilbert", "electra", "roberta"]
SEQUENTIAL = [variant for variant in VARIANTS if variant not in (*PARALLEL, *POST_NORM)]


pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


def sites(variant):
    return tuple(Site) if variant in SEQUENTIAL else (Site.ATTN_OUT, Site.MLP_OUT)


def trace(variant):
    return trace_forward(tiny_model(variant), INPUT_IDS, inside=sites(variant))


def n_hooks(model):
    return sum(
        len(module._forward_hooks) + len(module._forward_pre_hooks) for module in model.modules()
    )


@pytest.mark.parametrize("variant", VARIANTS)
def test_there_is_a_row_for_the_embedding_and_one_for_every_block(variant) -> None:
    assert trace(variant).residual.shape == (N_LAYERS + 1, len(INPUT_IDS), WIDTH)


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_last_row_unembeds_to_the_models_own_logits(variant) -> None:
    model = tiny_model(variant)
    with torch.no_grad():
        logits = model(INPUT_IDS[None]).logits[0]
        assert_close(make_unembed(model)(trace(variant).residual[-1]), logits)


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_row_is_what_its_block_makes_of_the_row_before(variant) -> None:
    model, seen = tiny_model(variant), []
    hooks = [
        block.register_forward_pre_hook(
            lambda _, args, kwargs: seen.append((args or [kwargs["hidden_states"]])[0][0]),
            with_kwargs=True,
        )
        for block in locate(model).blocks
    ]
    residual = trace_forward(model, INPUT_IDS).residual
    for hook in hooks:
        hook.remove()
    assert_close(residual[:-1], torch.stack(seen), rtol=0, atol=0)


@pytest.mark.parametrize("variant", VARIANTS)
def test_rows_before_the_last_are_hugging_faces_hidden_states_and_the_last_is_not(variant) -> None:
    model = tiny_model(variant)
    with torch.no_grad():
        hidden_states = model(INPUT_IDS[None], output_hidden_states=True).hidden_states
    residual = trace(variant).residual
    assert_close(residual[1:-1], torch.cat(hidden_states[1:-1]))
    if locate(model).final_norm is not None:
        assert not torch.allclose(residual[-1], hidden_states[-1][0], atol=0.1)


@pytest.mark.parametrize("variant", SEQUENTIAL)
def test_a_sequential_block_adds_attention_then_mlp(variant) -> None:
    seen = trace(variant)
    attended = seen.at(Site.RESID_PRE) + seen.at(Site.ATTN_OUT)
    assert_close(seen.at(Site.RESID_MID), attended)
    assert_close(seen.at(Site.RESID_POST), seen.at(Site.RESID_MID) + seen.at(Site.MLP_OUT))


@pytest.mark.parametrize("variant", PARALLEL)
def test_a_parallel_block_adds_attention_and_mlp_at_once(variant) -> None:
    seen = trace(variant)
    written = seen.at(Site.ATTN_OUT) + seen.at(Site.MLP_OUT)
    assert_close(seen.at(Site.RESID_POST), seen.at(Site.RESID_PRE) + written)


def test_a_block_that_norms_after_norms_the_sums() -> None:
    model, seen = tiny_model("opt, norm after"), trace("opt, norm after")
    blocks: list[Any] = list(locate(model).blocks)
    for layer, block in enumerate(blocks):
        middle = seen.at(Site.RESID_PRE)[layer] + seen.at(Site.ATTN_OUT)[layer]
        middle = block.self_attn_layer_norm(middle)
        after = block.final_layer_norm(middle + seen.at(Site.MLP_OUT)[layer])
        assert_close(seen.at(Site.RESID_POST)[layer], after)


@pytest.mark.parametrize("variant", ENCODERS_NORMED_AFTER)
def test_an_encoder_norms_the_sums_of_what_it_reads_and_writes(variant) -> None:
    model = tiny_model(variant)
    seen = trace_forward(model, INPUT_IDS, inside=(Site.ATTN_OUT, Site.RESID_MID, Site.MLP_OUT))
    blocks: list[Any] = list(locate(model).blocks)
    for layer, block in enumerate(blocks):
        if variant == "distilbert":
            norms = block.sa_layer_norm, block.output_layer_norm
        else:
            norms = block.attention.output.LayerNorm, block.output.LayerNorm
        middle = norms[0](seen.at(Site.RESID_PRE)[layer] + seen.at(Site.ATTN_OUT)[layer])
        assert_close(seen.at(Site.RESID_MID)[layer], middle)
        after = norms[1](middle + seen.at(Site.MLP_OUT)[layer])
        assert_close(seen.at(Site.RESID_POST)[layer], after)


def test_an_encoder_that_norms_before_adds_attention_then_mlp() -> None:
    seen = trace_forward(tiny_model("modernbert"), INPUT_IDS, inside=tuple(Site))
    assert_close(seen.at(Site.RESID_MID), seen.at(Site.RESID_PRE) + seen.at(Site.ATTN_OUT))
    assert_close(seen.at(Site.RESID_POST), seen.at(Site.RESID_MID) + seen.at(Site.MLP_OUT))


@pytest.mark.parametrize("variant", ENCODERS)
def test_the_rows_of_an_encoder_are_hugging_faces_hidden_states(variant) -> None:
    model = tiny_model(variant)
    with torch.no_grad():
        hidden_states = model(INPUT_IDS[None], output_hidden_states=True).hidden_states
        residual = trace_forward(model, INPUT_IDS).residual
        assert_close(residual[:-1], torch.cat(hidden_states[:-1]))
        norm = locate(model).final_norm
        last = residual[-1] if norm is None else norm(residual[-1])
        assert_close(last, model(INPUT_IDS[None]).last_hidden_state[0])


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_block_writes_something_at_every_site(variant) -> None:
    seen = trace(variant)
    for site in sites(variant):
        assert seen.at(site).shape == (N_LAYERS, len(INPUT_IDS), WIDTH)
        assert (seen.at(site).norm(dim=-1) > 1e-3).all()


def test_a_parallel_block_has_no_middle_and_says_so() -> None:
    with pytest.raises(BadRequest, match="'phi' have no resid_mid"):
        trace_forward(tiny_model("phi"), INPUT_IDS, inside=[Site.RESID_MID])


@pytest.mark.parametrize("variant", VARIANTS)
def test_no_hook_is_left_behind(variant) -> None:
    model = build_model(variant)
    trace_forward(model, INPUT_IDS, inside=sites(variant))
    assert n_hooks(model) == 0


def test_no_hook_is_left_behind_by_a_forward_that_fails() -> None:
    model = build_model("llama")

    def fail(*_) -> Never:
        raise RuntimeError("in the middle")

    model.model.layers[1].mlp.register_forward_hook(fail)
    with pytest.raises(RuntimeError, match="in the middle"):
        trace_forward(model, INPUT_IDS, inside=tuple(Site))
    assert n_hooks(model) == 1


def test_the_first_row_that_is_not_finite_is_named() -> None:
    model = build_model("llama")
    model.model.layers[1].mlp.down_proj.weight.data[0, 0] = torch.inf
    with pytest.raises(UnsoundActivations, match=r"from layer '2' on, in torch\.float32"):
        trace_forward(model, INPUT_IDS)


def test_the_residual_keeps_the_models_dtype() -> None:
    model = build_model("llama").to(torch.bfloat16)
    residual = trace_forward(model, INPUT_IDS).residual
    with torch.no_grad():
        logits = model(INPUT_IDS[None]).logits[0]
        assert residual.dtype == torch.bfloat16
        assert_close(make_unembed(model)(residual[-1]), logits, rtol=0, atol=0)


def test_a_single_token_has_a_trace() -> None:
    assert trace_forward(tiny_model("gpt2"), INPUT_IDS[:1]).residual.shape == (4, 1, WIDTH)


def test_a_later_token_does_not_change_an_earlier_one() -> None:
    model = tiny_model("llama")
    whole, part = trace_forward(model, INPUT_IDS), trace_forward(model, INPUT_IDS[:4])
    assert_close(whole.residual[:, :4], part.residual)


def test_the_unembedding_is_not_run() -> None:
    model = build_model("llama")
    locate(model)
    runs: list[object] = []
    model.lm_head.register_forward_hook(lambda *_: runs.append("ran"))
    trace_forward(model, INPUT_IDS)
    assert runs == []
