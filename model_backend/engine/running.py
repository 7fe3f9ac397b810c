"""Runs a model: one forward pass at a time, and errors of the model's code become sentences."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from model_backend.api.errors import BackendError
from model_backend.models.loaded import LoadedModel
from model_backend.sharing.progress import check_wanted

logger = logging.getLogger(__name__)


_held: ContextVar[Any] = ContextVar("held", default=None)
"""Lock of the model that the present thread holds."""


@contextmanager
def running(loaded: LoadedModel, n_tokens: int) -> Iterator[None]:
    """Hold the model for one forward pass, or for several between which ``give_way`` is called.

    Raises:
        BackendError: the model's code failed; the text says over how many tokens.
    """
    with loaded.running:
        token = _held.set(loaded.running)
        try:
            yield
        except BackendError:
            raise
        except Exception as error:  # the model's code is not ours, and neither are its errors
            logger.exception("%s failed over %d tokens.", loaded.card.name, n_tokens)
            raise BackendError(_in_words(error, loaded.card.name, n_tokens)) from error
        finally:
            _held.reset(token)


def give_way() -> None:
    """Let waiting requests have the model that this thread holds, if there are any.

    No hook of this thread may be on the model then: others would be heard by it.

    Raises:
        CalledOff: nobody waits any more for what this thread computes.
    """
    check_wanted()
    lock = _held.get()
    if lock is not None:
        lock.__exit__(None, None, None)
        lock.__enter__()


def _in_words(error: Exception, name: str, n_tokens: int) -> str:
    if isinstance(error, MemoryError) or "memory" in str(error):
        return f"There is not enough memory for {n_tokens:,} tokens in {name}. Shorten the text."
    reason = str(error).strip().splitlines()[:1]
    return f"{name} failed over this text: {type(error).__name__} {' '.join(reason)}"
