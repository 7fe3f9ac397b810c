"""A map from a file, as it was when it was saved."""

from dashboard.maps.map_data import Colours, Column, MapData, Marks
from dashboard.page.requests import Request
from model_backend import LayerTokenGrid, SavedMap


def map_from_file(saved: SavedMap, request: Request) -> MapData:
    """The map of a file; ``request`` says how it is asked for on this page."""
    grid = saved.grid
    return MapData(
        grid=grid,
        request=request,
        kind=saved.kind,
        title=saved.title,
        columns=columns_of(grid),
        short_name=saved.short_name,
        lines=saved.lines,
        marks=Marks(
            saved.left_out,
            saved.outlined,
            saved.dimmed,
            masked_rows=saved.masked_rows,
            masked_columns=saved.masked_columns,
        ),
        colours=Colours(ends=saved.ends, steps=saved.steps),
        first_layer=saved.first_layer,
        missing_rows=saved.missing_rows,
        facts=saved.facts,
        notes=saved.notes,
        provenance=saved.provenance,
    )


def columns_of(grid: LayerTokenGrid) -> tuple[Column, ...] | None:
    """The columns of a grid that has names for them; None where they are all positions in order."""
    if not grid.column_names:
        return None
    positions = grid.column_positions or tuple(range(len(grid.token_labels)))
    return tuple(map(Column, positions, grid.column_names))
