"""Patching: cells of one text put into another, and what follows for the answer.

Text A keeps its answer, text B is changed. A map is a query that is started and watched: its exact
rows come one after the other, and until then an estimate stands in their place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar

import numpy as np
from jaxtyping import Bool, Float

from model_backend.api.cell_detail import Prediction
from model_backend.api.errors import BadRequest
from model_backend.api.requests import Query
from model_backend.api.validation import (
    check_text,
    check_whole,
    read_pairs,
    read_positions,
)

MOST_CHARACTERS = 20_000
"""Limit for each text; the model's limit of tokens is checked later."""
MOST_ANSWER_CHARACTERS = 200
WIDEST_WINDOW = 99
SMALLEST_GAP: Mapping[str, float] = MappingProxyType(
    {"logit difference": 0.5, "probability": 0.02, "KL": 0.02}
)
"""Gaps below these are refused, by metric; in logits, in probability, in bits."""


class PatchSite(StrEnum):
    """The part of a block that is replaced."""

    RESID_POST = "resid_post"
    ATTN_OUT = "attn_out"
    MLP_OUT = "mlp_out"
    HEADS = "heads"
    """The output of one attention head, at all positions: the columns are heads."""


class PatchWay(StrEnum):
    """The replacement of a cell, and the text in which it is made."""

    DENOISING = "denoising"
    """A's cell in B's pass: what suffices to bring A's answer back?"""
    NOISING = "noising"
    """B's cell in A's pass: what is necessary for A's answer?"""
    GAUSSIAN = "noised tokens"
    """B is text A with Gaussian noise on the embeddings of chosen tokens; A's cells go into it."""
    ZERO = "zero"
    """A's own cell is set to zero."""
    MEAN = "mean"
    """A's own cell is set to the mean over the text's positions at that layer."""

    @property
    def needs_b(self) -> bool:
        """True if a second text is asked for."""
        return self in (PatchWay.DENOISING, PatchWay.NOISING)

    @property
    def is_knock_out(self) -> bool:
        """True if a cell is taken away, so that there is no gap to close."""
        return self in (PatchWay.ZERO, PatchWay.MEAN)


class PatchForm(StrEnum):
    """The form in which a model gets both texts."""

    TEXT = "text"
    """As they are, for the model to continue."""
    QUESTION = "question"
    """As questions, through the model's chat template, for the model to answer."""


class PatchMetric(StrEnum):
    """Number by which the answer is followed."""

    LOGIT_DIFFERENCE = "logit difference"
    PROBABILITY = "probability"
    KL = "KL"


@dataclass(frozen=True)
class PatchRequest(Query["PatchMap"]):
    """Patch every cell of a text, one at a time.

    Raises:
        BadRequest: a text is missing, blank or too long, or an option is out of its range.
    """

    model: str
    text_a: str
    text_b: str = ""
    answer_a: str = ""
    """The token that counts for A; empty for the likeliest next token of A."""
    answer_b: str = ""
    """The same for B; where there is no text B, the runner-up."""
    site: str = PatchSite.RESID_POST.value
    way: str = PatchWay.DENOISING.value
    metric: str = PatchMetric.LOGIT_DIFFERENCE.value
    window: int = 1
    """Layers that are patched together, around the layer of the row; odd."""
    pairs: Sequence[Sequence[int]] = ()
    """Position in A and position in B of every pair; empty for position with equal position."""
    noised: Sequence[int] = ()
    """Positions of A whose embeddings are noised."""
    seed: int = 0
    form: str = PatchForm.TEXT.value
    doing: ClassVar[str] = "Patching every cell"

    def __post_init__(self) -> None:
        _check_choices(self)
        _check_texts(self)
        check_whole("window of layers", self.window, 1, WIDEST_WINDOW)
        if self.window % 2 == 0:
            raise BadRequest(f"The window of layers is odd, such as {self.window + 1}.")
        check_whole("seed", self.seed, 0, 2**53)
        object.__setattr__(self, "pairs", read_pairs(self.pairs))
        object.__setattr__(self, "noised", tuple(sorted(set(read_positions(self.noised)))))
        if self.way == PatchWay.GAUSSIAN and not self.noised:
            raise BadRequest("Choose the tokens of text A that are noised.")


@dataclass(frozen=True)
class PatchSetupRequest(Query["PatchSetup"]):
    """Tokens, pairs, answers, the gap and the cost, before a map is made."""

    patch: PatchRequest

    @property
    def model(self) -> str:  # type: ignore[override]
        return self.patch.model


@dataclass(frozen=True)
class PatchCellRequest(Query["PatchCell"]):
    """Open one cell of a map; ``row`` and ``column`` are counted in the map."""

    patch: PatchRequest
    row: int
    column: int

    def __post_init__(self) -> None:
        check_whole("row of a cell", self.row, 0, 10**6)
        check_whole("column of a cell", self.column, 0, 10**6)

    @property
    def model(self) -> str:  # type: ignore[override]
        return self.patch.model


