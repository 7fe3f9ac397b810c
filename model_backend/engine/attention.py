"""What one layer's attention weights say of each token, and how a model is made to give them.

The weights of one layer are heads x tokens x tokens. They are reduced as soon as they are there,
head by head, and those of two layers are never held at once.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from model_backend.models.memory import free_bytes

COPIES = 4
"""How often eager attention holds the weights of one layer: scores, mask, softmax and a cast."""


def attention_entropy(weights: Float[Tensor, "head token source"]) -> Float[Tensor, " token"]:
    """The mean over heads of the entropy of each token's attention, in bits.

    Looking at *n* tokens alike is log2 *n*; looking at one alone is 0.
    """
    entropies = [torch.special.entr(head.float()).sum(-1) for head in weights]
    return torch.stack(entropies).mean(0) / math.log(2)


def attention_received(
    weights: Float[Tensor, "head token source"], *, causal: bool = True
) -> Float[Tensor, " source"]:
    """The attention that each token gets from those that come later, as a mean over them and heads.

    What a token gives itself does not count. In an encoder, where ``causal`` is False, all other
    tokens count, earlier ones too. NaN where there is no such token.
    """
    n_tokens = weights.shape[-1]
    given = torch.stack([head.float().sum(0) - head.float().diagonal() for head in weights]).mean(0)
    others = torch.full_like(given, n_tokens - 1)
    if causal:
        others -= torch.arange(n_tokens, device=given.device)
    return given / others.masked_fill(others == 0, torch.nan)


def received_from(
    weights: Float[Tensor, "head token"], position: int, *, causal: bool = True
) -> Float[Tensor, ""]:
    """The same for one position, given how much each token attends to it."""
    others = torch.cat([weights[:, : 0 if causal else position], weights[:, position + 1 :]], dim=1)
    return others.float().mean()


@contextmanager
def eager_attention(config: Any) -> Iterator[None]:
    """Let a model compute its attention weights meanwhile; they are what its blocks then use.

    Fused attention (``sdpa``) never has them. Only one thread may run the model.
    """
    before = config._attn_implementation
    config._attn_implementation = "eager"
    try:
        yield
    finally:
        config._attn_implementation = before


def too_large(config: Any, n_tokens: int, weight: Tensor) -> str:
    """Why one layer's attention weights cannot be had, with both numbers; empty if they fit."""
    n_heads = config.num_attention_heads
    need = COPIES * n_heads * n_tokens**2 * max(4, weight.itemsize)
    free = free_bytes(weight.device)
    if need <= free:
        return ""
    return (
        f"The attention of {n_heads} heads over {n_tokens:,} tokens takes about {need / 1e9:,.1f} "
        f"GB a layer, and {free / 1e9:,.1f} GB are free. Shorten the text."
    )
