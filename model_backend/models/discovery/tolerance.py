"""Errors of laws: relative to what a layer changes, with a tolerance for rounding."""

import torch
from torch import Tensor

LEAST = 1e-4


def tolerance(dtype: torch.dtype) -> float:
    """Largest error that rounding explains: 1e-4, or four units in the last place of the dtype."""
    return max(LEAST, 4 * torch.finfo(dtype).eps)


def relative_error(
    found: Tensor, expected: Tensor, update: Tensor, noise: Tensor | float = 0.0
) -> float:
    """Largest error over tokens, relative to the length of ``update`` at the same token.

    ``noise`` is the part of each token's error that rounding explains; it does not count.
    """
    wrong = ((found.double() - expected.double()).norm(dim=-1) - noise).clamp(min=0)
    size = update.double().norm(dim=-1)
    errors = torch.where(wrong == 0, wrong, wrong / size)
    return float(errors.max())
