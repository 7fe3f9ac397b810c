"""READ FIRST: the questions that can be asked of a backend, and the answers it gives.

A request is small, frozen and made of JSON values; equal requests have equal results, so a request
is also what the browser keeps. A result is frozen and holds NumPy arrays and strings, never torch
tensors.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float, Int

from model_backend.api.cell_detail import CellDetail
from model_backend.api.clients import Counts, Waiting
from model_backend.api.errors import BadRequest
from model_backend.api.grid import LayerTokenGrid
from model_backend.api.measures import SITES, Measure
from model_backend.api.questions import (
    Answer,
    AnswerId,
    AnswerProgress,
    Generated,
    QuestionRequest,
)
from model_backend.api.sites import Site
from model_backend.api.study_requests import ProbeScoreRequest
from model_backend.api.study_service import StudyService
from model_backend.api.validation import check_subject


class ModelState(StrEnum):
    """Where a model of the catalogue stands."""

    NOT_LOADED = "not loaded"
    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True)
class ModelCard:
    """What is known of one model of the catalogue; sizes are None until it has been loaded."""

    name: str
    state: ModelState = ModelState.NOT_LOADED
    message: str = ""
    """What it is doing while it loads; why it failed when it did; else empty."""
    progress: float | None = None
    """While it loads: how much of what ``message`` speaks of is done, from 0 to 1, if known."""
    family: str | None = None
    n_layers: int | None = None
    hidden_size: int | None = None
    vocabulary_size: int | None = None
    max_tokens: int | None = None
    """The longest text it takes here: its context, or the operator's limit if that is smaller."""
    revision: str | None = None
    dtype: str | None = None
    note: str = ""
    """A word about the model, from the catalogue."""


@dataclass(frozen=True)
class InspectRequest:
    """What does every layer of ``model`` do with every token of ``text``, or of ``token_ids``?

    Raises:
        BadRequest: the text is empty, blank, not text, far too long, or not valid Unicode.
    """

    model: str
    text: str = ""
    special_tokens: bool = True
    """Whether a special token's string in the text, such as ``</s>``, is read as that token."""
    attention: bool = False
    """Whether attention is measured too. Its weights are then computed (eager attention), which
    takes longer, and memory for heads x tokens x tokens of one layer at a time."""
    token_ids: Sequence[int] = ()
    """The tokens themselves, in place of a text: those of an answer as it was generated."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "token_ids", check_subject(self, self.attention))


@dataclass(frozen=True)
class CellRequest:
    """What is in one cell of an inspection: ``row`` 0 is the embedding.

    Raises:
        BadRequest: as for ``InspectRequest``, or the row or position is not a whole number from 0.
    """

    model: str
    text: str
    row: int
    position: int
    special_tokens: bool = True
    attention: bool = False
    """As in the inspection. A cell shows its own layer's attention either way; with it, its
    numbers come from the same forward pass as the map's."""
    token_ids: Sequence[int] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "token_ids", check_subject(self, self.attention))
        for name, value in (("row", self.row), ("position", self.position)):
            if type(value) is not int or value < 0:
                raise BadRequest(
                    f"The {name} of a cell is a whole number from 0; this is {value!r}."
                )

    @property
    def inspect(self) -> InspectRequest:
        """The inspection that this cell belongs to."""
        options = (self.special_tokens, self.attention)
        return InspectRequest(self.model, self.text, *options, self.token_ids)


@dataclass(frozen=True)
class Unavailable:
    """A measure that an inspection has not, and why."""

    measure: Measure
    reason: str
    """A sentence for people."""
    site: Site | None = None
    """The one site at which it is absent; None where it is absent altogether."""


