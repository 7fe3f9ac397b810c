"""The logit lens: every row of the residual stream read as if it were the last."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from model_backend.architecture import Architecture, locate

BITS_PER_NAT = 1 / torch.log(torch.tensor(2.0)).item()

Unembed = Callable[[Tensor], Tensor]
"""From the residual stream ``... hidden`` to logits ``... vocabulary``, as the model does it."""


@dataclass(frozen=True, eq=False)
class LensReadings:
    """What the logit lens says in every cell."""

    top_ids: Int[Tensor, "row token k"]
    top_probs: Float[Tensor, "row token k"]
    entropy: Float[Tensor, "row token"]
    """In bits."""
    kl_to_final: Float[Tensor, "row token"]
    """KL divergence of the final row's distribution from this row's, in bits."""
    next_prob: Float[Tensor, "row token"]
    """Of the token that really follows; at the last position, of the model's own likeliest."""
    next_rank: Int[Tensor, "row token"]
    """1 is the likeliest token."""


def make_unembed(model: nn.Module) -> Unembed:
    """The model's own way from residual stream to logits: norm, unembedding, scale and cap."""
    architecture = locate(model)

    def unembed(residual: Float[Tensor, "*axes hidden"]) -> Float[Tensor, "*axes vocabulary"]:
        return _logits(architecture, residual)

    return unembed


@torch.inference_mode()
def read_lens(
    residual: Float[Tensor, "row token hidden"],
    unembed: Unembed,
    token_ids: Int[Tensor, " token"],
    *,
    k: int = 5,
) -> LensReadings:
    """Read every cell through the lens, without holding rows x positions x vocabulary."""
    final = unembed(residual[-1]).float().log_softmax(-1)
    next_ids = torch.cat([token_ids[1:].to(final.device), final[-1:].argmax(-1)])[:, None]
    rows = []
    for row in residual:
        log_probs = unembed(row).float().log_softmax(-1)
        probs = log_probs.exp()
        top = probs.topk(k)
        following = log_probs.gather(-1, next_ids)
        rows.append(
            (
                top.indices,
                top.values,
                -(probs * log_probs).sum(-1) * BITS_PER_NAT,
                (final.exp() * (final - log_probs)).sum(-1).clamp(min=0) * BITS_PER_NAT,
                following.exp()[:, 0],
                1 + (log_probs > following).sum(-1),
            )
        )
    return LensReadings(*(torch.stack(values) for values in zip(*rows, strict=True)))


@torch.inference_mode()
def read_position(
    residual: Float[Tensor, "row hidden"], unembed: Unembed, token_ids: Int[Tensor, " prediction"]
) -> Float[Tensor, "row prediction"]:
    """The probability of each of some tokens at every row of one position."""
    probs = unembed(residual).float().softmax(-1)
    return probs[:, token_ids.to(probs.device)]


def _logits(architecture: Architecture, residual: Tensor) -> Tensor:
    normed = residual if architecture.final_norm is None else architecture.final_norm(residual)
    if architecture.project_out is not None:
        normed = architecture.project_out(normed)
    logits = architecture.unembedding(normed)
    logits = logits * architecture.logit_scale / architecture.logit_divisor
    if architecture.soft_cap is not None:
        logits = torch.tanh(logits / architecture.soft_cap) * architecture.soft_cap
    return logits
