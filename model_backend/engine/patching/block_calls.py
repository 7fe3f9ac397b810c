"""Blocks called one by one, with the very arguments with which their model calls them.

A model's body makes masks, positions and rotations once for a batch of sequences and hands them to
every block. They are recorded while the blocks are skipped, which costs next to nothing. Afterwards
any block runs on any states, from any row on, without the body.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from model_backend.models.architecture import Architecture

States = Float[Tensor, "sequence slot hidden"]


class BlockCalls:
    """The blocks of one model, for sequences of one shape."""

    def __init__(
        self, parts: Architecture, ids: Int[Tensor, "sequence slot"], **options: Any
    ) -> None:
        """Record how the body calls its blocks; ``options`` are arguments of the body."""
        self._blocks = parts.blocks
        self._cache = options.get("past_key_values")
        self._arguments: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
        with _recording(parts, self._arguments), torch.no_grad():
            parts.body(input_ids=ids.to(parts.weight.device), **{**parts.options, **options})

    def run(self, layer: int, states: States, cache: Any = None) -> States:
        """Output of the block that reads row ``layer``; ``cache`` replaces the recorded one."""
        args, kwargs = self._arguments[layer]
        if cache is not None:
            args = tuple(cache if one is self._cache else one for one in args)
            kwargs = {name: cache if one is self._cache else one for name, one in kwargs.items()}
        output = self._blocks[layer](states, *args, **kwargs)
        left: Tensor = output[0] if isinstance(output, tuple) else output
        return left


@contextmanager
def _recording(parts: Architecture, taken: list[Any]) -> Iterator[None]:
    """Have every block record its arguments and return what it reads."""
    with ExitStack() as stack:
        for block, length in zip(parts.blocks, parts.tuple_lengths, strict=True):
            stack.enter_context(_stand_in(block, taken, length))
        yield


@contextmanager
def _stand_in(block: nn.Module, taken: list[Any], length: int) -> Iterator[None]:
    before = block.__dict__.get("forward")

    def record(*args: Any, **kwargs: Any) -> Any:
        if args:
            states, *others = args
        else:
            states, others = kwargs.pop("hidden_states"), []
        taken.append((tuple(others), kwargs))
        return (states, *[None] * (length - 1)) if length else states

    block.forward = record
    try:
        yield
    finally:
        if before is None:
            del block.forward
        else:
            block.forward = before
