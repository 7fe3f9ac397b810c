"""Records one forward pass: what enters and what leaves every module.

Two vectors are the same place in a model if they are equal bit for bit, so every value has a key.
"""

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from model_backend.models.discovery.parts import call_options

MOST_NUMBERS = 2**24
"""Tensors larger than this are not kept."""


@dataclass(frozen=True, eq=False)
class Value:
    """A tensor as rows of vectors, on the CPU, in its own dtype."""

    rows: Tensor
    key: bytes


@dataclass(frozen=True, eq=False)
class Call:
    """One call of one module; ``start`` and ``end`` order all calls of a pass."""

    path: str
    module: nn.Module
    start: int
    end: int
    entering: Value | None
    leaving: Value | None
    n_items: int
    """Number of items returned; 0 if it is a tensor alone."""
    weights_item: int | None
    """Index of attention weights among them, if there are any."""
    weights_sum: float | None
    """Mean over heads and tokens of the sums of those weights; below 1 where a sink takes some."""


@dataclass(frozen=True, eq=False)
class Recording:
    """Every call of one pass, in the order in which they began, so the outermost first."""

    n_tokens: int
    calls: tuple[Call, ...]
    logits: Tensor

    def inside(self, block: Call) -> list[Call]:
        """Calls made within another call, without itself."""
        return [call for call in self.calls if block.start < call.start < block.end]

    def of(self, module: nn.Module) -> Call | None:
        """Last call of a module."""
        return next((call for call in reversed(self.calls) if call.module is module), None)


def rows_of(call: Call) -> Tensor:
    """Vectors that a call left."""
    assert call.leaving is not None
    return call.leaving.rows


def entering(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Tensor | None:
    """The stream among the arguments of a call: the first tensor of numbers."""
    given = (*args, kwargs.get("hidden_states"), *kwargs.values())
    return next((one for one in given if _is_numbers(one)), None)


def leaving(output: Any) -> Tensor | None:
    """The stream in what a module returns: the tensor, or the first of several."""
    first = output
    if isinstance(output, dict):
        first = next(iter(output.values()), None)
    elif isinstance(output, tuple | list) and output:
        first = output[0]
    return first if _is_numbers(first) else None


def record(model: nn.Module, input_ids: Tensor) -> Recording:
    """Run the whole model over some tokens, with hooks on every module that are gone after it."""
    recorder = _Recorder(input_ids.numel())
    with ExitStack() as stack, torch.inference_mode():
        for path, module in model.named_modules():
            for hook in recorder.hooks(path, module):
                stack.callback(hook.remove)
        output = model(input_ids=input_ids[None], **call_options(model))
    calls = tuple(sorted(recorder.calls, key=lambda call: call.start))
    return Recording(input_ids.numel(), calls, logits_of(output))


def logits_of(output: Any) -> Tensor:
    """Logits of a model's output as token x vocabulary; last states in an encoder."""
    logits = getattr(output, "logits", None)
    return flat(output[0] if logits is None else logits).float().cpu()


def flat(tensor: Tensor) -> Tensor:
    """Rows of vectors."""
    return tensor.detach().reshape(-1, tensor.shape[-1])


class _Recorder:
    def __init__(self, n_tokens: int) -> None:
        self.calls: list[Call] = []
        self._n_tokens = n_tokens
        self._clock = 0
        self._open: dict[nn.Module, list[tuple[int, Value | None]]] = {}

    def hooks(self, path: str, module: nn.Module) -> Iterator[Any]:
        def before(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
            seen = (self._tick(), self._value(entering(args, kwargs)))
            self._open.setdefault(module, []).append(seen)

        def after(_: nn.Module, args: tuple[Any, ...], output: Any) -> None:
            start, value = self._open[module].pop()
            several = list(output.values()) if isinstance(output, dict) else output
            items = list(several) if isinstance(several, tuple | list) else []
            left = self._value(leaving(output))
            item = self._weights_item(items)
            share = None if item is None else float(items[item].float().sum(-1).mean())
            self.calls.append(
                Call(path, module, start, self._tick(), value, left, len(items), item, share)
            )

        yield module.register_forward_pre_hook(before, with_kwargs=True)
        yield module.register_forward_hook(after)

    def _tick(self) -> int:
        self._clock += 1
        return self._clock

    def _value(self, tensor: Tensor | None) -> Value | None:
        if tensor is None or not 0 < tensor.numel() <= MOST_NUMBERS or tensor.dim() < 2:
            return None
        rows = flat(tensor).to("cpu", copy=True).contiguous()
        digest = hashlib.blake2b(repr(rows.shape).encode(), digest_size=16)
        digest.update(rows.view(torch.uint8).numpy().data)
        return Value(rows, digest.digest())

    def _weights_item(self, items: list[Any]) -> int | None:
        """The first item, after the stream, that can be weights of every token to every token."""
        for index, item in enumerate(items[1:], start=1):
            if _is_numbers(item) and item.dim() == 4 and item.shape[-2:] == (self._n_tokens,) * 2:
                sums = item.float().sum(-1)
                if (item >= 0).all() and (sums <= 1.01).all() and (sums > 0).any():
                    return index
        return None


def _is_numbers(value: Any) -> bool:
    return isinstance(value, Tensor) and value.is_floating_point() and value.dim() >= 2