@dataclass(frozen=True, eq=False)
class Inspection:
    """One forward pass over a text, measured at every row and token position.

    ``grid`` finds a measure at a site; ``why_absent`` says why there is none.
    """

    model: str
    revision: str
    dtype: str
    token_ids: Int[np.ndarray, " token"]
    is_special: Bool[np.ndarray, " token"]
    """Which tokens are special ones (beginning of text and the like), not text."""
    is_sink: Bool[np.ndarray, " token"]
    """Positions of massive activations, left out when a colour range is found."""
    grids: Mapping[Measure, LayerTokenGrid]
    """Every measure there is, at the first of its ``SITES``."""
    top_ids: Int[np.ndarray, "row token k"]
    """The likeliest next tokens of every cell by the logit lens at ``resid_post``, likeliest
    first; ``k`` is 0 for a model without a causal unembedding."""
    top_probs: Float[np.ndarray, "row token k"]
    grids_at: Mapping[Site, Mapping[Measure, LayerTokenGrid]] = field(default_factory=dict)
    """The same measures at their other sites, but for ``resid_pre``: ask ``grid`` for any."""
    absences: tuple[Unavailable, ...] = ()

    def grid(self, measure: Measure, site: Site | None = None) -> LayerTokenGrid:
        """A measure at one of its sites, at its first if none is named.

        Raises:
            BadRequest: there is no such grid; the text says why.
        """
        found = find_grid(self.grids, self.grids_at, measure, site)
        if found is None:
            raise BadRequest(self.why_absent(measure, site) or f"There is no {measure} here.")
        return found

    def why_absent(self, measure: Measure, site: Site | None = None) -> str | None:
        """Why there is no such grid, in a sentence; None where there is one."""
        if find_grid(self.grids, self.grids_at, measure, site) is not None:
            return None
        said = {(absence.measure, absence.site): absence.reason for absence in self.absences}
        other = f"There is no {measure} at {site}." if site else f"There is no {measure} here."
        return said.get((measure, None)) or said.get((measure, site)) or other


@runtime_checkable
class Backend(StudyService, Protocol):
    """Answers requests about the models of one catalogue; where they run is its own affair."""

    def models(self) -> tuple[ModelCard, ...]:
        """The catalogue as it stands now, the default model first; answers at once."""
        ...

    def load(self, model: str) -> None:
        """Begin to load a model, if that has not begun; returns at once."""
        ...

    def cancel_load(self, model: str) -> None:
        """Call off the loading of a model, if it is loading; who waits for it is told."""
        ...

    def vocabulary(self, model: str) -> tuple[str, ...]:
        """The text of every token id on its own, in order of id."""
        ...

    def waiting(self) -> Waiting | None:
        """Where the page that asks stands in line; None when it waits for no turn."""
        ...

    def give_up(self) -> None:
        """The page that asks closes or has had enough: drop what only it waits for."""
        ...

    def counts(self) -> Counts:
        """What has been done so far."""
        ...

    def fingerprint(
        self, request: InspectRequest | CellRequest | QuestionRequest | ProbeScoreRequest
    ) -> str:
        """Everything the result depends on: token ids, revision, tokenizer, dtype, options."""
        ...

    def inspect(self, request: InspectRequest) -> Inspection:
        """Run the model over a text and measure every cell."""
        ...

    def cell(self, request: CellRequest) -> CellDetail:
        """Open one cell of an inspection."""
        ...

    def probe_scores(self, request: ProbeScoreRequest) -> LayerTokenGrid:
        """P(correct) of every layer and column of a text, by the probes of a finished study."""
        ...

    def generate(self, request: QuestionRequest) -> Generated:
        """Have a model answer, and wait for the whole answer."""
        ...

    def answer(self, request: QuestionRequest) -> Answer:
        """Read an answer, generated first if its tokens are not in the request."""
        ...

    def start_answer(self, request: QuestionRequest) -> AnswerId:
        """Have a model begin to answer; returns at once. Ends by itself if nobody follows it."""
        ...

    def answer_progress(self, answer: AnswerId) -> AnswerProgress:
        """How far an answer has come."""
        ...

    def stop_answer(self, answer: AnswerId) -> None:
        """End an answer where it is; one that has ended stays as it is."""
        ...


def find_grid(
    grids: Mapping[Measure, LayerTokenGrid],
    grids_at: Mapping[Site, Mapping[Measure, LayerTokenGrid]],
    measure: Measure,
    site: Site | None,
) -> LayerTokenGrid | None:
    """A measure at a site.

    What a block reads is what the block before it left: the grid at ``resid_pre`` is that at
    ``resid_post``, one row further up.
    """
    sites = SITES[measure]
    if site is None or site in sites[:1]:
        return grids.get(measure)
    if site is Site.RESID_PRE and site in sites and measure in grids:
        after = grids[measure]
        values = np.full_like(after.values, np.nan)
        values[1:] = after.values[:-1]
        return replace(after, values=values, site=site.value)
    return grids_at.get(site, {}).get(measure)
