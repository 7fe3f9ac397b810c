"""An opened cell: what the model would say there, and what the layer did at that position."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from jaxtyping import Float

from model_backend.api.measures import Measure
from model_backend.api.sites import Site


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
