"""A model in memory, as the parts of this package hand it on; imports no torch itself."""

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from model_backend.api.door import ModelCard
from model_backend.api.errors import BadRequest
from model_backend.sharing.fair_lock import FairLock


@runtime_checkable
class Report(Protocol):
    """Is told, in a few words, what is being done, and how much of it is done, from 0 to 1.

    Raises:
        LoadingCancelled: somebody called the load off.
    """

    def __call__(self, message: str, progress: float | None = None, /) -> None: ...


@dataclass(frozen=True, eq=False)
class Host:
    """What a load may ask of the place in which it happens."""

    alone: Callable[[], AbstractContextManager[Any]] = nullcontext
    """Holds off other loads while a model is built: transformers patches torch meanwhile."""
    quiet: Callable[[], AbstractContextManager[Any]] = nullcontext
    """Lets no model run meanwhile."""
    evict: Callable[[], bool] = lambda: False
    """Drops the model that was used longest ago; False when there is none to drop."""
    evictable_bytes: Callable[[], int] = lambda: 0
    """How much memory evicting would free in all."""


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A model and its tokenizer in memory, with what is known of them."""

    card: ModelCard
    model: Any
    tokenizer: Any
    unembed: Any
    tokenizer_hash: str
    n_bytes: int = 0
    """How much memory its weights take."""
    running: Any = field(default_factory=FairLock)
    """A lock held during a forward pass: one at a time for each model."""
    tokenizing: Any = field(default_factory=threading.Lock)
    """A lock held while the tokenizer works, which two threads cannot use at once."""

    def check_ids(self, token_ids: Sequence[int]) -> None:
        """See that the model has a row for every token that its tokenizer made.

        On a GPU an id beyond the last row stops every later request of the process.

        Raises:
            BadRequest: the tokenizer and the model do not belong together.
        """
        rows = self.card.vocabulary_size or 0
        if (largest := max(token_ids, default=-1)) >= rows:
            raise BadRequest(
                f"The tokenizer gives token id {largest}, and {self.card.name} knows ids up to "
                f"{rows - 1}: they do not belong together."
            )
