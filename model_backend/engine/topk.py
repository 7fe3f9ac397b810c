"""The largest logits of a vocabulary, faster than by searching all of it."""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor

Pick = Callable[[Tensor, int], Tensor]
"""Function that finds the ``k`` largest of the last axis, largest first."""


def top_k(
    logits: Float[Tensor, "*axes vocabulary"], k: int
) -> tuple[Float[Tensor, "*axes k"], Int[Tensor, "*axes k"]]:
    """The ``k`` largest logits and their ids, largest first; of equals, the lower id first."""
    values, ids = _search(logits, k + 1, _any_k)
    # Torch's own topk takes equals in any order. Where there are none, that is no matter.
    if (values[..., 1:] == values[..., :-1]).any():
        values, ids = _search(logits, k, _first_k)
    return values[..., :k], ids[..., :k]


def _search(
    logits: Float[Tensor, "*axes vocabulary"], k: int, pick: Pick
) -> tuple[Float[Tensor, "*axes k"], Int[Tensor, "*axes k"]]:
    """The ``k`` largest lie in the ``k`` stretches with the largest maxima: only those are read."""
    size = logits.shape[-1]
    width = 1 << (size // k).bit_length() // 2
    whole = size - size % width
    stretches = logits[..., :whole].unflatten(-1, (-1, width))
    chosen = pick(stretches.amax(-1), k).sort().values
    found = stretches.gather(-2, chosen[..., None].expand(*chosen.shape, width)).flatten(-2)
    found = torch.cat([found, logits[..., whole:]], dim=-1) if whole < size else found
    places = pick(found, k)
    n_chosen = chosen.shape[-1]
    starts = chosen.gather(-1, (places // width).clamp(max=n_chosen - 1)) * width
    ids = torch.where(places < n_chosen * width, starts, whole) + places % width
    return found.gather(-1, places), ids


def _any_k(values: Float[Tensor, "*axes n"], k: int) -> Int[Tensor, "*axes k"]:
    return values.topk(min(k, values.shape[-1])).indices


def _first_k(values: Float[Tensor, "*axes n"], k: int) -> Int[Tensor, "*axes k"]:
    """Indices of the largest values; of equals, the first."""
    # Read as whole numbers, the bits of positive floats are in order and those of negative ones
    # reversed; adding 0 makes -0 the 0 that it equals.
    bits = (values + 0.0).view(torch.int32)
    ordered = bits ^ (bits >> 31).bitwise_and_(0x7FFFFFFF)
    place = torch.arange(0, -values.shape[-1], -1, device=values.device)
    keys = torch.add(place, ordered, alpha=2**32)
    return keys.topk(min(k, values.shape[-1])).indices
