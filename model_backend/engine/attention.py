"""Makes a model give its attention weights, if there is memory for them.

The weights of one layer are heads x tokens x tokens; those of two layers are never held at once.
"""

from typing import Any

from torch import Tensor

from model_backend.models.discovery.eager import eager_attention
from model_backend.models.memory import free_bytes

__all__ = ["eager_attention", "too_large"]

COPIES = 4
"""Copies of one layer's weights that eager attention holds: scores, mask, softmax and a cast."""


def too_large(config: Any, n_tokens: int, weight: Tensor) -> str:
    """Reason why one layer's attention weights do not fit, with both numbers; empty if they do."""
    n_heads = _n_heads(config.get_text_config())
    need = COPIES * n_heads * n_tokens**2 * max(4, weight.itemsize)
    free = free_bytes(weight.device)
    if need <= free:
        return ""
    return (
        f"The attention of {n_heads} heads over {n_tokens:,} tokens takes about {need / 1e9:,.1f} "
        f"GB a layer, and {free / 1e9:,.1f} GB are free. Shorten the text."
    )


def _n_heads(config: Any) -> int:
    """Number of heads; some configs have a number for each layer, or another name for it."""
    entries = config.to_dict()
    usual = config.attribute_map.get("num_attention_heads", "num_attention_heads")
    heads = entries.get(usual) or entries.get("n_head") or entries.get("n_heads") or 1
    return int(max(heads)) if isinstance(heads, list | tuple) else int(heads)
