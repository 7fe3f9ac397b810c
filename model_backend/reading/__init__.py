"""A map in sentences: pure functions from its numbers, its tokens and the model's predictions.

``material`` is the part that is read: values, names, groups of tokens, and the types of the result.
``patterns`` finds columns that stand out together, and bands. ``sentences`` says what there is, and
``reader`` puts it in order.
"""

from model_backend.reading.material.evidence import Evidence, Predictions
from model_backend.reading.material.observations import (
    MOST_AT_FIRST,
    Kind,
    Observation,
    Part,
    Reading,
    Region,
    TokenText,
)
from model_backend.reading.reader import read_grid

__all__ = [
    "MOST_AT_FIRST",
    "Evidence",
    "Kind",
    "Observation",
    "Part",
    "Predictions",
    "Reading",
    "Region",
    "TokenText",
    "read_grid",
]
