"""From a trace to an opened cell: what would be said there, and what the layer did.

Imports torch; everything it returns is NumPy and strings.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from model_backend.api.cell_detail import CellDetail, CellPart, Neuron, Prediction
from model_backend.api.maps.grid import layer_labels
from model_backend.api.maps.measure_specs import Needs
from model_backend.api.maps.measures import Measure
from model_backend.api.maps.sites import Site
from model_backend.engine.attention import too_large
from model_backend.engine.block_measures import all_weights
from model_backend.engine.forward import Trace
from model_backend.engine.inspect_text import chosen_tokens
from model_backend.engine.lens import read_lens, read_position
from model_backend.engine.replay import Replay, replay_block
from model_backend.engine.stream_measures import measure_grids
from model_backend.engine.tokens import lone_texts, token_labels
from model_backend.engine.unavailable import (
    EMBEDDING_ATTENTION,
    EMBEDDING_NEURONS,
    EMBEDDING_WRITES,
    NO_UNEMBEDDING,
    NORMED_AFTER,
)
from model_backend.engine.writes import list_writes, moves_tokens
from model_backend.measures.inputs import AttentionWeights, LensReadings
from model_backend.models.architecture import locate
from model_backend.models.discovery.parts import Lack, in_block
from model_backend.models.loaded import LoadedModel

CELL_PREDICTIONS = 10
CELL_NEURONS = 12

IN_ROW_0 = {
    CellPart.ATTENTION: EMBEDDING_ATTENTION,
    CellPart.WRITES: EMBEDDING_WRITES,
    CellPart.NEURONS: EMBEDDING_NEURONS,
}


@dataclass(frozen=True)
class Cell:
    """Place of a cell: the tokens of the text, and a row and position of its map."""

    token_ids: Sequence[int]
    row: int
    position: int
    measures: Sequence[Measure] = ()
    """Measures with arguments, besides the usual."""

    @property
    def taken(self) -> tuple[Measure, ...]:
        """All measures of a cell, in the order in which they are listed."""
        return (*Measure, *self.measures)

    @property
    def window(self) -> slice:
        """The cell's position and the next one, if there is one: all that the lens needs."""
        return slice(self.position, min(self.position + 2, len(self.token_ids)))


@torch.inference_mode()
def open_cell(loaded: LoadedModel, trace: Trace, cell: Cell) -> CellDetail:
    """One cell, what every other row makes of its position, and what its layer did there."""
    ids = torch.tensor(cell.token_ids[cell.window])
    residual, unembed = trace.residual[:, cell.window], loaded.unembed
    chosen = chosen_tokens(cell.measures)
    readings = (
        read_lens(residual, unembed, ids, k=CELL_PREDICTIONS, chosen=chosen) if unembed else None
    )
    detail = _describe(loaded, trace, cell, readings)
    if readings:
        detail = _with_predictions(detail, loaded, trace, cell, readings)
    else:
        why = locate(loaded.model).lacks.get(Lack.LENS, NO_UNEMBEDDING)
        detail = replace(detail, absent={CellPart.PREDICTIONS: why})
    if cell.row == 0:
        return replace(detail, absent={**detail.absent, **IN_ROW_0})
    return _with_block(detail, loaded, trace, cell)


def _describe(
    loaded: LoadedModel, trace: Trace, cell: Cell, readings: LensReadings | None
) -> CellDetail:
    """Its place and its numbers."""
    with loaded.tokenizing:
        labels = token_labels(loaded.tokenizer, list(cell.token_ids))
    stream = trace.residual[:, cell.window]
    grids = measure_grids(stream, readings, labels[cell.window], cell.taken)
    values = {measure: float(grid.values[cell.row, 0]) for measure, grid in grids.items()}
    values_at: dict[Site, dict[Measure, float]] = {}
    for (measure, site), numbers in trace.numbers.items():
        value = float(numbers[cell.row - 1, cell.position]) if cell.row else float("nan")
        first = site is None or site is measure.spec.sites[0]
        (values if first or site is None else values_at.setdefault(site, {}))[measure] = value
    return CellDetail(
        row=cell.row,
        position=cell.position,
        token_id=cell.token_ids[cell.position],
        token_text=labels[cell.position],
        predictions=(),
        paths=np.zeros((len(trace.residual), 0), dtype=np.float32),
        next_token=None,
        next_token_rank=None,
        layer_labels=layer_labels(len(trace.residual) - 1),
        values={measure: values[measure] for measure in cell.taken if measure in values},
        values_at=values_at,
        token_labels=labels,
    )


