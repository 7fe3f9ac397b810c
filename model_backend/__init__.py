"""The front door: every name the dashboard and notebooks may use.

Importing it imports no torch (that takes seconds); models are loaded when they are first asked for.
"""

from model_backend.api.backend import (
    Backend,
    CellRequest,
    Inspection,
    InspectRequest,
    ModelCard,
    ModelState,
    Unavailable,
)
from model_backend.api.cell_detail import (
    CellDetail,
    CellPart,
    Neuron,
    Prediction,
    TokenShift,
    Write,
)
from model_backend.api.clients import Client, Counts, Waiting, set_client
from model_backend.api.counted import counted
from model_backend.api.definitions import DEFINITIONS, SITE_DEFINITIONS, UNITS
from model_backend.api.errors import (
    BackendError,
    BadRequest,
    Busy,
    CalledOff,
    LoadingCancelled,
    ModelUnavailable,
    NotWritten,
    TextTooLong,
    UnknownArchitecture,
    UnknownModel,
    UnknownStudy,
    UnsoundActivations,
)
from model_backend.api.grid import LayerTokenGrid, layer_labels
from model_backend.api.measures import MEASURE_GROUPS, NOT_INSPECTED, ON_REQUEST, SITES, Measure
from model_backend.api.positions import (
    NamedPosition,
    TokenRange,
    coinciding,
)
from model_backend.api.questions import (
    Answer,
    AnswerId,
    AnswerProgress,
    Finish,
    Generated,
    QuestionRequest,
    TokenPart,
)
from model_backend.api.sites import Site
from model_backend.api.study_requests import (
    NAMED_POSITIONS,
    PROBE_SITES,
    ColumnMapping,
    DatasetPreview,
    DatasetQuestion,
    JobId,
    JobState,
    JobStatus,
    ProbeScoreRequest,
    Stage,
    StudyId,
    StudyRequest,
    Upload,
)
from model_backend.api.study_results import (
    Best,
    CellName,
    DroppedAnswer,
    Estimate,
    ExampleTable,
    ProbeMap,
    ProbeStudy,
    Reference,
    ReferenceKind,
    StudyCard,
)
from model_backend.api.study_service import ForwardsStudies, StudyService
from model_backend.api.verdicts import Judgement, Verdict
from model_backend.archives.archive import Archive, read_archive, write_json, write_npz
from model_backend.archives.saved_map import (
    CellLine,
    MapKind,
    Provenance,
    SavedMap,
    read_saved_map,
    save_json,
    save_npz,
)
from model_backend.files import FileBackend, OpenedMap
from model_backend.grids.alignment import (
    Align,
    Difference,
    Match,
    Pair,
    align_layers,
    align_tokens,
    pair_rows,
    subtract,
)
from model_backend.grids.scales import Colouring, Scale, Span, colour
from model_backend.local import LocalBackend
from model_backend.models.catalogue import CatalogueEntry, catalogue
from model_backend.models.catalogue_file import read_catalogue
from model_backend.probing.data.published import PublishedMap, published_maps
from model_backend.probing.statistics.curves import RocCurve, ScoreBins, bin_scores, roc_curve
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
from model_backend.sharing.cached import CachedBackend
from model_backend.sharing.fair_queue import FairQueue
from model_backend.sharing.lru_cache import LruCache
from model_backend.sharing.stores import Store, make_store

__all__ = [
    "DEFINITIONS",
    "MEASURE_GROUPS",
    "NAMED_POSITIONS",
    "NOT_INSPECTED",
    "ON_REQUEST",
    "PROBE_SITES",
    "SITES",
    "SITE_DEFINITIONS",
    "UNITS",
    "Align",
    "Answer",
    "AnswerId",
    "AnswerProgress",
    "Archive",
    "Backend",
    "BackendError",
    "BadRequest",
    "Best",
    "Busy",
    "CachedBackend",
    "CalledOff",
    "CatalogueEntry",
    "CellDetail",
    "CellLine",
    "CellName",
    "CellPart",
    "CellRequest",
    "Client",
    "Colouring",
    "ColumnMapping",
    "Counts",
    "DatasetPreview",
    "DatasetQuestion",
    "Difference",
    "DroppedAnswer",
    "Estimate",
    "ExampleTable",
    "FairQueue",
    "FileBackend",
    "Finish",
    "ForwardsStudies",
    "Generated",
    "InspectRequest",
    "Inspection",
    "JobId",
    "JobState",
    "JobStatus",
    "Judgement",
    "Kind",
    "LayerTokenGrid",
    "LoadingCancelled",
    "LocalBackend",
    "LruCache",
    "MapKind",
    "Match",
    "Measure",
    "ModelCard",
    "ModelState",
    "ModelUnavailable",
    "NamedPosition",
    "Neuron",
    "NotWritten",
    "Observation",
    "OpenedMap",
    "Pair",
    "Part",
    "Prediction",
    "ProbeMap",
    "ProbeScoreRequest",
    "ProbeStudy",
    "Provenance",
    "PublishedMap",
    "QuestionRequest",
    "Reading",
    "Reference",
    "ReferenceKind",
    "Region",
    "RocCurve",
    "SavedMap",
    "Scale",
    "ScoreBins",
    "Shape",
    "Site",
    "Span",
    "Stage",
    "Store",
    "StudyCard",
    "StudyId",
    "StudyRequest",
    "StudyService",
    "TextTooLong",
    "TokenPart",
    "TokenRange",
    "TokenShift",
    "TokenText",
    "Unavailable",
    "UnknownArchitecture",
    "UnknownModel",
    "UnknownStudy",
    "UnsoundActivations",
    "Upload",
    "Verdict",
    "Waiting",
    "Write",
    "align_layers",
    "align_tokens",
    "bin_scores",
    "catalogue",
    "coinciding",
    "colour",
    "counted",
    "layer_labels",
    "make_store",
    "pair_rows",
    "published_maps",
    "read_archive",
    "read_catalogue",
    "read_grid",
    "read_saved_map",
    "roc_curve",
    "save_json",
    "save_npz",
    "set_client",
    "subtract",
    "write_json",
    "write_npz",
]

_FORMER_NAMES = {
    "Absence": "Unavailable",
    "Asker": "Client",
    "DeskElsewhere": "ForwardsStudies",
    "Lines": "FairQueue",
    "Recent": "LruCache",
    "Rival": "Reference",
    "RivalKind": "ReferenceKind",
    "StudyDesk": "StudyService",
    "set_asker": "set_client",
}
"""Names that notebooks may still import, and what each is called now."""


def __getattr__(name: str) -> object:
    if name in _FORMER_NAMES:
        return globals()[_FORMER_NAMES[name]]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
