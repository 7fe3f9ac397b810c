"""The parts of every family are found by structure; what is left in the table is read only."""

import re

import pytest
import torch
import transformers

from model_backend.api.errors import UnknownArchitecture
from model_backend.engine.forward import trace_with_measures
from model_backend.models.architecture import BlockKind, locate
from model_backend.models.discovery.parts import Lack
from model_backend.models.families import FAMILIES, context_length
from model_backend.models.unembed import make_unembed
from tests.model_backend.tiny_models import (
    ENCODERS,
    EVERY,
    MIXTURES,
    N_LAYERS,
    PARALLEL,
    POST_NORM,
    VARIANTS,
    VOCABULARY,
    WITHOUT_WEIGHTS,
    build_model,
    tiny_model,
)


def test_every_family_of_the_table_has_a_tiny_model() -> None:
    taken = {name for name, facts in FAMILIES.items() if not facts.refused}
    assert taken <= {tiny_model(variant).config.model_type for variant in EVERY}


@pytest.mark.parametrize("variant", EVERY)
def test_every_law_holds_in_every_family(variant) -> None:
    parts = locate(tiny_model(variant))
    failing = {law.law.name for law in parts.laws if not law.holds}
    assert failing == ({"ATTENTION"} if variant == WITHOUT_WEIGHTS else set())
    expected = {"b", "c", "e", "f"} | (set() if variant in ENCODERS else {"a", "g"})
    assert {str(law.law) for law in parts.laws} - {"d"} == expected


@pytest.mark.parametrize("variant", EVERY)
def test_every_part_that_was_found_is_in_the_model(variant) -> None:
    parts = locate(tiny_model(variant))
    assert parts.n_layers == N_LAYERS
    assert parts.vocabulary_size == VOCABULARY
    if variant in VARIANTS:
        assert parts.unembedding is tiny_model(variant).get_output_embeddings()
    assert parts.embeddings is tiny_model(variant).get_input_embeddings()
    for layer, block in enumerate(parts.blocks):
        assert block.get_submodule(parts.family.attn_out) is parts.attn_outs[layer]
        assert block.get_submodule(parts.family.mlp_out) is parts.mlp_outs[layer]


@pytest.mark.parametrize("variant", EVERY)
def test_exactly_the_post_norm_models_have_no_final_norm(variant) -> None:
    parts = locate(tiny_model(variant))
    assert (parts.final_norm is None) == (parts.block_kind is BlockKind.POST_NORM)
    if variant in VARIANTS:
        assert (parts.block_kind is BlockKind.POST_NORM) == (variant in POST_NORM)


@pytest.mark.parametrize("variant", EVERY)
def test_the_parts_that_a_variant_lacks_are_the_listed_ones(variant) -> None:
    parts = locate(tiny_model(variant))
    assert parts.has_attention_weights == (variant != WITHOUT_WEIGHTS)
    assert bool(parts.down_projections) == (variant not in MIXTURES)
    assert bool(parts.mid_inputs) == (variant not in PARALLEL)
    assert (parts.block_kind is BlockKind.PARALLEL) == (variant in PARALLEL)


def test_a_model_with_an_encoder_and_a_decoder_is_refused_by_name() -> None:
    config = transformers.T5Config(
        vocab_size=9, d_model=8, num_layers=1, num_heads=2, d_kv=4, d_ff=8, decoder_start_token_id=0
    )
    with pytest.raises(UnknownArchitecture, match="'t5' read with an encoder and answer with"):
        locate(transformers.T5ForConditionalGeneration(config))


def test_blocks_whose_writes_do_not_add_up_keep_stream_and_lens_and_say_by_how_much() -> None:
    parts = locate(build_model("bloom", apply_residual_connection_post_layernorm=True))
    assert parts.unembedding is not None and not parts.attn_outs and not parts.mlp_outs
    assert re.search(r"Law \(c\).*fails in layers 1 to 3: error \d", parts.lacks[Lack.WRITES])


def test_the_table_is_read_only() -> None:
    with pytest.raises(TypeError):
        FAMILIES["mine"] = FAMILIES["bert"]  # type: ignore[index]


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
