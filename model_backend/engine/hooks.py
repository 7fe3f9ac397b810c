"""Hooks that read what enters or leaves a module, or stand in for it while something lasts."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from model_backend.models.discovery.recording import entering, leaving

Take = Callable[[Tensor], None]


def hook_input(module: nn.Module, take: Take) -> RemovableHandle:
    """Call ``take`` with the input of a module, as token x hidden, whenever it runs."""

    def hook(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        take(_tokens(entering(args, kwargs)))

    return module.register_forward_pre_hook(hook, with_kwargs=True)


def hook_output(module: nn.Module, take: Take) -> RemovableHandle:
    """Call ``take`` with the output of a module, as token x hidden; with its first part if it is a
    tuple.
    """

    def hook(_: nn.Module, args: tuple[Any, ...], output: Any) -> None:
        take(_tokens(leaving(output)))

    return module.register_forward_hook(hook)


def tap_attention(module: nn.Module, take: Take, item: int = 1) -> RemovableHandle:
    """Call ``take`` with the weights that eager attention returns, as head x token x token."""

    def hook(_: nn.Module, args: tuple[Any, ...], output: Any) -> None:
        if len(output) > item and output[item] is not None:
            take(output[item][0])

    return module.register_forward_hook(hook)


def _tokens(vectors: Tensor | None) -> Tensor:
    assert vectors is not None
    return vectors.reshape(-1, vectors.shape[-1])


@contextmanager
def replaced_forward(module: nn.Module, forward: Callable[..., Any]) -> Iterator[None]:
    """Call a function in place of a module's ``forward`` while this lasts."""
    before = module.__dict__.get("forward")
    module.forward = forward
    try:
        yield
    finally:
        if before is None:
            del module.forward
        else:
            module.forward = before
