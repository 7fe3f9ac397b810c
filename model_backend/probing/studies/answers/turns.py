"""Leaves a model to waiting requests within a study's forward passes, before each part of a block.

A pass over a shard may take half a minute on a processor, and a map beside it a tenth of a second.
Passes of other threads see none of a study's hooks, and have removed their own when they end.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor

from model_backend.models.architecture import locate
from model_backend.models.loaded import LoadedModel

Take = Callable[[Tensor], None]


@contextmanager
def exclusive_model(loaded: LoadedModel, runs: Any = None) -> Iterator[Callable[[], None]]:
    """Lock a model; a waiting request gets it before each part of a block that this thread runs.

    The yielded function, too, lets waiting requests run and locks the model again.

    Args:
        runs: the model that this thread runs; the locked one if None.
    """
    lock, own_thread = loaded.running, threading.get_ident()

    def yield_turn() -> None:
        lock.__exit__(None, None, None)
        lock.__enter__()

    def before_part(*_: Any) -> None:
        if threading.get_ident() == own_thread:
            yield_turn()

    with lock:
        blocks = locate(loaded.model if runs is None else runs).blocks
        parts = [part for block in blocks for part in (block, *block.children())]
        hooks = [part.register_forward_pre_hook(before_part) for part in parts]
        try:
            yield yield_turn
        finally:
            for hook in hooks:
                hook.remove()


def in_this_thread(take: Take) -> Take:
    """The same function, for a hook that another thread's passes must not call."""
    own_thread = threading.get_ident()

    def take_own(vectors: Tensor) -> None:
        if threading.get_ident() == own_thread:
            take(vectors)

    return take_own
