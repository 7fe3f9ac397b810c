"""What a trace says, one number per cell: pure functions from activations to grids."""

from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor

from model_backend.definitions import UNITS
from model_backend.grid import LayerTokenGrid, layer_labels
from model_backend.interface import Measure
from model_backend.lens import LensReadings


def measure_grids(
    residual: Float[Tensor, "row token hidden"],
    lens: LensReadings | None,
    token_labels: tuple[str, ...],
) -> dict[Measure, LayerTokenGrid]:
    """Every measure that can be had, as a grid; without a lens, only those of the stream."""
    values = _stream_values(residual) | (_lens_values(lens) if lens else {})
    labels = layer_labels(len(residual) - 1)
    return {
        measure: LayerTokenGrid(
            name=measure.value,
            values=values[measure].float().cpu().numpy(),
            layer_labels=labels,
            token_labels=token_labels,
            unit=UNITS.get(measure, ""),
        )
        for measure in Measure
        if measure in values
    }


def residual_norm(residual: Float[Tensor, "row token hidden"]) -> Float[Tensor, "row token"]:
    """The L2 norm of the stream in every cell, in float32."""
    return torch.stack([row.float().norm(dim=-1) for row in residual])


def update_size(residual: Float[Tensor, "row token hidden"]) -> Float[Tensor, "row token"]:
    """How far each block moved the stream, relative to what it read.

    Missing in row 0, and where what it read was zero.
    """
    moved = [(after.float() - before.float()).norm(dim=-1) for before, after in pairwise(residual)]
    read = residual_norm(residual[:-1])
    return _after_a_missing_row(torch.stack(moved) / read.masked_fill(read == 0, torch.nan))


def cosine_to_previous(residual: Float[Tensor, "row token hidden"]) -> Float[Tensor, "row token"]:
    """The cosine of every row with the row before it; row 0 is missing."""
    cosines = [_cosine(before, after) for before, after in pairwise(residual)]
    return _after_a_missing_row(torch.stack(cosines))


def cosine_to_final(residual: Float[Tensor, "row token hidden"]) -> Float[Tensor, "row token"]:
    """The cosine of every row with the last row."""
    return torch.stack([_cosine(row, residual[-1]) for row in residual])


def _stream_values(residual: Tensor) -> dict[Measure, Tensor]:
    return {
        Measure.RESIDUAL_NORM: residual_norm(residual),
        Measure.UPDATE_SIZE: update_size(residual),
        Measure.COSINE_TO_PREVIOUS: cosine_to_previous(residual),
        Measure.COSINE_TO_FINAL: cosine_to_final(residual),
    }


def _lens_values(lens: LensReadings) -> dict[Measure, Tensor]:
    return {
        Measure.LENS_CONFIDENCE: lens.top_probs[..., 0],
        Measure.LENS_ENTROPY: lens.entropy,
        Measure.LENS_KL: lens.kl_to_final,
        Measure.NEXT_TOKEN_PROBABILITY: lens.next_prob,
        Measure.NEXT_TOKEN_RANK: lens.next_rank,
    }


def _cosine(
    row: Float[Tensor, "token hidden"], other: Float[Tensor, "token hidden"]
) -> Float[Tensor, " token"]:
    return torch.cosine_similarity(row.float(), other.float(), dim=-1).clamp(-1, 1)


def _after_a_missing_row(values: Float[Tensor, "row token"]) -> Float[Tensor, "row_plus_1 token"]:
    return torch.cat([torch.full_like(values[:1], torch.nan), values])
