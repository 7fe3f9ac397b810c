"""Architectures that keep their weights in other ways than Llama, as llama.cpp lays them out."""

from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM

from model_backend import ModelUnavailable
from model_backend.models.gguf.config import ARCHITECTURES
from tests.model_backend.gguf_files import N_TOKENS, save_gguf, write_gguf
from tests.model_backend.models.test_gguf import load, logits
from tests.model_backend.saved import SHAPE, save_model

TRANSPOSED = ("attn_qkv.weight", "attn_output.weight", "ffn_up.weight", "ffn_down.weight")
N_HEADS = SHAPE["num_attention_heads"]
CHANGES: dict[str, dict[str, Any]] = {
    "gpt2": {"max_position_embeddings": 1024},
    "qwen2": {},
    "qwen3": {"head_dim": 128},
    "gemma2": {"head_dim": 256, "query_pre_attn_scalar": 256},
    "gemma3_text": {"head_dim": 256, "query_pre_attn_scalar": 256},
    "phi3": {"pad_token_id": 0, "bos_token_id": 0, "eos_token_id": 1},
    "bloom": {"n_layer": 3, "n_head": N_HEADS},
    "stablelm": {"partial_rotary_factor": 0.25},
    "falcon": {"multi_query": True, "parallel_attn": True, "bias": False, "alibi": False},
    "qwen2_moe": {
        "num_experts": 4,
        "num_experts_per_tok": 2,
        "moe_intermediate_size": 1408,
        "shared_expert_intermediate_size": 5632,
    },
    "qwen3_moe": {
        "head_dim": 8,
        "num_experts": 4,
        "num_experts_per_tok": 2,
        "moe_intermediate_size": 768,
        "norm_topk_prob": True,
    },
}


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Metadata of the tokenizer in a file."""
    said: dict[str, Any] = {}
    save_gguf(tmp_path_factory.mktemp("llama") / "a.gguf", edit=lambda keys, _: said.update(keys))
    return {key: value for key, value in said.items() if key.startswith("tokenizer.")}


def save(folder: Path, family: str, tokenizer: dict[str, Any], **changes: Any) -> Path:
    """A random model of a family as a folder, and beside it as a file; the file's path."""
    changes = {"model_type": family, "vocab_size": N_TOKENS} | CHANGES[family] | changes
    model = AutoModelForCausalLM.from_pretrained(save_model(folder, **changes))
    architecture = family.removesuffix("_text").replace("_", "")
    said = {"general.architecture": architecture, **tokenizer}
    said["tokenizer.ggml.padding_token_id"] = 0
    said |= {f"{architecture}.{key}": value for key, value in _numbers(model.config).items()}
    write_gguf(folder.with_suffix(".gguf"), said, _weights(model, architecture))
    return folder.with_suffix(".gguf")


def _numbers(config: Any) -> dict[str, Any]:
    epsilon = getattr(config, "rms_norm_eps", None)
    rope = getattr(config, "rope_parameters", None) or {}
    numbers = {
        "block_count": config.num_hidden_layers,
        "context_length": getattr(config, "max_position_embeddings", None),
        "embedding_length": config.hidden_size,
        "feed_forward_length": 64,
        "attention.head_count": config.num_attention_heads,
        "attention.head_count_kv": getattr(config, "num_key_value_heads", None),
        "attention.key_length": getattr(config, "head_dim", None),
        "attention.layer_norm_rms_epsilon": epsilon,
        "attention.layer_norm_epsilon": None if epsilon else _layer_norm_epsilon(config),
        "rope.freq_base": rope.get("rope_theta"),
        "attn_logit_softcapping": getattr(config, "attn_logit_softcapping", None),
        "final_logit_softcapping": getattr(config, "final_logit_softcapping", None),
        "expert_count": getattr(config, "num_experts", None),
        "expert_used_count": getattr(config, "num_experts_per_tok", None),
    }
    return {key: value for key, value in numbers.items() if value is not None}


def _layer_norm_epsilon(config: Any) -> float:
    epsilon: float = getattr(config, "layer_norm_epsilon", None) or config.layer_norm_eps
    return epsilon


def _weights(model: Any, architecture: str) -> dict[str, np.ndarray]:
    [number] = [arch for arch, name in gguf.MODEL_ARCH_NAMES.items() if name == architecture]
    names = gguf.get_tensor_name_map(number, model.config.num_hidden_layers)
    weights: dict[str, np.ndarray] = {}
    for name, weight in model.state_dict().items():
        if name.endswith("experts.gate_up_proj"):
            gate, up = weight.chunk(2, dim=1)
            block = f"blk.{name.split('.')[2]}"
            weights[f"{block}.ffn_gate_exps.weight"] = gate.contiguous().numpy()
            weights[f"{block}.ffn_up_exps.weight"] = up.contiguous().numpy()
        elif name.endswith("experts.down_proj"):
            weights[f"blk.{name.split('.')[2]}.ffn_down_exps.weight"] = weight.numpy()
        elif name != "lm_head.weight" or not model.config.tie_word_embeddings:
            part, kind = name.rsplit(".", 1)
            known = names.get_name(part) or names.get_name(part.removeprefix("transformer."))
            weights[f"{known}.{kind}"] = _laid_out(weight, architecture, name)
    return {
        name: np.ascontiguousarray(
            weight.T if architecture == "gpt2" and name.endswith(TRANSPOSED) else weight
        )
        for name, weight in weights.items()
    }


def _laid_out(weight: torch.Tensor, architecture: str, name: str) -> np.ndarray:
    """Gemma's norms multiply by one more than their weights, and its files hold the sum. BLOOM has
    query, key and value of each head together, and its files those of all heads."""
    if architecture.startswith("gemma") and name.endswith("norm.weight"):
        weight = weight + 1
    if architecture == "bloom" and "query_key_value" in name:
        heads = weight.view(N_HEADS, 3, -1, *weight.shape[1:])
        weight = heads.transpose(0, 1).reshape(weight.shape)
    if name.endswith("shared_expert_gate.weight"):
        weight = weight[0]
    return weight.numpy()


def test_every_architecture_that_is_read_is_shown_to_come_out_right() -> None:
    shown = {family.removesuffix("_text").replace("_", "") for family in CHANGES}
    assert shown | {"llama"} == set(ARCHITECTURES)  # tests/model_backend/models/test_gguf.py


@pytest.mark.parametrize("family", CHANGES)
def test_a_file_gives_the_logits_of_the_folder_it_was_made_from(
    tmp_path: Path, tokenizer: dict[str, Any], family: str
) -> None:
    path = save(tmp_path / family, family, tokenizer)
    torch.testing.assert_close(
        logits(load(path)), logits(load(path.with_suffix(""))), rtol=0, atol=1e-6
    )


def test_heads_of_a_size_that_transformers_does_not_take_from_the_file_are_refused(
    tmp_path: Path, tokenizer: dict[str, Any]
) -> None:
    path = save(tmp_path / "small", "qwen3", tokenizer, head_dim=8)
    with pytest.raises(ModelUnavailable, match=r"says attention.key_length = 8, .* with 128"):
        load(path)


def test_attention_that_is_scaled_by_a_number_not_in_the_file_is_refused(
    tmp_path: Path, tokenizer: dict[str, Any]
) -> None:
    path = save(tmp_path / "large", "gemma2", tokenizer, head_dim=128, query_pre_attn_scalar=144)
    with pytest.raises(ModelUnavailable, match="take 256 for heads of 128"):
        load(path)
