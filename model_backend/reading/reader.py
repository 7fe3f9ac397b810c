"""From a grid to its reading: which sentences there are to say, and in which order."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from jaxtyping import Bool

from model_backend.api.grid import LayerTokenGrid
from model_backend.reading import sentences
from model_backend.reading.cautions import meaning
from model_backend.reading.left_out import apart_from, find_repeated, not_counted
from model_backend.reading.observations import Kind, Observation, Reading, Region, Shape
from model_backend.reading.patterns import Share, find_shares, is_flat, keep
from model_backend.reading.shape import find_regions, find_shape
from model_backend.reading.wording import Wording

FEWEST_CELLS = 8
"""With fewer values there is nothing to say about bands, regions or a shape."""


def read_grid(grid: LayerTokenGrid, left_out: Bool[np.ndarray, " token"] | None = None) -> Reading:
    """Describe a map in sentences that follow from its numbers, the same ones every time.

    What is said to stand out does so in about 1 of 100 maps of scatter. Layers next to each other
    are alike in every model, which shuffling undoes: that a pattern is no scatter says that it is
    there, not that it means something.

    Args:
        grid: what is on screen; cells that are not finite are missing.
        left_out: positions that have no part in any number, such as attention sinks.
    """
    left_out = np.zeros(grid.values.shape[1], dtype=bool) if left_out is None else left_out
    repeated = find_repeated(grid)
    kept = keep(grid.values, left_out | repeated)
    words = Wording(grid, kept, apart_from(grid, left_out & ~repeated))
    if not words.kept.finite.size:
        observations = [_empty(grid), *not_counted(words, left_out)]
        return Reading(Shape.EMPTY, tuple(observations))
    shape, said = _read(words)
    return Reading(shape, (*said, *not_counted(words, left_out)))


def _read(words: Wording) -> tuple[Shape, list[Observation]]:
    cells = words.kept.finite
    if is_flat(cells):
        shape = Shape.CONSTANT
        found = [*_constant(words)]
    elif cells.size < FEWEST_CELLS:
        shape = Shape.TOO_SMALL
        few = f"{cells.size} values are too few to speak of bands, peaks or a shape."
        found = [*sentences.extremes(words), words.say(Kind.SHAPE, few)]
    else:
        shape, found = _read_patterns(words)
    return shape, [*found, words.say(Kind.MEANING, meaning(shape, words.grid))]


def _read_patterns(words: Wording) -> tuple[Shape, list[Observation]]:
    values = words.kept.values
    regions, shares = find_regions(values, alone=words.alone), find_shares(values)
    if words.alone:  # a line over columns in the order of a list is none
        shares = replace(shares, token_ramp=Share(0.0, 1.0, 0.0))
    shape = find_shape(shares, regions)
    return shape, [
        *sentences.extremes(words),
        *sentences.regions(words, regions),
        *sentences.shape(words, shape, shares, regions),
        *sentences.layer_bands(words),
        *sentences.token_bands(words),
        *sentences.edges(words),
    ]


def _constant(words: Wording) -> Iterator[Observation]:
    cells = words.kept.finite
    which = "The only cell with a value is" if cells.size == 1 else f"All {cells.size:,} cells are"
    yield words.say(Kind.SHAPE, f"{which} {words.amount(float(cells[0]))}.")
    if words.grid.midpoint is not None:
        yield sentences.against_midpoint(words, words.grid.midpoint)


def _empty(grid: LayerTokenGrid) -> Observation:
    n_rows, n_tokens = grid.values.shape
    whole = (Region(0, n_rows - 1, 0, n_tokens - 1),) if grid.values.size else ()
    return Observation(Kind.SHAPE, ("No cell has a value to read.",), whole)
