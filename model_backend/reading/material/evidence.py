"""Everything besides a map's own numbers that its reading may name; absent parts are not said."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from model_backend.reading.material.observations import Region


@dataclass(frozen=True, eq=False)
class Predictions:
    """The logit lens of every cell of a map, in the map's own rows and columns."""

    ids: Int[np.ndarray, "row token k"]
    """The likeliest next tokens, likeliest first."""
    probs: Float[np.ndarray, "row token k"]
    texts: Sequence[str]
    """The text of every token id."""
    next_probs: Float[np.ndarray, "row token"]
    """Probability of the token that follows; after the text, of the model's own choice."""
    next_ranks: Float[np.ndarray, "row token"]


@dataclass(frozen=True, eq=False)
class Evidence:
    """Further facts about the cells of a map."""

    predictions: Predictions | None = None
    chosen: tuple[str, ...] = ()
    """The texts of the tokens that the measure is of, in the order of its arguments."""
    norms: Float[np.ndarray, "row token"] | None = None
    """Length of the residual stream, which tells where sinks are."""
    received: Float[np.ndarray, "row token"] | None = None
    """Attention received; its first row is missing."""
    within_chance: Bool[np.ndarray, "row token"] | None = None
    """Cells that the map hatches, for chance reaches as high."""
    per_layer: bool = False
    """True if each layer is coloured against its own tokens."""
    in_view: Region | None = None
    """The part of the map that is on screen; None is all of it."""
    n_estimated: int = 0
    """Rows whose numbers are estimates that exact ones will replace."""
    ends_text: bool = True
    """True if the last column is the last token, behind which the model chooses freely."""
