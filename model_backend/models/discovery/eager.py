"""Makes a model compute its attention weights, and checks them against the values they weigh."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.masking_utils import eager_mask

from model_backend.models.discovery.tolerance import relative_error

WITNESS = "layerscope_witness"
"""Name of an attention function that does what eager attention does, and checks it."""

_errors: dict[int, list[float]] = {}
"""Errors by the identity of the attention module."""


@contextmanager
def eager_attention(config: Any, name: str = "eager") -> Iterator[None]:
    """Let a model compute its attention weights meanwhile; they are what its blocks then use.

    Fused attention (``sdpa``) never has them. Only one thread may run the model.
    """
    before = config._attn_implementation
    config._attn_implementation = name
    try:
        yield
    finally:
        config._attn_implementation = before


@contextmanager
def witnessed_attention(config: Any) -> Iterator[dict[int, list[float]]]:
    """The same, with the errors of weights times values by the identity of the module.

    Modules with attention code of their own are not among them.
    """
    AttentionInterface.register(WITNESS, _witness)
    AttentionMaskInterface.register(WITNESS, eager_mask)
    _errors.clear()
    with eager_attention(config, WITNESS):
        yield _errors


def _witness(
    module: Any, query: Tensor, key: Tensor, value: Tensor, mask: Any, **options: Any
) -> tuple[Tensor, Tensor]:
    eager = sys.modules[type(module).__module__].eager_attention_forward
    output, weights = eager(module, query, key, value, mask, **options)
    repeats = weights.shape[1] // value.shape[1]
    made = weights @ value.repeat_interleave(repeats, dim=1).to(weights.dtype)
    made = made.transpose(1, 2).reshape(output.shape)
    flat = made.flatten(0, 1).flatten(1), output.flatten(0, 1).flatten(1)
    with torch.inference_mode():
        _errors.setdefault(id(module), []).append(relative_error(*flat, flat[1]))
    return output, weights
