"""Tells which modules let tokens see each other: attention and what stands for it, but no MLP."""

from contextlib import ExitStack
from typing import Any

import torch
from torch import Tensor, nn

from model_backend.models.discovery.parts import call_options
from model_backend.models.discovery.recording import entering, flat, leaving


def mixing_modules(model: nn.Module, input_ids: Tensor, modules: list[nn.Module]) -> set[nn.Module]:
    """Those of some modules in which a change at the first token changes later ones."""
    mixing: set[nn.Module] = set()

    def after(module: nn.Module, args: tuple[Any, ...], kwargs: Any, output: Any) -> None:
        read, left = entering(args, kwargs), leaving(output)
        if read is None or left is None or _changes_later(module, args, kwargs, read, left):
            mixing.add(module)

    with ExitStack() as stack, torch.inference_mode():
        for module in dict.fromkeys(modules):
            hook = module.register_forward_hook(after, with_kwargs=True)
            stack.callback(hook.remove)
        model(input_ids=input_ids[None], **call_options(model))
    return mixing


def _changes_later(
    module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], read: Tensor, left: Tensor
) -> bool:
    changed = read.clone()
    flat(changed)[0] += 1 + flat(changed)[1]

    def swap(value: Any) -> Any:
        return changed if value is read else value

    try:
        options = {name: swap(value) for name, value in kwargs.items()}
        again = leaving(module.forward(*map(swap, args), **options))
    except Exception:  # code that cannot be run on its own is not a plain MLP
        return True
    return again is None or not torch.allclose(flat(again)[1:], flat(left)[1:], rtol=1e-3)
