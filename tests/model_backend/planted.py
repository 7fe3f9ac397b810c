"""Maps in which something was planted, and what a reading says of them."""

from collections.abc import Sequence

import numpy as np

from model_backend.api.maps.grid import LayerTokenGrid, layer_labels
from model_backend.reading import Evidence, Kind, Observation, Reading, Region, read_grid

ROWS, TOKENS = 13, 24
SHAPE = (ROWS, TOKENS)
NO_EVIDENCE = Evidence()


def grid_of(
    values: np.ndarray,
    unit: str = "bits",
    midpoint: float | None = None,
    *,
    name: str = "m",
    tokens: Sequence[str] = (),
) -> LayerTokenGrid:
    n_rows, n_tokens = values.shape
    tokens = tuple(tokens) or tuple(f"t{position}" for position in range(n_tokens))
    return LayerTokenGrid(name, values, layer_labels(n_rows - 1), tokens, unit, midpoint)


def noise(seed: int, shape: tuple[int, int] = SHAPE) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def norms(seed: int, shape: tuple[int, int], spread: float = 0.1) -> np.ndarray:
    """Lengths that grow with depth and differ by a tenth from token to token."""
    return np.exp(3 + 0.1 * np.arange(shape[0])[:, None] + spread * noise(seed, shape))


def words(seed: int, n_tokens: int) -> tuple[str, ...]:
    """A text of words, names, function words and full stops in random order."""
    known = [" the", " of", " in", ".", ",", " river", " Rome", " and", " boat", " Danube"]
    return tuple(np.random.default_rng(seed).choice(known, n_tokens))


def read(values: np.ndarray, left_out: np.ndarray | None = None) -> Reading:
    return read_grid(grid_of(values), left_out)


def said(reading: Reading, kind: Kind) -> list[Observation]:
    return [observation for observation in reading.observations if observation.kind is kind]


def text_of(reading: Reading, kind: Kind) -> str:
    return " ".join(observation.text for observation in said(reading, kind))


def standing_out(reading: Reading) -> list[tuple[Region, ...]]:
    return [observation.regions for observation in said(reading, Kind.STANDS_OUT)]


def planted(region: Region, height: float = 3.0, shape: tuple[int, int] = SHAPE) -> np.ndarray:
    values = noise(1, shape)
    rows = slice(region.first_row, region.last_row + 1)
    values[rows, region.first_position : region.last_position + 1] += height
    return values
