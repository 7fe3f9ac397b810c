"""The logit lens: final norm and unembedding, applied to any row of the residual stream."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from model_backend.models.discovery.parts import Architecture


@dataclass(frozen=True, eq=False)
class Unembed:
    """A model's map from the residual stream to logits, in the model's dtype."""

    unembedding: nn.Module
    vocabulary_size: int
    final_norm: nn.Module | None = None
    project_out: nn.Module | None = None
    logit_scale: float = 1.0
    logit_divisor: float = 1.0
    soft_cap: float | None = None

    @torch.inference_mode()
    def __call__(
        self, residual: Float[Tensor, "*axes hidden"]
    ) -> Float[Tensor, "*axes vocabulary"]:
        """Logits of residual vectors; the norm uses each vector's own scale."""
        return self._finish(self.unembedding(self._normed(residual)))

    def into(
        self,
        logits: Float[Tensor, "row token vocabulary"],
        residual: Float[Tensor, "row token hidden"],
    ) -> None:
        """Write the logits of some rows as float32 into ``logits``, without a new allocation."""
        matrix = self.unembedding
        if type(matrix) is nn.Linear and _is_plain_float32(matrix, residual.device):
            flat = logits.flatten(0, 1)
            torch.mm(self._normed(residual).flatten(0, 1), matrix.weight.T, out=flat)
            self._finish(flat if matrix.bias is None else flat.add_(matrix.bias))
        else:
            logits.copy_(self(residual))

    def _normed(self, residual: Tensor) -> Tensor:
        normed = residual if self.final_norm is None else self.final_norm(residual)
        return normed if self.project_out is None else self.project_out(normed)

    def _finish(self, logits: Tensor) -> Tensor:
        if self.logit_scale != 1:
            logits.mul_(self.logit_scale)
        if self.logit_divisor != 1:
            logits.div_(self.logit_divisor)
        if self.soft_cap is not None:
            logits.div_(self.soft_cap).tanh_().mul_(self.soft_cap)
        return logits


def unembed_of(parts: Architecture) -> Unembed:
    """The logit lens of a model that has an unembedding."""
    return Unembed(
        unembedding=parts.unembedding,
        vocabulary_size=parts.vocabulary_size,
        final_norm=parts.final_norm,
        project_out=parts.project_out,
        logit_scale=parts.logit_scale,
        logit_divisor=parts.logit_divisor,
        soft_cap=parts.soft_cap,
    )


def _is_plain_float32(matrix: nn.Linear, device: torch.device) -> bool:
    """True if a matrix product equals a call of the module: no hooks, float32, same device."""
    hooked = matrix._forward_hooks or matrix._forward_pre_hooks or hasattr(matrix, "_hf_hook")
    return not hooked and matrix.weight.dtype == torch.float32 and matrix.weight.device == device
