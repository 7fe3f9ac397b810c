"""A map in sentences."""

from dataclasses import replace

from dashboard.maps.map_data import MapData
from dashboard.maps.notes import missing_rows
from model_backend import Evidence, Kind, Observation, Reading, Region, read_grid


def read(map_: MapData, in_view: Region | None = None) -> Reading:
    """Read a map in sentences, without columns that are left out and rows not computed yet.

    ``in_view`` is the part that is on screen; None is all of it.
    """
    known = map_.make_evidence() if map_.make_evidence else Evidence()
    within = map_.marks.dimmed if known.within_chance is None else known.within_chance
    evidence = replace(
        known, within_chance=within, per_layer=map_.colours.per_layer, in_view=in_view
    )
    reading = read_grid(map_.grid, map_.left_out, evidence)
    if not map_.missing_rows:
        return reading
    last = map_.grid.values.shape[1] - 1
    regions = tuple(Region(row, row, 0, last) for row in map_.missing_rows)
    return reading.adding(Observation(Kind.SURE, (missing_rows(map_),), regions))
