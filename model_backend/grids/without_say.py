"""Cells without a say in colour ranges and readings, by the definition of their measure.

Attention sinks are another matter: they are found in the residual norm (``scales.find_sinks``).
"""

import numpy as np
from jaxtyping import Bool

from model_backend.api.grid import LayerTokenGrid
from model_backend.api.measure_specs import Group
from model_backend.api.measures import Measure
from model_backend.api.sites import Site

EMBEDDING = "embed"
FEWEST_LATER, LEAST_LATER = 5, 0.25
"""A mean over fewer later tokens than this, or than this share of the text, if that is less."""


def few_later(n_tokens: int) -> Bool[np.ndarray, " token"]:
    """Positions whose mean over later tokens is over too few of them to be compared."""
    later = n_tokens - 1 - np.arange(n_tokens)
    return later < min(FEWEST_LATER, LEAST_LATER * n_tokens)


def embedding_row(grid: LayerTokenGrid) -> int | None:
    """The row in which a lens reads the embedding: a tied matrix finds the token itself there.

    None where the grid is of no lens, or has no such row.
    """
    measure = Measure.named(grid.name)
    if (
        measure is None
        or measure.spec.group is not Group.LENS
        or EMBEDDING not in grid.layer_labels
    ):
        return None
    row = grid.layer_labels.index(EMBEDDING) + (grid.site == Site.RESID_PRE)
    return row if row < len(grid.layer_labels) else None


def over_few_later(grid: LayerTokenGrid) -> Bool[np.ndarray, " token"]:
    """Columns of *attention received* whose mean is over too few later tokens.

    In an encoder every token sees all others, so none is; there, the last token has a value.
    """
    none = np.zeros(len(grid.token_labels), dtype=bool)
    if Measure.named(grid.name) is not Measure.ATTENTION_RECEIVED:
        return none
    positions = grid.column_positions or tuple(range(len(grid.token_labels)))
    known = [position for position in positions if position is not None]
    if not known:
        return none
    n_tokens = max(known) + 1
    if np.isfinite(grid.values[:, positions.index(n_tokens - 1)]).any():
        return none
    few = few_later(n_tokens)
    return np.array([position is not None and bool(few[position]) for position in positions])


def without_say(grid: LayerTokenGrid) -> Bool[np.ndarray, "row token"]:
    """The cells of both kinds."""
    cells = np.zeros(grid.values.shape, dtype=bool)
    row = embedding_row(grid)
    if row is not None:
        cells[row] = True
    return cells | over_few_later(grid)
