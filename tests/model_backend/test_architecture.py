import pytest
import torch
import transformers
from torch import nn

from model_backend.architecture import FAMILIES, BlockLaw, locate
from model_backend.errors import UnknownArchitecture
from tests.model_backend.tiny_models import N_LAYERS, VARIANTS, VOCABULARY, build_model, tiny_model

EVERY_FAMILY = """bloom cohere cohere2 falcon gemma gemma2 gemma3_text gpt2 gpt_bigcode gpt_neox
    gptj granite llama mistral mixtral olmo olmo2 opt phi phi3 qwen2 qwen2_moe qwen3 qwen3_moe
    smollm3 stablelm""".split()


def test_every_family_of_the_table_has_a_tiny_model() -> None:
    assert sorted(FAMILIES) == EVERY_FAMILY
    assert {tiny_model(variant).config.model_type for variant in VARIANTS} == set(FAMILIES)


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_part_that_the_table_names_is_there(variant) -> None:
    parts = locate(tiny_model(variant))
    assert parts.n_layers == N_LAYERS
    assert parts.vocabulary_size == VOCABULARY
    assert parts.unembedding is tiny_model(variant).get_output_embeddings()
    assert parts.embeddings is tiny_model(variant).get_input_embeddings()
    for block in parts.blocks:
        for path in (parts.family.attention, parts.family.mlp):
            assert isinstance(block.get_submodule(path), nn.Module)


@pytest.mark.parametrize("variant", VARIANTS)
def test_only_a_block_that_norms_after_has_no_final_norm(variant) -> None:
    parts = locate(tiny_model(variant))
    assert (parts.final_norm is None) == (parts.law is BlockLaw.NORM_AFTER)


def test_a_family_without_a_row_is_refused_by_name() -> None:
    config = transformers.XLNetConfig(vocab_size=9, d_model=8, n_layer=1, n_head=2, d_inner=8)
    with pytest.raises(UnknownArchitecture, match=r"'xlnet'.*Known are: bloom, .*llama, mistral"):
        locate(transformers.XLNetLMHeadModel(config))


def test_a_model_of_a_known_family_without_an_unembedding_is_refused() -> None:
    with pytest.raises(UnknownArchitecture, match="LlamaModel has no model"):
        locate(tiny_model("llama").model)


def test_a_variant_that_the_row_does_not_describe_is_refused() -> None:
    model = build_model("bloom", apply_residual_connection_post_layernorm=True)
    with pytest.raises(UnknownArchitecture, match=r"'bloom'.*apply_residual_connection"):
        locate(model)


def test_the_table_is_read_only() -> None:
    with pytest.raises(TypeError):
        FAMILIES["mine"] = FAMILIES["llama"]  # type: ignore[index]


@pytest.mark.parametrize("variant", VARIANTS)
def test_no_part_of_a_tiny_model_is_left_at_the_identity(variant) -> None:
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