def _with_predictions(
    detail: CellDetail, loaded: LoadedModel, trace: Trace, cell: Cell, readings: LensReadings
) -> CellDetail:
    top_ids, top_probs = readings.top_ids[cell.row, 0], readings.top_probs[cell.row, 0]
    following = list(cell.token_ids[cell.window])[1:]
    with loaded.tokenizing:
        chosen_texts = lone_texts(loaded.tokenizer, readings.chosen)
        texts = lone_texts(loaded.tokenizer, [*top_ids.tolist(), *following])
    top = zip(top_ids.tolist(), texts, top_probs.tolist(), strict=False)
    stream = trace.residual[:, cell.position]
    detail = replace(
        detail,
        predictions=tuple(Prediction(*prediction) for prediction in top),
        paths=read_position(stream, loaded.unembed, top_ids).cpu().numpy(),
    )
    if readings.chosen_log_probs is not None and readings.chosen:
        paths = readings.chosen_log_probs[:, 0].exp().cpu().numpy()
        chosen = zip(readings.chosen, chosen_texts, paths[cell.row].tolist(), strict=True)
        named = tuple(Prediction(*one) for one in chosen)
        detail = replace(detail, chosen=named, chosen_paths=paths)
    if not following:
        return detail
    next_prob = float(readings.next_prob[cell.row, 0])
    return replace(
        detail,
        next_token=Prediction(following[0], texts[-1], next_prob),
        next_token_rank=int(readings.next_rank[cell.row, 0]),
    )


def _with_block(detail: CellDetail, loaded: LoadedModel, trace: Trace, cell: Cell) -> CellDetail:
    parts = locate(loaded.model)
    if in_block(parts.attentions, cell.row - 1) is None:
        why_none = parts.lacks[Lack.ATTENTION]
    else:
        why_none = too_large(parts.body.config, len(cell.token_ids), parts.weight)
    replay = replay_block(
        loaded.model,
        torch.tensor(cell.token_ids),
        trace.residual,
        layer=cell.row,
        position=cell.position,
        attention=not why_none,
    )
    detail = replace(
        detail,
        writes=list_writes(replay, loaded),
        neurons=_largest(replay.neurons) if replay.neurons is not None else (),
        absent={**detail.absent, **_absent(loaded, replay, why_none)},
    )
    if replay.weights is None:
        return detail
    weights = all_weights(replay.weights, is_causal=parts.is_causal).at(cell.position)
    return _with_attention(detail, weights, cell)


def _absent(loaded: LoadedModel, replay: Replay, why_no_attention: str) -> dict[CellPart, str]:
    absent = {}
    if why_no_attention:
        absent[CellPart.ATTENTION] = why_no_attention
    lacks = locate(loaded.model).lacks
    if replay.neurons is None:
        absent[CellPart.NEURONS] = lacks[Lack.NEURONS]
    if replay.attn_out is None and replay.mlp_out is None:
        absent[CellPart.WRITES] = lacks[Lack.WRITES]
    if not moves_tokens(loaded):
        no_lens = lacks.get(Lack.LENS, NO_UNEMBEDDING)
        absent[CellPart.TOKENS_MOVED] = NORMED_AFTER if loaded.unembed else no_lens
    return absent


def _with_attention(detail: CellDetail, weights: AttentionWeights, cell: Cell) -> CellDetail:
    of_weights = [measure for measure in cell.taken if measure.spec.needs is Needs.WEIGHTS]
    values = {measure: float(measure.compute(weights)) for measure in of_weights}
    given, received = weights.given[:, 0].float(), weights.received[..., 0].float()
    if weights.is_causal:
        others = torch.arange(given.shape[-1], device=given.device)
        given = given.masked_fill(others > cell.position, torch.nan)
        received = received.masked_fill(others < cell.position, torch.nan)
    return replace(
        detail,
        values={**detail.values, **values},
        attention_from=given.cpu().numpy(),
        attention_to=received.cpu().numpy(),
    )


def _largest(neurons: Float[Tensor, " neuron"]) -> tuple[Neuron, ...]:
    """The neurons of largest absolute value, largest first."""
    top = neurons.float().abs().topk(min(CELL_NEURONS, len(neurons))).indices
    values = neurons[top].float().tolist()
    return tuple(Neuron(*pair) for pair in zip(top.tolist(), values, strict=True))
