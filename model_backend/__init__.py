"""The front door: every name the dashboard and notebooks may use.

Importing it imports no torch (that takes seconds); models are loaded when they are first asked for.
"""

from model_backend.cached import CachedBackend
from model_backend.catalogue import CatalogueEntry, catalogue
from model_backend.definitions import DEFINITIONS, UNITS
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
from model_backend.local import LocalBackend
from model_backend.reading import (
    Kind,
    Observation,
    Part,
    Reading,
    Region,
    Shape,
    TokenText,
    read_grid,
)
from model_backend.scales import Colouring, Scale, Span, colour
from model_backend.store import Store, make_store

__all__ = [
    "DEFINITIONS",
    "UNITS",
    "Backend",
    "BackendError",
    "BadRequest",
    "CachedBackend",
    "CatalogueEntry",
    "CellDetail",
    "CellRequest",
    "Colouring",
    "InspectRequest",
    "Inspection",
    "Kind",
    "LayerTokenGrid",
    "LocalBackend",
    "Measure",
    "ModelCard",
    "ModelState",
    "ModelUnavailable",
    "Observation",
    "Part",
    "Prediction",
    "Reading",
    "Region",
    "Scale",
    "Shape",
    "Span",
    "Store",
    "TextTooLong",
    "TokenText",
    "UnknownArchitecture",
    "UnknownModel",
    "UnsoundActivations",
    "catalogue",
    "colour",
    "layer_labels",
    "make_store",
    "read_grid",
]
