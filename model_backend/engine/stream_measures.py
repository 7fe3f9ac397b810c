"""Grids of a trace: one number per cell, for every measure that can be taken of it."""

from collections.abc import Mapping, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from model_backend.api.maps.grid import LayerTokenGrid, layer_labels
from model_backend.api.maps.measure_specs import Needs
from model_backend.api.maps.measures import Measure
from model_backend.api.maps.sites import Site
from model_backend.engine.block_measures import Place
from model_backend.measures.inputs import LensReadings

CHUNK_NUMBERS = 2**22
"""Numbers of the stream that are measured at once; 16 MB in float32."""


def measure_grids(
    residual: Float[Tensor, "row token hidden"],
    lens: LensReadings | None,
    token_labels: tuple[str, ...],
    measures: Sequence[Measure] | None = None,
) -> dict[Measure, LayerTokenGrid]:
    """The measures of the stream and, if there are readings, of the lens; all, unless some are
    named."""
    taken = tuple(Measure) if measures is None else measures
    of_lens = {m: m.compute(lens) for m in taken if lens and m.spec.needs is Needs.LENS}
    values = _stream_values(residual, [m for m in taken if m.spec.needs is Needs.STREAM]) | of_lens
    return {
        measure: _grid(measure, values[measure], token_labels, measure.spec.sites[0])
        for measure in taken
        if measure in values
    }


def block_grids(
    numbers: Mapping[Place, Float[Tensor, "layer token"]], token_labels: tuple[str, ...]
) -> dict[Place, LayerTokenGrid]:
    """Grids of the measures inside the blocks; row 0, the embedding, is missing in all."""
    return {
        (measure, site): _grid(measure, _after_a_missing_row(values), token_labels, site)
        for (measure, site), values in numbers.items()
    }


def _grid(
    measure: Measure, values: Tensor, token_labels: tuple[str, ...], site: Site | None
) -> LayerTokenGrid:
    return LayerTokenGrid(
        name=measure.label,
        values=values.float().cpu().numpy(),
        layer_labels=layer_labels(len(values) - 1),
        token_labels=token_labels,
        unit=measure.spec.unit,
        midpoint=measure.spec.midpoint,
        site=site.value if site else "",
    )


def _stream_values(
    residual: Float[Tensor, "row token hidden"], measures: Sequence[Measure]
) -> dict[Measure, Tensor]:
    # All rows at once, for few positions at a time: a copy of the whole stream in float32 may be
    # gigabytes, and a call for every row costs more than what it computes.
    width = max(1, CHUNK_NUMBERS // (residual.shape[0] * residual.shape[2]))
    values: dict[Measure, list[Tensor]] = {measure: [] for measure in measures}
    for chunk in residual.split(width, dim=1):
        stream = chunk.float()
        for measure in measures:
            values[measure].append(measure.compute(stream))
    return {measure: torch.cat(parts, dim=1) for measure, parts in values.items()}


def _after_a_missing_row(values: Float[Tensor, "row token"]) -> Float[Tensor, "row_plus_1 token"]:
    return torch.cat([torch.full_like(values[:1], torch.nan), values])
