"""Contents of a finished study: maps, intervals, references, examples, words; imports no torch.

Arrays over cells have a row for every layer (row 0 is the embedding, whatever the site) and a
column for every named position. What is missing is NaN.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from model_backend.api.door import BlobId
from model_backend.api.maps.grid import LayerTokenGrid, cell_frame
from model_backend.api.maps.sites import Site
from model_backend.api.requests import Command, Lookup
from model_backend.api.study_requests import StudyId, StudyRequest
from model_backend.api.study_tables import DroppedAnswer, ExampleTable, ProbeMap

if TYPE_CHECKING:
    import pandas


POOR_RECALL = 0.8
"""Recall of exact answers below which a study says so before anything else."""


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True)
class CellName:
    """A cell of a study's map."""

    site: Site
    row: int
    position: int

    def label(self, position: str) -> str:
        """The cell in words that name its position, as in ``Best.chosen``."""
        return f"{self.site} {self.row} {position}"


class ReferenceKind(StrEnum):
    """Kind of a reference beside the probe."""

    BASELINE = "baseline"
    """It needs no activations: probabilities, lengths, the model's own opinion."""
    CONTROL = "control"
    """It should find nothing, or only what has little to do with knowing."""


@dataclass(frozen=True)
class Reference:
    """A baseline or control, scored on the folds and the answers of the best cell."""

    name: str
    kind: ReferenceKind
    auc: Estimate
    difference: Estimate
    """Best probe minus this rival, paired over the same answers."""
    meaning: str
    """Explanation in a sentence."""


@dataclass(frozen=True)
class Best:
    """The best cell of a study, honestly."""

    cell: CellName
    naive: Estimate
    """AUC of the best cell of the map: too high, because it was chosen by this number."""
    nested: Estimate
    """AUC of cells chosen on the training folds and scored on answers not used for the choice."""
    chosen: Mapping[str, int]
    """Number of times each cell was chosen, by names such as ``resid_post 7 last_q``."""
    threshold: float
    """AUC that the best of all cells exceeds by chance in 5 % of studies with shuffled labels."""
    n_in_best_set: int
    n_cells: int


@dataclass(frozen=True)
class Extraction:
    """Methods that found the exact answers of a study, and their quality, over the answers used."""

    found_by: Mapping[str, int]
    """Number of answers by method, such as "found by the model"."""
    n_right: int
    """Answers labelled right."""
    n_held: int
    """Those of them whose exact answer holds a right answer."""
    recall: Estimate
    """``n_held`` of ``n_right``; NaN without right answers."""
    extra_words: float
    """Median number of words in these exact answers beside the right answer; NaN without any."""
    found_right: float
    """Share of right answers in which any exact answer was found."""
    found_wrong: float
    """Share of wrong answers in which any exact answer was found."""
    n_cut_off: int
    """Answers that ended at the limit of their length, dropped ones included."""

    @property
    def is_poor(self) -> bool:
        """True if maps at the exact answer show who answers briefly, not who is right."""
        return self.recall.value < POOR_RECALL


@dataclass(frozen=True)
class StudyCard:
    """Summary of a study for lists."""

    study: StudyId
    model: str
    revision: str
    dataset: str
    """The data set's name."""
    finished: str
    """UTC, as 2026-01-31 12:00."""
    sites: tuple[Site, ...]
    n_right: int
    n_wrong: int
    dropped: Mapping[str, int]
    """Answers that could not be used, by reason."""
    n_groups: int
    best: Best
    seconds: float
    headline: tuple[str, ...]
    """Findings that the study supports, in sentences; the first matters most."""
    is_imported: bool = False
    extraction: Extraction | None = None
    """None in a study that did not measure it."""
    name: str = ""
    """The name that somebody gave the study; empty if nobody did."""
    is_example: bool = False
    """True for a study that comes with the project."""
    answers_given: bool = False
    """True if the data set brought the answers, so that none was generated."""

    @property
    def n(self) -> int:
        return self.n_right + self.n_wrong


def no_folds() -> Int[np.ndarray, "repeat example"]:
    """The folds of a study that did not keep them."""
    return np.empty((0, 0), dtype=np.int8)


@dataclass(frozen=True, eq=False)
class ProbeStudy:
    """A finished study."""

    card: StudyCard
    request: StudyRequest
    layer_labels: tuple[str, ...]
    positions: tuple[str, ...]
    maps: Mapping[Site, ProbeMap]
    n: Int[np.ndarray, " position"]
    """Answers that have this position."""
    n_wrong: Int[np.ndarray, " position"]
    n_groups: Int[np.ndarray, " position"]
    baseline_names: tuple[str, ...]
    baseline_auc: Float[np.ndarray, "baseline position"]
    """On the answers that have this position, and on the probes' own folds."""
    references: tuple[Reference, ...]
    """Baselines and controls beside the best cell, strongest first."""
    examples: ExampleTable
    provenance: Mapping[str, str] = field(default_factory=dict)
    """Model revision, dtype, hash of the data set, seeds, versions, seconds."""
    folds: Int[np.ndarray, "repeat example"] = field(default_factory=no_folds)
    """In which fold each answer was; no row in a study that did not keep it."""
    dropped: tuple[DroppedAnswer, ...] = ()
    """The answers that ``card.dropped`` counts; none in a study that did not keep them."""

    def grid(self, site: Site) -> LayerTokenGrid:
        """The AUC map of a site."""
        values = self.maps[site].auc
        name = f"probe AUC, {site}"
        return LayerTokenGrid(
            name, values, self.layer_labels, self.positions, "AUC", 0.5, named_columns=True
        )

    def to_pandas(self, site: Site) -> "pandas.DataFrame":
        """One line for every cell of a site's map: its AUC, and all that belongs to it."""
        sizes = {name: getattr(self, name).tolist() for name in ("n", "n_wrong", "n_groups")}
        columns = {"position": self.positions, **sizes}
        return cell_frame(self.layer_labels, columns, self.maps[site].cells)

    def best_baseline(self, position: int) -> str:
        """The name of the baseline that does best at a position; empty where there is none."""
        aucs = self.baseline_auc[:, position]
        return "" if np.isnan(aucs).all() else self.baseline_names[int(np.nanargmax(aucs))]


@dataclass(frozen=True)
class StudiesRequest(Lookup[tuple[StudyCard, ...]]):
    """The finished studies, the newest first."""


@dataclass(frozen=True)
class ReadStudy(Lookup[ProbeStudy]):
    """A finished study with all its numbers."""

    study: StudyId


@dataclass(frozen=True)
class ImportStudy(Command[StudyCard]):
    """Take in what ``ExportStudy`` gave, if nothing in it was changed."""

    blob: BlobId
