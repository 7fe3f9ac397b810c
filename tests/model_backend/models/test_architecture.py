"""The table of families describes every supported model, and others are refused by name."""

import pytest
import torch
import transformers
from torch import nn

from model_backend.api.errors import UnknownArchitecture
from model_backend.engine.forward import trace_with_measures
from model_backend.models.architecture import FAMILIES, BlockKind, context_length, locate
from model_backend.models.unembed import make_unembed
from tests.model_backend.tiny_models import (
    ENCODERS,
    EVERY,
    N_LAYERS,
    VARIANTS,
    VOCABULARY,
    build_model,
    tiny_model,
)

EVERY_FAMILY = """bert bloom cohere cohere2 distilbert electra falcon gemma gemma2 gemma3
    gemma3_text gpt2 gpt_bigcode gpt_neox gptj granite llama mistral mixtral modernbert mpt olmo
    olmo2 opt phi phi3 qwen2 qwen2_moe qwen3 qwen3_moe roberta smollm3 stablelm""".split()


def test_every_family_of_the_table_has_a_tiny_model() -> None:
    assert sorted(FAMILIES) == EVERY_FAMILY
    assert {tiny_model(variant).config.model_type for variant in EVERY} == set(FAMILIES)


@pytest.mark.parametrize("variant", EVERY)
def test_every_part_in_the_table_exists_in_the_model(variant) -> None:
    parts = locate(tiny_model(variant))
    assert parts.n_layers == N_LAYERS
    assert parts.vocabulary_size == VOCABULARY
    if variant in VARIANTS:
        assert parts.unembedding is tiny_model(variant).get_output_embeddings()
    assert parts.embeddings is tiny_model(variant).get_input_embeddings()
    for block in parts.blocks:
        for path in (parts.family.attention, parts.family.mlp):
            assert isinstance(block.get_submodule(path), nn.Module)


@pytest.mark.parametrize("variant", EVERY)
def test_exactly_the_post_norm_models_have_no_final_norm(variant) -> None:
    parts = locate(tiny_model(variant))
    assert (parts.final_norm is None) == (parts.block_kind is BlockKind.POST_NORM)


def test_a_family_without_a_row_is_refused_by_name() -> None:
    config = transformers.XLNetConfig(vocab_size=9, d_model=8, n_layer=1, n_head=2, d_inner=8)
    with pytest.raises(
        UnknownArchitecture, match=r"'xlnet'.*Supported types: bert, .*llama, mistral"
    ):
        locate(transformers.XLNetLMHeadModel(config))


def test_a_model_of_a_known_family_without_an_unembedding_is_refused() -> None:
    with pytest.raises(UnknownArchitecture, match="LlamaModel has no model"):
        locate(tiny_model("llama").model)


def test_a_model_with_a_refused_config_entry_is_refused() -> None:
    model = build_model("bloom", apply_residual_connection_post_layernorm=True)
    with pytest.raises(UnknownArchitecture, match=r"'bloom'.*apply_residual_connection"):
        locate(model)


def test_the_table_is_read_only() -> None:
    with pytest.raises(TypeError):
        FAMILIES["mine"] = FAMILIES["llama"]  # type: ignore[index]


@pytest.mark.parametrize("variant", EVERY)
def test_no_norm_or_bias_of_a_tiny_model_is_the_identity(variant) -> None:
    for name, parameter in tiny_model(variant).named_parameters():
        if name.endswith(("norm.weight", "ln_f.weight", "bias")):
            assert (parameter - torch.ones_like(parameter)).abs().min() > 0
            assert parameter.abs().min() > 0


@pytest.mark.parametrize("variant", ["gemma2", "granite", "cohere"])
def test_caps_and_scales_of_the_logits_are_taken_from_the_config(variant) -> None:
    parts = locate(tiny_model(variant))
    taken = (parts.soft_cap, parts.logit_scale, parts.logit_divisor)
    assert (
        taken
        == {
            "gemma2": (3.0, 1.0, 1.0),
            "granite": (None, 1.0, 4.0),
            "cohere": (None, 0.25, 1.0),
        }[variant]
    )


@pytest.mark.parametrize("variant", ENCODERS)
def test_an_encoder_has_no_unembedding_and_is_not_causal(variant) -> None:
    parts = locate(tiny_model(variant))
    assert parts.unembedding is None and not parts.is_causal
    with pytest.raises(UnknownArchitecture, match=variant):
        make_unembed(tiny_model(variant))


@pytest.mark.parametrize("variant", EVERY)
def test_a_text_of_the_context_length_runs_and_a_longer_one_fails(variant) -> None:
    model = tiny_model(variant)
    length = context_length(model.config)
    if length is None or variant not in {"roberta", "mpt", "bert", "gpt2", "opt"}:
        return
    trace_with_measures(model, torch.full((length,), 5))
    with pytest.raises((IndexError, RuntimeError)):
        trace_with_measures(model, torch.full((length + 1,), 5))


def test_a_bert_that_is_configured_as_a_decoder_is_refused() -> None:
    with pytest.raises(UnknownArchitecture, match="is_decoder"):
        locate(build_model("bert", is_decoder=True))
