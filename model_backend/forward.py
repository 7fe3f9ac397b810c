"""One forward pass over a text, and the residual stream that it leaves behind."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from model_backend.architecture import Architecture, locate
from model_backend.errors import UnsoundActivations
from model_backend.grid import layer_labels


@dataclass(frozen=True, eq=False)
class Trace:
    """What a forward pass leaves: row 0 is the embedding, row *i* the stream after block *i*."""

    residual: Float[Tensor, "row token hidden"]


def trace_forward(model: nn.Module, input_ids: Int[Tensor, " token"]) -> Trace:
    """Run the model once over the tokens and keep the residual stream, in the model's own dtype.

    The last row is what leaves the last block. Hugging Face's ``hidden_states[-1]`` is not: it has
    already passed the final norm.

    Raises:
        UnknownArchitecture: the model's family is not known.
        UnsoundActivations: some activation is not finite.
    """
    architecture = locate(model)
    with torch.inference_mode(), _kept_rows(architecture) as rows:
        device = next(model.parameters()).device
        architecture.trunk(input_ids=input_ids[None].to(device), use_cache=False)
        residual = torch.stack(rows)
    _check_finite(residual)
    return Trace(residual)


@contextmanager
def _kept_rows(architecture: Architecture) -> Iterator[list[Tensor]]:
    rows: list[Tensor] = []

    def keep_input(_: nn.Module, args: tuple, kwargs: dict) -> None:
        rows.append((args[0] if args else kwargs["hidden_states"])[0])

    def keep_output(_: nn.Module, args: tuple, output: Tensor | tuple) -> None:
        rows.append((output[0] if isinstance(output, tuple) else output)[0])

    hooks = [architecture.blocks[0].register_forward_pre_hook(keep_input, with_kwargs=True)]
    hooks += [block.register_forward_hook(keep_output) for block in architecture.blocks]
    try:
        yield rows
    finally:
        for hook in hooks:
            hook.remove()


def _check_finite(residual: Float[Tensor, "row token hidden"]) -> None:
    for row, label in zip(residual, layer_labels(len(residual) - 1), strict=True):
        if not torch.isfinite(row).all():
            raise UnsoundActivations(
                f"The activations are not finite from layer {label!r} on, in {residual.dtype}. "
                "Load the model in a wider dtype, such as float32 or bfloat16."
            )
