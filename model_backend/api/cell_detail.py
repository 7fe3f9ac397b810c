"""An opened cell: what the model would say there, and what the layer did at that position."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from jaxtyping import Float

from model_backend.api.errors import BadRequest
from model_backend.api.maps.measures import Measure
from model_backend.api.maps.sites import Site
from model_backend.api.requests import Query
from model_backend.api.validation import check_subject

LAST_ROW = -1
"""Stands for the last row of a map."""


class CellPart(StrEnum):
    """The parts of an opened cell that some cells have not."""

    PREDICTIONS = "predictions"
    WHOLE_PATHS = "whole paths"
    """The paths of predictions through layers where nothing is known of them."""
    ATTENTION = "attention"
    WRITES = "writes"
    TOKENS_MOVED = "tokens moved"
    """The tokens that a write promotes and suppresses."""
    NEURONS = "neurons"


@dataclass(frozen=True)
class Prediction:
    """A possible next token and its probability."""

    token_id: int
    text: str
    probability: float


@dataclass(frozen=True)
class TokenShift:
    """A token whose logit a write moves, read by itself through final norm and unembedding."""

    token_id: int
    text: str
    logit: float
    """Logit above the mean over all tokens; 1 makes the token *e* times as likely as the mean."""


@dataclass(frozen=True)
class Write:
    """Vector that attention or the MLP of one layer added to the stream at one position."""

    site: Site
    """``attn_out`` or ``mlp_out``."""
    norm: float
    cosine: float
    """To the stream that it was added to; NaN where either is zero."""
    promoted: tuple[TokenShift, ...] = ()
    """The tokens it speaks for most, most moved first."""
    suppressed: tuple[TokenShift, ...] = ()
    """The tokens it speaks against most, most moved first."""


@dataclass(frozen=True)
class Neuron:
    """A number that enters the MLP's down projection."""

    index: int
    value: float


@dataclass(frozen=True, eq=False)
class CellDetail:
    """One cell, opened: its likeliest next tokens, what every other row makes of them, and what
    the layer did at this position.

    A part that this cell lacks, such as the writes of row 0, is empty, and ``absent`` says why.
    """

    row: int
    position: int
    token_id: int
    token_text: str
    predictions: tuple[Prediction, ...]
    paths: Float[np.ndarray, "row prediction"]
    """Probability of each of ``predictions`` at every row of this position, by the logit lens;
    NaN where it is not known, which ``absent`` then explains."""
    next_token: Prediction | None
    """The token that follows, with its probability in this cell; None at the last position, and
    where that is not known."""
    next_token_rank: int | None
    layer_labels: tuple[str, ...] = ()
    values: Mapping[Measure, float] = field(default_factory=dict)
    """Every measure of this cell, at the first of its sites."""
    values_at: Mapping[Site, Mapping[Measure, float]] = field(default_factory=dict)
    """The same measures at their other sites."""
    chosen: tuple[Prediction, ...] = ()
    """The tokens that measures with arguments name, each with its probability in this cell."""
    chosen_paths: Float[np.ndarray, "row chosen"] | None = None
    """Probability of each of ``chosen`` at every row of this position; None where there is none."""
    token_labels: tuple[str, ...] = ()
    """Every token of the text: the columns of both attention maps."""
    attention_from: Float[np.ndarray, "head token"] | None = None
    """Attention of this position to each token at this layer; each head sums to 1. NaN where it
    cannot attend because that token comes later."""
    attention_to: Float[np.ndarray, "head token"] | None = None
    """Attention of each token to this position, itself included; NaN for earlier tokens."""
    writes: tuple[Write, ...] = ()
    neurons: tuple[Neuron, ...] = ()
    """Those of largest absolute value, largest first."""
    absent: Mapping[CellPart, str] = field(default_factory=dict)
    """Reason why a part is empty, in a sentence."""


@dataclass(frozen=True, eq=False)
class Attribution:
    """The two tokens at every row of a position, and what each layer wrote for their difference.

    ``embedding + attention.sum() + mlp.sum() + rest`` is ``difference[row]``. The final norm's
    scale is held at that of the stream at ``row``, so that what was written adds up.
    """

    position: int
    row: int
    layer_labels: tuple[str, ...]
    token: Prediction
    """The first token, with its probability at ``row``."""
    other: Prediction
    chances: Float[np.ndarray, "row 2"]
    """Probability of both tokens at every row."""
    difference: Float[np.ndarray, " row"]
    """Logit of the first less that of the other at every row, each with its own scale."""
    embedding: float
    attention: Float[np.ndarray, " layer"]
    """Parts of the difference at ``row``; a layer above it wrote nothing for it."""
    mlp: Float[np.ndarray, " layer"]
    rest: float
    """The difference that nothing written explains: biases of norm and output matrix, a soft cap,
    and rounding."""
    why_no_parts: str = ""
    """Reason why there are no parts, in a sentence; they are then 0, and all is the rest."""


@dataclass(frozen=True)
class AttributionRequest(Query[Attribution]):
    """Split the logit difference of two tokens at one position into what each layer wrote.

    Raises:
        BadRequest: as for ``InspectRequest``, or a number is not whole, or both tokens are one.
    """

    model: str
    position: int
    token: int
    other: int | None = None
    """None takes the token that is likeliest at the last layer, or the second if that is
    ``token``."""
    text: str = ""
    special_tokens: bool = True
    token_ids: Sequence[int] = ()
    row: int = LAST_ROW
    """The row whose difference is split; by default the last."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "token_ids", check_subject(self))
        numbers = (self.position, self.token, self.token if self.other is None else self.other)
        if any(type(number) is not int or number < 0 for number in numbers):
            raise BadRequest("Positions and tokens are whole numbers from 0.")
        if type(self.row) is not int or self.row < LAST_ROW:
            raise BadRequest("A row is a whole number from 0.")
        if self.token == self.other:
            raise BadRequest("Both tokens are the same. Choose another one.")
