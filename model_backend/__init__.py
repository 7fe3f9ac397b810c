"""The front door: every name the dashboard and notebooks may use.

Importing it imports no torch (that takes seconds); models are loaded when they are first asked for.
"""

from model_backend.errors import (
    BackendError,
    BadRequest,
    ModelUnavailable,
    TextTooLong,
    UnknownArchitecture,
    UnknownModel,
    UnsoundActivations,
)
from model_backend.grid import LayerTokenGrid, layer_labels
from model_backend.interface import (
    Backend,
    CellDetail,
    CellRequest,
    Inspection,
    InspectRequest,
    Measure,
    ModelCard,
    ModelState,
    Prediction,
)

__all__ = [
    "Backend",
    "BackendError",
    "BadRequest",
    "CellDetail",
    "CellRequest",
    "InspectRequest",
    "Inspection",
    "LayerTokenGrid",
    "Measure",
    "ModelCard",
    "ModelState",
    "ModelUnavailable",
    "Prediction",
    "TextTooLong",
    "UnknownArchitecture",
    "UnknownModel",
    "UnsoundActivations",
    "layer_labels",
]
