"""A model in memory with its tokenizer and locks; imports no torch itself."""

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
    """Takes the progress of a load: a few words, and the finished share from 0 to 1.

    Raises:
        LoadingCancelled: the load was cancelled.
    """

    def __call__(self, message: str, progress: float | None = None, /) -> None: ...


@dataclass(frozen=True, eq=False)
class LoadContext:
    """Services that a load needs from the backend that runs it."""

    exclusive_load: Callable[[], AbstractContextManager[Any]] = nullcontext
    """Locks out other loads while a model is built, because transformers patches torch then."""
    all_models_idle: Callable[[], AbstractContextManager[Any]] = nullcontext
    """Waits until no model runs, and lets none run meanwhile."""
    evict: Callable[[], bool] = lambda: False
    """Drops the least recently used model; False if no model is loaded."""
    evictable_bytes: Callable[[], int] = lambda: 0
    """Bytes that would be free after evicting every loaded model."""


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A model in memory, its tokenizer, its card and its locks."""

    card: ModelCard
    model: Any
    tokenizer: Any
    unembed: Any
    tokenizer_hash: str
    n_bytes: int = 0
    """Memory of the weights in bytes."""
    running: Any = field(default_factory=FairLock)
    """Lock held during a forward pass, so that each model runs one at a time."""
    tokenizing: Any = field(default_factory=threading.Lock)
    """Lock held while the tokenizer runs; two threads may not use it at once."""

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
