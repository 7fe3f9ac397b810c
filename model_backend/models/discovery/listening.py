"""Runs a model once and keeps what passes some of its parts, for the laws to compare."""

from collections.abc import Iterable
from contextlib import ExitStack
from typing import Any

import torch
from torch import Tensor, nn

from model_backend.models.discovery.parts import call_options
from model_backend.models.discovery.recording import entering, flat, leaving, logits_of


class Heard:
    """Input and output of each module that was listened to, as rows on the CPU."""

    def __init__(self) -> None:
        self.entered: dict[nn.Module, Tensor] = {}
        self.left: dict[nn.Module, Tensor] = {}
        self.logits = torch.empty(0)

    def listen(self, module: nn.Module) -> Iterable[Any]:
        """Hooks on a module; the caller removes them."""

        def before(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
            if (read := entering(args, kwargs)) is not None:
                self.entered[module] = flat(read).to("cpu", copy=True)

        def after(_: nn.Module, args: tuple[Any, ...], output: Any) -> None:
            if (left := leaving(output)) is not None:
                self.left[module] = flat(left).to("cpu", copy=True)

        yield module.register_forward_pre_hook(before, with_kwargs=True)
        yield module.register_forward_hook(after)


def hear(model: nn.Module, input_ids: Tensor, modules: Iterable[nn.Module] = ()) -> Heard:
    """Run a model, or its body, over some tokens and listen to some of its modules."""
    heard = Heard()
    with ExitStack() as stack, torch.inference_mode():
        for module in dict.fromkeys(modules):
            for hook in heard.listen(module):
                stack.callback(hook.remove)
        output = model(input_ids=input_ids[None], **call_options(model))
        heard.logits = logits_of(output)
    return heard
