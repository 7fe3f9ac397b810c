"""A map of AUCs, published or of a study, with all that is said of its cells; draws it, too.

Every such map has a name: ``published/TriviaQA`` or ``study/<id>/<site>``. The name stands in the
address and is all that the browser keeps of it.
"""

from dataclasses import dataclass, replace

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Bool, Float

from dashboard.maps.figure_meta import add_lines, describe_cells, mark_cells
from dashboard.maps.figures import grid_heatmap
from dashboard.maps.map_data import CellLine
from model_backend import LayerTokenGrid, PublishedMap, Scale

CHANCE, PERFECT = 0.5, 1.0
ROOM_FOR_NAMES = 172
"""Pixels below a map, for the names of its positions."""


@dataclass(frozen=True, eq=False)
class AucMap:
    """AUCs over layers and named positions, and what there is to say of them."""

    name: str
    title: str
    grid: LayerTokenGrid
    depths: Float[np.ndarray, " row"]
    """How deep each row is: 0 is the embedding, 1 what the last block leaves."""
    facts: tuple[str, ...]
    notes: tuple[str, ...] = ()
    lines: tuple[CellLine, ...] = ()
    outlined: Bool[np.ndarray, "row position"] | None = None
    dimmed: Bool[np.ndarray, "row position"] | None = None

    @property
    def best(self) -> tuple[int, int] | None:
        """Row and column of the highest cell; None where no cell has a value."""
        values = self.grid.values
        if np.isnan(values).all():
            return None
        row, column = np.unravel_index(np.nanargmax(values), values.shape)
        return int(row), int(column)


def published_map(found: PublishedMap) -> AucMap:
    """A map of the paper; its row 0 is what the first block leaves."""
    n_rows = len(found.grid.layer_labels)
    return AucMap(
        name=f"published/{found.dataset}",
        title=f"{found.dataset}, {found.model}",
        grid=found.grid,
        depths=np.arange(1, n_rows + 1) / n_rows,
        facts=(f"{n_rows} layers", f"{len(found.grid.token_labels)} positions", "published"),
        notes=(f"{found.metric}.", f"Source: {found.source}.",
               "The paper gives neither intervals nor baselines for single cells."),
    )  # fmt: skip


def auc_ends(*maps: AucMap) -> tuple[float, float]:
    """The two ends of the colours of maps on one scale: 0.5 to 1.0, or lower where they are."""
    lowest = min(float(np.nanmin(map_.grid.values, initial=CHANCE)) for map_ in maps)
    return np.floor(lowest * 20) / 20, PERFECT


def auc_figure(auc_map: AucMap, ends: tuple[float, float]) -> go.Figure:
    """The map as a heatmap: blues above chance, a second hue below, missing columns dotted."""
    grid = replace(auc_map.grid, name="AUC", unit="")
    figure = grid_heatmap(grid, scale=Scale.RAW, ends=ends)
    present = ~np.isnan(grid.values).all(axis=0)
    positions = [column if is_there else None for column, is_there in enumerate(present)]
    describe_cells(figure, grid, request={"map": auc_map.name}, positions=positions)
    add_lines(figure, auc_map.lines)
    mark_cells(figure, outlined=auc_map.outlined, dimmed=auc_map.dimmed)
    figure.layout.margin.b = ROOM_FOR_NAMES
    return figure
