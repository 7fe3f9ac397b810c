"""A map from a file, as it was when it was saved."""

from dashboard.maps.map_data import Colours, Column, MapData, Marks
from dashboard.page.requests import Request
from model_backend import SavedMap


def map_from_file(saved: SavedMap, request: Request) -> MapData:
    """The map of a file; ``request`` says how it is asked for on this page."""
    grid = saved.grid
    positions = grid.column_positions or tuple(range(len(grid.token_labels)))
    named = zip(positions, grid.column_names, strict=True) if grid.column_names else ()
    return MapData(
        grid=grid,
        request=request,
        kind=saved.kind,
        title=saved.title,
        columns=tuple(Column(*column) for column in named) or None,
        short_name=saved.short_name,
        lines=saved.lines,
        marks=Marks(saved.left_out, saved.outlined, saved.dimmed),
        colours=Colours(ends=saved.ends, steps=saved.steps),
        first_layer=saved.first_layer,
        missing_rows=saved.missing_rows,
        facts=saved.facts,
        notes=saved.notes,
        provenance=saved.provenance,
    )
