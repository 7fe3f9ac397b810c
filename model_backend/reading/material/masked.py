"""Rows and columns of a grid that its measure masks: they have no part in any number."""

import numpy as np
from jaxtyping import Bool

from model_backend.api.maps.grid import LayerTokenGrid
from model_backend.api.maps.measures import Measure
from model_backend.api.maps.sites import Site
from model_backend.grids.masks import masked_positions, masked_rows


def embedding_rows(grid: LayerTokenGrid) -> tuple[int, ...]:
    """Rows in which a lens reads the embedding and finds the token itself."""
    measure = Measure.named(grid.name)
    if measure is None or grid.midpoint not in (None, measure.spec.midpoint):
        return ()  # AUCs and differences have rows of their own
    rows = masked_rows(measure, Site(grid.site) if grid.site else None)
    return tuple(row for row in rows if row < len(grid.layer_labels))


def over_few_later(grid: LayerTokenGrid) -> Bool[np.ndarray, " token"]:
    """Columns whose mean is over too few later tokens.

    In an encoder every token sees all others, so that the last one has a value, too.
    """
    measure = Measure.named(grid.name)
    positions = grid.column_positions or tuple(range(len(grid.token_labels)))
    known = [position for position in positions if position is not None]
    if measure is None or not known:
        return np.zeros(len(positions), dtype=bool)
    n_tokens = max(known) + 1
    is_causal = not np.isfinite(grid.values[:, positions.index(n_tokens - 1)]).any()
    few = masked_positions(measure, n_tokens, is_causal=is_causal)
    return np.isin([-1 if position is None else position for position in positions], few)


def masked(grid: LayerTokenGrid) -> Bool[np.ndarray, "row token"]:
    """Cells that a reading leaves out: embedding rows of a lens, and columns over too few later
    tokens.
    """
    cells = np.zeros(grid.values.shape, dtype=bool)
    cells[list(embedding_rows(grid))] = True
    return cells | over_few_later(grid)
