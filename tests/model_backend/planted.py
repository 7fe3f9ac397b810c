"""Maps in which something was planted, and what a reading says of them."""

import numpy as np

from model_backend.api.grid import LayerTokenGrid, layer_labels
from model_backend.reading import Kind, Observation, Reading, Region, read_grid

ROWS, TOKENS = 13, 24
SHAPE = (ROWS, TOKENS)


def grid_of(
    values: np.ndarray, unit: str = "bits", midpoint: float | None = None
) -> LayerTokenGrid:
    n_rows, n_tokens = values.shape
    tokens = tuple(f"t{position}" for position in range(n_tokens))
    return LayerTokenGrid("m", values, layer_labels(n_rows - 1), tokens, unit, midpoint)


def noise(seed: int, shape: tuple[int, int] = SHAPE) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def read(values: np.ndarray, left_out: np.ndarray | None = None) -> Reading:
    return read_grid(grid_of(values), left_out)


def said(reading: Reading, kind: Kind) -> list[Observation]:
    return [observation for observation in reading.observations if observation.kind is kind]


def high_regions(reading: Reading) -> list[Region]:
    return [o.regions[0] for o in said(reading, Kind.REGIONS) if o.text.startswith("High")]


def planted(region: Region, height: float = 3.0, shape: tuple[int, int] = SHAPE) -> np.ndarray:
    values = noise(1, shape)
    rows = slice(region.first_row, region.last_row + 1)
    values[rows, region.first_position : region.last_position + 1] += height
    return values
