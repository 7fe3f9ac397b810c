"""From a model in memory and token ids to results: the forward pass, the lens and the grids.

Imports torch; everything it returns but a residual stream is NumPy and strings.
"""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from model_backend.forward import trace_forward
from model_backend.grid import layer_labels
from model_backend.interface import CellDetail, Inspection, Measure, Prediction
from model_backend.lens import read_lens, read_position
from model_backend.loaded import LoadedModel
from model_backend.measures import measure_grids
from model_backend.scales import find_sinks
from model_backend.tokens import lone_texts, special_mask, token_texts

CELL_PREDICTIONS = 10


def trace_tokens(
    loaded: LoadedModel, token_ids: Sequence[int]
) -> Float[Tensor, "row token hidden"]:
    """The residual stream of one forward pass."""
    return trace_forward(loaded.model, torch.tensor(token_ids)).residual


def inspect_residual(
    loaded: LoadedModel, token_ids: Sequence[int], residual: Float[Tensor, "row token hidden"]
) -> Inspection:
    """Every measure of every cell."""
    readings = read_lens(residual, loaded.unembed, torch.tensor(token_ids))
    with loaded.tokenizing:
        texts = token_texts(loaded.tokenizer, list(token_ids))
        is_special = special_mask(loaded.tokenizer, list(token_ids))
    grids = measure_grids(residual, readings, texts)
    return Inspection(
        model=loaded.card.name,
        revision=str(loaded.card.revision),
        dtype=str(loaded.card.dtype),
        token_ids=np.array(token_ids, dtype=np.int32),
        is_special=is_special,
        is_sink=find_sinks(grids[Measure.RESIDUAL_NORM].values),
        grids=grids,
        top_ids=readings.top_ids.int().cpu().numpy(),
        top_probs=readings.top_probs.float().cpu().numpy(),
    )


def open_cell(
    loaded: LoadedModel,
    token_ids: Sequence[int],
    residual: Float[Tensor, "row token hidden"],
    *,
    row: int,
    position: int,
) -> CellDetail:
    """One cell, and what every other row makes of its position."""
    # A cell needs its own token and the one that follows, and nothing of the other positions.
    window, ids = residual[:, position : position + 2], token_ids[position : position + 2]
    readings = read_lens(window, loaded.unembed, torch.tensor(ids), k=CELL_PREDICTIONS)
    top_ids, top_probs = readings.top_ids[row, 0], readings.top_probs[row, 0]
    vocabulary = [*top_ids.tolist(), *ids]
    with loaded.tokenizing:
        texts = lone_texts(loaded.tokenizer, vocabulary)
        token_text = token_texts(loaded.tokenizer, list(token_ids))[position]
    follows = len(ids) == 2
    next_prob = float(readings.next_prob[row, 0])
    grids = measure_grids(window, readings, (token_text,) * len(ids))
    return CellDetail(
        row=row,
        position=position,
        token_id=ids[0],
        token_text=token_text,
        predictions=tuple(
            Prediction(token_id, text, probability)
            for token_id, text, probability in zip(
                top_ids.tolist(), texts, top_probs.tolist(), strict=False
            )
        ),
        paths=read_position(residual[:, position], loaded.unembed, top_ids).cpu().numpy(),
        next_token=Prediction(ids[1], texts[-1], next_prob) if follows else None,
        next_token_rank=int(readings.next_rank[row, 0]) if follows else None,
        layer_labels=layer_labels(len(residual) - 1),
        values={measure: float(grid.values[row, 0]) for measure, grid in grids.items()},
    )
