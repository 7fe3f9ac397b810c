"""What a trace says, one number per cell: pure functions from activations to grids."""

from collections.abc import Mapping

import torch
from jaxtyping import Float
from torch import Tensor

from model_backend.api.definitions import UNITS
from model_backend.api.grid import LayerTokenGrid, layer_labels
from model_backend.api.measures import SITES, Measure
from model_backend.engine.block_measures import Place
from model_backend.engine.lens import LensReadings

CHUNK_NUMBERS = 2**22
"""How much of the stream is looked at at once; 16 MB in float32."""

SMALLEST_NORM = 1e-16
"""Of the product of two norms: the cosine with nothing is 0."""


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
            site=SITES[measure][0].value,
        )
        for measure in Measure
        if measure in values
    }


def block_grids(
    numbers: Mapping[Place, Float[Tensor, "layer token"]], token_labels: tuple[str, ...]
) -> dict[Place, LayerTokenGrid]:
    """What was measured inside the blocks, as grids; row 0, the embedding, is missing in all."""
    return {
        (measure, site): LayerTokenGrid(
            name=measure.value,
            values=_after_a_missing_row(values).float().cpu().numpy(),
            layer_labels=layer_labels(len(values)),
            token_labels=token_labels,
            unit=UNITS.get(measure, ""),
            site=site.value if site else "",
        )
        for (measure, site), values in numbers.items()
    }


def residual_norm(residual: Float[Tensor, "row token hidden"]) -> Float[Tensor, "row token"]:
    """The L2 norm of the stream in every cell, in float32."""
    return residual.float().norm(dim=-1)


def update_size(residual: Float[Tensor, "row token hidden"]) -> Float[Tensor, "row token"]:
    """How far each block moved the stream, relative to what it read.

    Missing in row 0, and where what it read was zero.
    """
    stream = residual.float()
    read = residual_norm(stream[:-1])
    moved = (stream[1:] - stream[:-1]).norm(dim=-1)
    return _after_a_missing_row(moved / read.masked_fill(read == 0, torch.nan))


def cosine_to_previous(residual: Float[Tensor, "row token hidden"]) -> Float[Tensor, "row token"]:
    """The cosine of every row with the row before it; row 0 is missing."""
    stream = residual.float()
    return _after_a_missing_row(_cosine(stream[1:], stream[:-1]))


def cosine_to_final(residual: Float[Tensor, "row token hidden"]) -> Float[Tensor, "row token"]:
    """The cosine of every row with the last row."""
    stream = residual.float()
    return _cosine(stream, stream[-1:])


def _stream_values(residual: Float[Tensor, "row token hidden"]) -> dict[Measure, Tensor]:
    # All rows at once, for few positions at a time: a copy of the whole stream in float32 may be
    # gigabytes, and a call for every row costs more than what it computes.
    width = max(1, CHUNK_NUMBERS // (residual.shape[0] * residual.shape[2]))
    values: dict[Measure, list[Tensor]] = {measure: [] for measure in STREAM_MEASURES}
    for chunk in residual.split(width, dim=1):
        stream = chunk.float()
        for measure, compute in STREAM_MEASURES.items():
            values[measure].append(compute(stream))
    return {measure: torch.cat(parts, dim=1) for measure, parts in values.items()}


def _lens_values(lens: LensReadings) -> dict[Measure, Tensor]:
    return {
        Measure.LENS_CONFIDENCE: lens.top_probs[..., 0],
        Measure.LENS_ENTROPY: lens.entropy,
        Measure.LENS_KL: lens.kl_to_final,
        Measure.NEXT_TOKEN_PROBABILITY: lens.next_prob,
        Measure.NEXT_TOKEN_RANK: lens.next_rank,
    }


def _cosine(
    rows: Float[Tensor, "row token hidden"], others: Float[Tensor, "other token hidden"]
) -> Float[Tensor, "row token"]:
    # Torch's own cosine_similarity writes both anew at length 1 first: four more passes.
    norms = residual_norm(rows) * residual_norm(others)
    return ((rows * others).sum(-1) / norms.clamp(min=SMALLEST_NORM)).clamp(-1, 1)


def _after_a_missing_row(values: Float[Tensor, "row token"]) -> Float[Tensor, "row_plus_1 token"]:
    return torch.cat([torch.full_like(values[:1], torch.nan), values])


STREAM_MEASURES = {
    Measure.RESIDUAL_NORM: residual_norm,
    Measure.UPDATE_SIZE: update_size,
    Measure.COSINE_TO_PREVIOUS: cosine_to_previous,
    Measure.COSINE_TO_FINAL: cosine_to_final,
}
