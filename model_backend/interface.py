"""READ FIRST: the questions that can be asked of a backend, and the answers it gives.

A request is small, frozen and made of JSON values; equal requests have equal results, so a request
is also what the browser keeps. A result is frozen and holds NumPy arrays and strings, never torch
tensors.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float, Int

from model_backend.errors import BadRequest
from model_backend.grid import LayerTokenGrid

MAX_CHARACTERS = 200_000
"""Longer texts are refused before they are tokenised."""


class Measure(StrEnum):
    """What one cell says; the value is the label that people see."""

    RESIDUAL_NORM = "residual norm"
    UPDATE_SIZE = "update size"
    COSINE_TO_PREVIOUS = "cosine to previous layer"
    COSINE_TO_FINAL = "cosine to final layer"
    LENS_CONFIDENCE = "lens confidence"
    LENS_ENTROPY = "lens entropy"
    LENS_KL = "lens KL to final"
    NEXT_TOKEN_PROBABILITY = "next-token probability"
    NEXT_TOKEN_RANK = "next-token rank"


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
    """What it is doing while it loads; why it failed when it did; else a word about the model."""
    family: str | None = None
    n_layers: int | None = None
    hidden_size: int | None = None
    vocabulary_size: int | None = None
    max_tokens: int | None = None
    """The longest text it takes here: its context, or the operator's limit if that is smaller."""
    revision: str | None = None
    dtype: str | None = None


@dataclass(frozen=True)
class InspectRequest:
    """What does every layer of ``model`` do with every token of ``text``?

    Raises:
        BadRequest: the text is empty, blank, not text, far too long, or not valid Unicode.
    """

    model: str
    text: str
    special_tokens: bool = True
    """Whether a special token's string in the text, such as ``</s>``, is read as that token."""

    def __post_init__(self) -> None:
        _check(self.model, self.text, self.special_tokens)


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

    def __post_init__(self) -> None:
        _check(self.model, self.text, self.special_tokens)
        for name, value in (("row", self.row), ("position", self.position)):
            if type(value) is not int or value < 0:
                raise BadRequest(
                    f"The {name} of a cell is a whole number from 0; this is {value!r}."
                )

    @property
    def inspect(self) -> InspectRequest:
        """The inspection that this cell belongs to."""
        return InspectRequest(self.model, self.text, self.special_tokens)


@dataclass(frozen=True, eq=False)
class Inspection:
    """One forward pass over a text, measured at every row and token position."""

    model: str
    revision: str
    dtype: str
    token_ids: Int[np.ndarray, " token"]
    is_special: Bool[np.ndarray, " token"]
    """Which tokens are special ones (beginning of text and the like), not text."""
    is_sink: Bool[np.ndarray, " token"]
    """Positions of massive activations, left out when a colour range is found."""
    grids: Mapping[Measure, LayerTokenGrid]
    top_ids: Int[np.ndarray, "row token k"]
    """The likeliest next tokens of every cell by the logit lens, likeliest first."""
    top_probs: Float[np.ndarray, "row token k"]


@dataclass(frozen=True)
class Prediction:
    """A possible next token and its probability."""

    token_id: int
    text: str
    probability: float


@dataclass(frozen=True, eq=False)
class CellDetail:
    """One cell, opened: its likeliest next tokens, and what every other row makes of them."""

    row: int
    position: int
    token_id: int
    token_text: str
    predictions: tuple[Prediction, ...]
    paths: Float[np.ndarray, "row prediction"]
    """Probability of each of ``predictions`` at every row of this position, by the logit lens."""
    next_token: Prediction | None
    """The token that follows, with its probability in this cell; None at the last position."""
    next_token_rank: int | None
    layer_labels: tuple[str, ...] = ()
    values: Mapping[Measure, float] = field(default_factory=dict)


@runtime_checkable
class Backend(Protocol):
    """Answers requests about the models of one catalogue; where they run is its own affair."""

    def models(self) -> tuple[ModelCard, ...]:
        """The catalogue as it stands now, the default model first; answers at once."""
        ...

    def load(self, model: str) -> None:
        """Begin to load a model, if that has not begun; returns at once."""
        ...

    def vocabulary(self, model: str) -> tuple[str, ...]:
        """The text of every token id on its own, in order of id."""
        ...

    def fingerprint(self, request: InspectRequest | CellRequest) -> str:
        """Everything the result depends on: token ids, revision, tokenizer, dtype, options."""
        ...

    def inspect(self, request: InspectRequest) -> Inspection:
        """Run the model over a text and measure every cell."""
        ...

    def cell(self, request: CellRequest) -> CellDetail:
        """Open one cell of an inspection."""
        ...


def _check(model: object, text: object, special_tokens: object) -> None:
    if not isinstance(model, str) or not isinstance(special_tokens, bool):
        raise BadRequest("A request names a model, and says yes or no to special tokens.")
    if not isinstance(text, str):
        raise BadRequest(f"The text must be text; this is {type(text).__name__}.")
    if not text.strip():
        raise BadRequest("There is no text yet. Type a sentence, then press Run.")
    if len(text) > MAX_CHARACTERS:
        raise BadRequest(
            f"The text has {len(text):,} characters; the limit is {MAX_CHARACTERS:,}. Shorten it."
        )
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise BadRequest(
            f"Character {error.start + 1} of the text is half of a surrogate pair "
            f"(U+{ord(text[error.start]):04X}), which is not valid Unicode. Delete it."
        ) from error
