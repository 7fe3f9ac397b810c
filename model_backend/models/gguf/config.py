"""Reads the config of a GGUF file with transformers, and refuses files that it reads incompletely.

Imports torch through transformers.
"""

import math
from typing import Any

import torch
from transformers import AutoConfig

from model_backend.api.errors import ModelUnavailable, UnknownArchitecture
from model_backend.models.gguf.header import GgufHeader

ARCHITECTURES = (
    "llama",
    "bloom",
    "falcon",
    "gemma2",
    "gemma3",
    "gpt2",
    "phi3",
    "qwen2",
    "qwen2moe",
    "qwen3",
    "qwen3moe",
    "stablelm",
)
"""Architectures that transformers reads from GGUF and that tests compare with the original."""

MULTIPLIERS = ("logit_scale", "embedding_scale", "residual_scale")
"""Factors that a file may contain and that transformers ignores."""


def read_gguf_config(name: str, header: GgufHeader) -> Any:
    """Read the model's config from its file.

    Raises:
        UnknownArchitecture: the architecture is not one of ``ARCHITECTURES``.
        ModelUnavailable: the file lacks a value that the model needs.
    """
    path = header.path
    if header.architecture not in ARCHITECTURES:
        raise UnknownArchitecture(
            f"{name} is a GGUF file of the architecture {header.architecture!r}, and these are "
            f"read here: {', '.join(ARCHITECTURES)}. Choose the original model, in safetensors "
            "files."
        )
    try:
        config = AutoConfig.from_pretrained(path.parent, gguf_file=path.name, local_files_only=True)
    except Exception as error:  # each missing field raises another error
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ModelUnavailable(f"The metadata of {path} cannot be used: {reason}") from error
    config.dtype = getattr(torch, header.plain_dtype) if header.plain_dtype else None
    return config


def check_stated(name: str, header: GgufHeader, config: Any) -> None:
    """Refuse a file whose metadata differ from the config that transformers makes of it.

    transformers replaces missing values by defaults without a warning.

    Raises:
        ModelUnavailable: a value differs; the text has its name and both values.
    """
    _check_attention_scale(name, config)
    for key, used in _used(config).items():
        stated = header.metadata.get(f"{header.architecture}.{key}")
        if stated is not None and not _same(stated, used):
            raise ModelUnavailable(
                f"{name} says {key} = {_shown(stated)}, and transformers would run it with "
                f"{_shown(used)}. This would not be the model that was trained, so it is refused. "
                "Choose the original model, in safetensors files."
            )


def _check_attention_scale(name: str, config: Any) -> None:
    """Refuse Gemma models whose attention scale is not their head size: files lack the scale."""
    scale = getattr(config, "query_pre_attn_scalar", None)
    if scale is not None and scale != _head_size(config):
        raise ModelUnavailable(
            f"{name} does not say what its attention is scaled by, and transformers would take "
            f"{scale} for heads of {_head_size(config)}. This would not be the model that was "
            "trained, so it is refused. Choose the original model, in safetensors files."
        )


def _used(config: Any) -> dict[str, Any]:
    """Values of the config, by the names that GGUF files use."""
    rope = getattr(config, "rope_parameters", None) or {}
    rope = rope.get("full_attention", rope)
    used = dict.fromkeys(MULTIPLIERS, 1.0) | {
        "attention.sliding_window": getattr(config, "sliding_window", None),
        "attn_logit_softcapping": getattr(config, "attn_logit_softcapping", None),
        "final_logit_softcapping": getattr(config, "final_logit_softcapping", None),
    }
    if rope:
        kind = rope.get("rope_type", "default")
        share = rope.get("partial_rotary_factor", getattr(config, "partial_rotary_factor", 1.0))
        used |= {
            "rope.freq_base": rope["rope_theta"],
            "rope.dimension_count": int(_head_size(config) * share),
            "rope.scaling.type": "none" if kind == "default" else kind,
            "rope.scaling.factor": rope.get("factor", 1.0),
            "attention.key_length": _head_size(config),
        }
    return used


def _head_size(config: Any) -> int:
    return getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads


def _same(stated: Any, used: Any) -> bool:
    if isinstance(stated, str) or used is None:
        return bool(stated == used)
    return math.isclose(stated, used, rel_tol=1e-5)  # files store float32


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
