"""Requests about studies, and the progress of a running one; imports no torch.

A study is asked for once, runs as a job, and is then an immutable folder that is read by its id.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from model_backend.api.datasets import ColumnMapping, DatasetPreview
from model_backend.api.door import BlobId, JobStatus
from model_backend.api.errors import BadRequest
from model_backend.api.maps.grid import LayerTokenGrid
from model_backend.api.maps.positions import POSITION_NAMES
from model_backend.api.maps.sites import PROBE_SITES, Site
from model_backend.api.requests import Command, LongWork, Lookup, Query
from model_backend.api.validation import check_subject

StudyId = str
"""The name of a study's folder."""

SMALLEST_STUDY, LARGEST_STUDY = 50, 100_000
FEWEST_OF_A_CLASS = 20
"""Fewest right and fewest wrong answers of a study, and of a cell: no AUC of fewer is reliable."""
MOST_UPLOAD_BYTES = 10_000_000
MOST_FOLDS, MOST_REPEATS, MOST_PERMUTATIONS, MOST_NEW_TOKENS = 20, 20, 1_000, 512

NAMED_POSITIONS = POSITION_NAMES
"""The columns of every map of a study, in the order of Orgad et al. 2024, arXiv 2410.02707."""


class Solver(StrEnum):
    """Algorithms that fit probes. They agree within a thousandth of a score, in log-odds."""

    FAST = "fast"
    REFERENCE = "reference"
    """One probe at a time by a textbook method, about a hundred times as slow: to check with."""


@dataclass(frozen=True)
class StudyRequest(LongWork[Any]):
    """Study where, across layers and named positions, ``model`` knows that its answer is wrong.

    Raises:
        BadRequest: a number is out of its range, or a site is none that can be probed.
    """

    model: str
    dataset: str
    """The id of a data set: ``DatasetPreview.dataset``."""
    sites: Sequence[str] = (Site.RESID_POST,)
    """Names of ``PROBE_SITES``; ``probed`` has them as what they are."""
    size: int = 1000
    """The most questions asked; fewer if the data set has fewer."""
    seed: int = 0
    """Draws the questions, the folds and the permutations."""
    n_folds: int = 5
    n_repeats: int = 2
    """Number of times the folds are drawn."""
    n_permutations: int = 20
    max_new_tokens: int = 0
    """Limit of an answer in tokens; the data set's own if 0."""
    keep_features: bool = False
    """True to keep the activations in the study's folder."""
    random_model: bool = True
    """True to repeat it with a model of the same shape and random weights, as a control."""
    ask_for_truth: bool = True
    """True to ask the model whether its own answers are true, the baseline p(True)."""
    solver: str = Solver.FAST
    """A ``Solver``."""
    worked_examples: str = ""
    """Text of the worked examples with which the model reads exact answers out of its answers; the
    project's own if empty."""

    def __post_init__(self) -> None:
        names = (self.sites,) if isinstance(self.sites, str) else tuple(self.sites)
        object.__setattr__(self, "sites", tuple(sorted({_site(name) for name in names})))
        if not self.sites:
            raise BadRequest("A study needs a site to probe. Choose resid_post.")
        if self.solver not in tuple(Solver):
            known = " and ".join(Solver)
            raise BadRequest(f"There is no solver {self.solver!r}. There are: {known}.")
        object.__setattr__(self, "solver", Solver(self.solver))
        for name, low, high in (
            ("size", SMALLEST_STUDY, LARGEST_STUDY),
            ("seed", 0, 2**31 - 1),
            ("n_folds", 2, MOST_FOLDS),
            ("n_repeats", 1, MOST_REPEATS),
            ("n_permutations", 0, MOST_PERMUTATIONS),
            ("max_new_tokens", 0, MOST_NEW_TOKENS),
        ):
            _check_range(name, getattr(self, name), low, high)

    @property
    def probed(self) -> tuple[Site, ...]:
        """The sites, each once and in order."""
        return tuple(Site(name) for name in self.sites)


@dataclass(frozen=True)
class ProbeScoreRequest(Query[LayerTokenGrid]):
    """Score every layer and token of a text, or of ``token_ids``, by the probes of a study.

    Raises:
        BadRequest: as for ``InspectRequest``; or there is no such position, or no probe can be at
            that site.
    """

    model: str
    """Model whose activations are scored; under any name, it has the weights that were studied."""
    study: StudyId
    text: str = ""
    site: Site | None = None
    """The study's best site if None."""
    position: str = ""
    """Position whose probe scores every token; the study's best position if empty."""
    columns: Sequence[tuple[str, int | None]] = ()
    """Named positions, and the token that bears each; None where there is none. The map then has
    these columns in place of all tokens, and each is scored by its own position's probe."""
    special_tokens: bool = True
    token_ids: Sequence[int] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "token_ids", check_subject(self))
        object.__setattr__(self, "columns", tuple(tuple(column) for column in self.columns))
        if self.site is not None:
            object.__setattr__(self, "site", _site(self.site))
        for name in (*([self.position] if self.position else ()), *(c[0] for c in self.columns)):
            if name not in NAMED_POSITIONS:
                known = ", ".join(NAMED_POSITIONS)
                raise BadRequest(f"There is no position {name!r}. There are: {known}.")

    def depends_on(self) -> tuple[Lookup[str], ...]:
        return (StudyHash(self.study),)


@dataclass(frozen=True)
class StudyHash(Lookup[str]):
    """Tells a study from all others, also from one that had its id before."""

    study: StudyId


@dataclass(frozen=True)
class DatasetsRequest(Lookup[tuple[DatasetPreview, ...]]):
    """The data sets that can be studied: the built-in ones first, then what was uploaded."""


@dataclass(frozen=True)
class UploadDataset(Command[DatasetPreview]):
    """Look at a file, and keep it if it can be used; nothing runs."""

    filename: str
    blob: BlobId
    mapping: ColumnMapping | None = None


@dataclass(frozen=True)
class JobsRequest(Lookup[tuple[JobStatus[StudyRequest], ...]]):
    """The studies that wait, run or have lately ended, the newest first."""


@dataclass(frozen=True)
class RenameStudy(Command[None]):
    """Name a finished study; an empty name gives it its first one again."""

    study: StudyId
    name: str


@dataclass(frozen=True)
class DeleteStudy(Command[None]):
    """Delete a finished study; for ten minutes it can be restored."""

    study: StudyId


@dataclass(frozen=True)
class RestoreStudy(Command[None]):
    """Restore a study that was deleted less than ten minutes ago."""

    study: StudyId


@dataclass(frozen=True)
class ExportStudy(Command[BlobId]):
    """A study's folder as the bytes of one zip file, with a checksum of every file in it."""

    study: StudyId


def _site(name: Any) -> Site:
    if name not in PROBE_SITES:
        known = ", ".join(PROBE_SITES)
        raise BadRequest(f"Probes are fitted at {known}; {name!r} is none of these.")
    return Site(name)


def _check_range(name: str, value: object, low: int, high: int) -> None:
    if type(value) is not int or not low <= value <= high:
        said = name.removeprefix("n_").replace("_", " ")
        raise BadRequest(
            f"The {said} of a study is a whole number from {low:,} to {high:,}; this is {value!r}."
        )
