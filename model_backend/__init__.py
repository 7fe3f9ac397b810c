"""The front door: every name the dashboard and notebooks may use.

Importing it imports no torch (that takes seconds); models are loaded when they are first asked for.
"""

from model_backend.alignment import (
    Align,
    Difference,
    Pair,
    align_layers,
    align_tokens,
    subtract,
)
from model_backend.archive import Archive, read_archive, write_json, write_npz
from model_backend.asker import Asker, Counts, Waiting, set_asker
from model_backend.cached import CachedBackend
from model_backend.catalogue import CatalogueEntry, catalogue
from model_backend.catalogue_file import read_catalogue
from model_backend.choices import MEASURE_GROUPS, NOT_INSPECTED, ON_REQUEST, SITES, Measure
from model_backend.definitions import DEFINITIONS, SITE_DEFINITIONS, UNITS
from model_backend.errors import (
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
from model_backend.from_files import FileBackend
from model_backend.grid import LayerTokenGrid, layer_labels
from model_backend.interface import (
    Absence,
    Backend,
    CellRequest,
    Inspection,
    InspectRequest,
    ModelCard,
    ModelState,
)
from model_backend.lines import Lines
from model_backend.local import LocalBackend
from model_backend.opened import CellDetail, CellPart, Neuron, Prediction, TokenShift, Write
from model_backend.positions import (
    NamedPosition,
    TokenRange,
    coinciding,
)
from model_backend.probing.curves import RocCurve, ScoreBins, bin_scores, roc_curve
from model_backend.probing.interface import DeskElsewhere, StudyDesk
from model_backend.probing.published import PublishedMap, published_maps
from model_backend.probing.requests import (
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
from model_backend.probing.results import (
    Best,
    CellName,
    Estimate,
    ExampleTable,
    ProbeMap,
    ProbeStudy,
    Rival,
    RivalKind,
    StudyCard,
)
from model_backend.question import (
    Answer,
    AnswerId,
    AnswerProgress,
    Finish,
    Generated,
    QuestionRequest,
    TokenPart,
)
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
from model_backend.recent import Recent
from model_backend.scales import Colouring, Scale, Span, colour
from model_backend.sites import Site
from model_backend.store import Store, make_store
from model_backend.verdicts import Judgement, Verdict

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
    "Absence",
    "Align",
    "Answer",
    "AnswerId",
    "AnswerProgress",
    "Archive",
    "Asker",
    "Backend",
    "BackendError",
    "BadRequest",
    "Best",
    "Busy",
    "CachedBackend",
    "CalledOff",
    "CatalogueEntry",
    "CellDetail",
    "CellName",
    "CellPart",
    "CellRequest",
    "Colouring",
    "ColumnMapping",
    "Counts",
    "DatasetPreview",
    "DatasetQuestion",
    "DeskElsewhere",
    "Difference",
    "Estimate",
    "ExampleTable",
    "FileBackend",
    "Finish",
    "Generated",
    "InspectRequest",
    "Inspection",
    "JobId",
    "JobState",
    "JobStatus",
    "Judgement",
    "Kind",
    "LayerTokenGrid",
    "Lines",
    "LoadingCancelled",
    "LocalBackend",
    "Measure",
    "ModelCard",
    "ModelState",
    "ModelUnavailable",
    "NamedPosition",
    "Neuron",
    "NotWritten",
    "Observation",
    "Pair",
    "Part",
    "Prediction",
    "ProbeMap",
    "ProbeScoreRequest",
    "ProbeStudy",
    "PublishedMap",
    "QuestionRequest",
    "Reading",
    "Recent",
    "Region",
    "Rival",
    "RivalKind",
    "RocCurve",
    "Scale",
    "ScoreBins",
    "Shape",
    "Site",
    "Span",
    "Stage",
    "Store",
    "StudyCard",
    "StudyDesk",
    "StudyId",
    "StudyRequest",
    "TextTooLong",
    "TokenPart",
    "TokenRange",
    "TokenShift",
    "TokenText",
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
    "layer_labels",
    "make_store",
    "published_maps",
    "read_archive",
    "read_catalogue",
    "read_grid",
    "roc_curve",
    "set_asker",
    "subtract",
    "write_json",
    "write_npz",
]
