"""A map in sentences: peaks, shape, bands, edges, and what the measure can mean; pure functions.

In the order of the work: ``patterns``, ``bands``, ``peaks`` and ``shape`` find what there is in the
numbers; ``sentences`` says it with the names of ``wording`` and the ``cautions``; ``reader`` puts
the sentences in order; ``observations`` is the result.
"""

from model_backend.reading.observations import (
    Kind,
    Observation,
    Part,
    Reading,
    Region,
    Shape,
    TokenText,
)
from model_backend.reading.reader import read_grid

__all__ = [
    "Kind",
    "Observation",
    "Part",
    "Reading",
    "Region",
    "Shape",
    "TokenText",
    "read_grid",
]
