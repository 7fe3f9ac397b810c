"""Tiny random models of every family; their norms and biases are not the identity."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import torch
import transformers
from torch import nn
from transformers import AutoModel, AutoModelForCausalLM

VOCABULARY = 97
WIDTH = 16
N_LAYERS = 3

_COMMON: dict[str, Any] = {
    "vocab_size": VOCABULARY,
    "hidden_size": WIDTH,
    "intermediate_size": 24,
    "num_hidden_layers": N_LAYERS,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 8,
    "max_position_embeddings": 64,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
_GPT = {
    "vocab_size": VOCABULARY,
    "n_embd": WIDTH,
    "n_layer": N_LAYERS,
    "n_head": 2,
    "n_positions": 64,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
_ONE_KEY_PER_HEAD = {**_COMMON, "num_key_value_heads": 2}
_EXPERTS = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 12}
_OPT = {
    "vocab_size": VOCABULARY,
    "hidden_size": WIDTH,
    "ffn_dim": 24,
    "num_hidden_layers": N_LAYERS,
    "num_attention_heads": 2,
    "max_position_embeddings": 64,
    "word_embed_proj_dim": WIDTH,
    "pad_token_id": 0,
}
_BLOOM = {"vocab_size": VOCABULARY, "hidden_size": WIDTH, "n_layer": N_LAYERS, "n_head": 2}
_FALCON = {**_BLOOM, "num_hidden_layers": N_LAYERS, "num_attention_heads": 2, "bias": True}
_THREE = {"layer_types": ["sliding_attention", "full_attention", "sliding_attention"]}

_MPT = {
    "vocab_size": VOCABULARY,
    "d_model": WIDTH,
    "n_layers": N_LAYERS,
    "n_heads": 2,
    "max_seq_len": 64,
}
_DISTIL = {
    "vocab_size": VOCABULARY,
    "dim": WIDTH,
    "hidden_dim": 24,
    "n_layers": N_LAYERS,
    "n_heads": 2,
    "max_position_embeddings": 64,
    "pad_token_id": 0,
}
_GEMMA_3 = {**_COMMON, "sliding_window": 4, **_THREE}
_VISION = {
    "hidden_size": 8,
    "intermediate_size": 8,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "image_size": 8,
    "patch_size": 4,
}

_CONFIGS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "bloom": ("Bloom", _BLOOM),
    "cohere": ("Cohere", {**_COMMON, "logit_scale": 0.25}),
    "cohere2": ("Cohere2", {**_COMMON, "logit_scale": 0.25, "sliding_window": 4, **_THREE}),
    "falcon": ("Falcon", {**_FALCON, "parallel_attn": True}),
    "falcon, new": ("Falcon", {**_FALCON, "new_decoder_architecture": True, "num_kv_heads": 1}),
    "falcon, sequential": ("Falcon", {**_FALCON, "parallel_attn": False, "alibi": True}),
    "gemma": ("Gemma", _COMMON),
    "gemma2": (
        "Gemma2",
        {**_COMMON, "sliding_window": 4, **_THREE, "final_logit_softcapping": 3.0},
    ),
    "gemma3": (
        "Gemma3",
        {"text_config": _GEMMA_3, "vision_config": _VISION, "mm_tokens_per_image": 4},
    ),
    "gemma3_text": ("Gemma3Text", _GEMMA_3),
    "gpt2": ("GPT2", _GPT),
    "gpt_bigcode": ("GPTBigCode", _GPT),
    "gpt_neox": ("GPTNeoX", {**_COMMON, "use_parallel_residual": True}),
    "gpt_neox, sequential": ("GPTNeoX", {**_COMMON, "use_parallel_residual": False}),
    "gptj": ("GPTJ", {**_GPT, "rotary_dim": 4}),
    "granite": (
        "Granite",
        {
            **_COMMON,
            "residual_multiplier": 0.5,
            "logits_scaling": 4.0,
            "embedding_multiplier": 3.0,
            "attention_multiplier": 0.3,
        },
    ),
    "llama": ("Llama", _COMMON),
    "mistral": ("Mistral", {**_COMMON, "sliding_window": 4}),
    "mixtral": ("Mixtral", {**_COMMON, "num_local_experts": 4, "num_experts_per_tok": 2}),
    "mpt": ("Mpt", _MPT),
    "olmo": ("Olmo", _COMMON),
    "olmo2": ("Olmo2", _COMMON),
    "opt": ("OPT", _OPT),
    "opt, norm after": (
        "OPT",
        {**_OPT, "do_layer_norm_before": False, "word_embed_proj_dim": 12},
    ),
    "phi": ("Phi", _ONE_KEY_PER_HEAD),
    "phi3": ("Phi3", _COMMON),
    "qwen2": ("Qwen2", _COMMON),
    "qwen2_moe": (
        "Qwen2Moe",
        {**_COMMON, **_EXPERTS, "shared_expert_intermediate_size": 12},
    ),
    "qwen3": ("Qwen3", _COMMON),
    "qwen3_moe": ("Qwen3Moe", {**_COMMON, **_EXPERTS}),
    "smollm3": ("SmolLM3", _COMMON),
    "stablelm": ("StableLm", {**_COMMON, "use_parallel_residual": False}),
    "stablelm, parallel": ("StableLm", {**_COMMON, "use_parallel_residual": True}),
}

_ENCODERS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "bert": ("Bert", _ONE_KEY_PER_HEAD),
    "distilbert": ("DistilBert", _DISTIL),
    "electra": ("Electra", {**_ONE_KEY_PER_HEAD, "embedding_size": 12}),
    "modernbert": (
        "ModernBert",
        {
            **_ONE_KEY_PER_HEAD,
            "layer_types": ["full_attention", "sliding_attention", "sliding_attention"],
            "local_attention": 4,
            "cls_token_id": 1,
            "sep_token_id": 2,
        },
    ),
    "roberta": ("Roberta", {**_ONE_KEY_PER_HEAD, "pad_token_id": 1}),
}

VARIANTS: tuple[str, ...] = tuple(_CONFIGS)
"""Every causal family, those with several kinds of blocks once for each kind."""

ENCODERS: tuple[str, ...] = tuple(_ENCODERS)
"""Every family of encoders."""

EVERY: tuple[str, ...] = VARIANTS + ENCODERS

MIXTURES: tuple[str, ...] = ("mixtral", "qwen2_moe", "qwen3_moe")
"""Variants whose blocks have several MLPs; this and what follows is compared with ``locate``."""

PARALLEL: tuple[str, ...] = (
    "cohere",
    "cohere2",
    "falcon",
    "falcon, new",
    "gpt_neox",
    "gptj",
    "phi",
    "stablelm, parallel",
)
"""Variants whose attention and MLP read the same input."""

WITHOUT_WEIGHTS = "falcon, sequential"
"""The variant that hides its attention weights."""

POST_NORM: tuple[str, ...] = ("opt, norm after",)
"""Causal variants whose blocks end with a norm."""


@cache
def tiny_model(variant: str) -> Any:
    """The same model at every call: treat it as read-only."""
    return build_model(variant)


def build_model(variant: str, **changes: Any) -> Any:
    """A new random model of a family; ``changes`` are entries of its config."""
    name, entries = {**_CONFIGS, **_ENCODERS}[variant]
    torch.manual_seed(0)
    config = getattr(transformers, f"{name}Config")(**{**entries, **changes})
    auto = AutoModel if variant in _ENCODERS else AutoModelForCausalLM
    model = auto.from_config(config).eval()
    disturb(model)
    return model


def disturb(model: nn.Module) -> None:
    """A norm left at the identity would hide a norm that is left out or used twice."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if "norm" in name.lower() or "ln_" in name or name.endswith("bias"):
                parameter.add_(0.5 * noise)
            else:
                # Wide enough that the layers disagree and attention is not uniform.
                parameter.copy_(noise * 1.5 / parameter.shape[-1] ** 0.5)
