"""A map in sentences."""

from dataclasses import replace

from dashboard.maps.map_data import MapData
from dashboard.maps.notes import missing_rows
from model_backend import Kind, Observation, Reading, Region, read_grid


def read(map_: MapData) -> Reading:
    """Read a map in sentences, without columns that are left out and rows not computed yet."""
    reading = read_grid(map_.grid, map_.left_out)
    if not map_.missing_rows:
        return reading
    last = map_.grid.values.shape[1] - 1
    regions = tuple(Region(row, row, 0, last) for row in map_.missing_rows)
    return replace(
        reading,
        observations=(
            *reading.observations,
            Observation(Kind.LEFT_OUT, (missing_rows(map_),), regions),
        ),
    )
