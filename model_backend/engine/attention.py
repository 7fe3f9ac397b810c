"""Makes a model give its attention weights, if there is memory for them.

The weights of one layer are heads x tokens x tokens; those of two layers are never held at once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor

from model_backend.models.memory import free_bytes

COPIES = 4
"""Copies of one layer's weights that eager attention holds: scores, mask, softmax and a cast."""


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
    """Reason why one layer's attention weights do not fit, with both numbers; empty if they do."""
    n_heads = config.num_attention_heads
    need = COPIES * n_heads * n_tokens**2 * max(4, weight.itemsize)
    free = free_bytes(weight.device)
    if need <= free:
        return ""
    return (
        f"The attention of {n_heads} heads over {n_tokens:,} tokens takes about {need / 1e9:,.1f} "
        f"GB a layer, and {free / 1e9:,.1f} GB are free. Shorten the text."
    )