@dataclass(frozen=True)
class PatchAnswer:
    """A token that counts as an answer, as both texts predict it."""

    token_id: int
    text: str
    logit_a: float
    logit_b: float
    probability_a: float
    probability_b: float


@dataclass(frozen=True)
class PatchCost:
    """Cost of a map on this machine."""

    cells: int
    runs: int
    """Cells that are run; for the others the result is known without."""
    seconds: float
    bytes: int
    """Memory at the most, beside the model."""


@dataclass(frozen=True)
class PatchSetup:
    """Everything that is known of a map before it is made."""

    tokens_a: tuple[str, ...]
    tokens_b: tuple[str, ...]
    """Those of A where there is no text B."""
    pairs: tuple[tuple[int, int], ...]
    """Position in A, position in B; proposed where none were given and the counts differ."""
    differing: tuple[int, ...]
    """Indices of the pairs whose tokens differ, or are noised."""
    likeliest_a: tuple[Prediction, ...]
    likeliest_b: tuple[Prediction, ...]
    answers: tuple[PatchAnswer, ...]
    """A's answer, then B's."""
    metric_a: float
    metric_b: float
    unit: str
    cost: PatchCost
    problem: str = ""
    """Sentence on why no map can be made; empty if one can."""
    notes: tuple[str, ...] = ()

    @property
    def gap(self) -> float:
        """The difference that is brought back or taken away."""
        return self.metric_a - self.metric_b


@dataclass(frozen=True, eq=False)
class PatchMap:
    """The effect of every cell, as far as it is known."""

    model: str
    revision: str
    dtype: str
    setup: PatchSetup
    row_labels: tuple[str, ...]
    column_labels: tuple[str, ...]
    first_layer: int
    """The layer of the first row: 0 is the embedding."""
    effect: Float[np.ndarray, "row column"]
    """Exact effects; NaN where a row is not computed yet, or a column has no partner."""
    estimate: Float[np.ndarray, "row column"]
    """Effects by gradients; NaN where there is none."""
    is_exact: Bool[np.ndarray, " row"]
    metric: Float[np.ndarray, "row column"]
    """The metric with the cell patched."""
    logits: Float[np.ndarray, "row column answer"]
    probabilities: Float[np.ndarray, "row column answer"]
    no_estimate: str = ""
    """Reason why there is no estimate, in a sentence."""
    unit: str = ""
    """Unit of the effect; empty where it is a share of the gap."""

    @property
    def is_whole(self) -> bool:
        """True if every row is exact."""
        return bool(self.is_exact.all())

    @property
    def values(self) -> Float[np.ndarray, "row column"]:
        """The exact effect where it is known, else the estimate."""
        return np.where(self.is_exact[:, None], self.effect, self.estimate)

    @property
    def agreement(self) -> tuple[float, float]:
        """Correlation of estimate and exact effect, and their largest difference."""
        known = np.isfinite(self.effect) & np.isfinite(self.estimate)
        exact, estimated = self.effect[known], self.estimate[known]
        if exact.size < 2 or not exact.std() or not estimated.std():
            return float("nan"), float("nan")
        largest = float(np.abs(exact - estimated).max())
        return float(np.corrcoef(exact, estimated)[0, 1]), largest


@dataclass(frozen=True, eq=False)
class PatchCell:
    """One cell, opened: the likeliest next tokens with the cell patched, and without."""

    predictions: tuple[Prediction, ...]
    """With the cell patched, likeliest first."""
    before: tuple[Prediction, ...]
    """The same tokens without the patch."""
    likeliest_before: tuple[Prediction, ...]
    """The likeliest tokens without the patch."""


def _check_texts(request: PatchRequest) -> None:
    texts = {"text A": request.text_a, "text B": request.text_b}
    answers = {"answer of A": request.answer_a, "answer of B": request.answer_b}
    if not all(isinstance(one, str) for one in (request.model, *texts.values(), *answers.values())):
        raise BadRequest("The model, both texts and both answers must be text.")
    for name, text in texts.items():
        if not text.strip() and (name == "text A" or PatchWay(request.way).needs_b):
            raise BadRequest(f"There is no {name} yet. Type one, then press Run.")
        check_text(name, text, MOST_CHARACTERS)
    for name, text in answers.items():
        check_text(name, text, MOST_ANSWER_CHARACTERS)


def _check_choices(request: PatchRequest) -> None:
    chosen = {
        PatchSite: request.site,
        PatchWay: request.way,
        PatchMetric: request.metric,
        PatchForm: request.form,
    }
    for choices, value in chosen.items():
        if value not in list(choices):
            raise BadRequest(f"{value!r} is none of: {', '.join(choices)}.")
    if not PatchWay(request.way).needs_b:
        object.__setattr__(request, "text_b", "")
        object.__setattr__(request, "pairs", ())
    if request.way != PatchWay.GAUSSIAN:
        object.__setattr__(request, "noised", ())
        object.__setattr__(request, "seed", 0)
