"""One block of a model run again on the stream it has read, to look at what it did.

The blocks before and after it are stood in for: what it reads is in the residual stream already, so
one block costs what one block costs, however deep it lies.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from model_backend.engine.attention import eager_attention
from model_backend.engine.forward import run_base_model
from model_backend.engine.hooks import hook_input, hook_output, tap_attention
from model_backend.models.architecture import Architecture, locate


@dataclass(frozen=True, eq=False)
class Replay:
    """Vectors of one block at one position, and the attention weights of all positions."""

    weights: Float[Tensor, "head token source"] | None
    resid_pre: Float[Tensor, " hidden"]
    attn_out: Float[Tensor, " hidden"]
    mlp_out: Float[Tensor, " hidden"]
    resid_post: Float[Tensor, " hidden"]
    resid_mid: Float[Tensor, " hidden"] | None
    """None where the block has no such place."""
    neurons: Float[Tensor, " neuron"] | None
    """None where tokens have no neurons in common."""


def replay_block(
    model: nn.Module,
    input_ids: Int[Tensor, " token"],
    residual: Float[Tensor, "row token hidden"],
    *,
    layer: int,
    position: int,
    attention: bool = True,
) -> Replay:
    """Run the block that leaves row ``layer`` on the row before it.

    With ``attention`` it is eager, and its weights are kept.
    """
    parts = locate(model)
    seen: dict[str, Tensor] = {}
    hooks = _hooks(parts, layer - 1, position, seen)
    eager = eager_attention(parts.body.config) if attention else nullcontext()
    with eager, _only(parts, layer - 1, residual[layer - 1]):
        run_base_model(parts, input_ids, hooks)
    return Replay(
        weights=seen["weights"] if attention else None,
        resid_pre=residual[layer - 1, position],
        attn_out=seen["attn_out"] * parts.write_scale,
        mlp_out=seen["mlp_out"] * parts.write_scale,
        resid_post=residual[layer, position],
        resid_mid=seen.get("resid_mid"),
        neurons=seen.get("neurons"),
    )


def _hooks(
    parts: Architecture, index: int, position: int, seen: dict[str, Tensor]
) -> Iterator[RemovableHandle]:
    block, family = parts.blocks[index], parts.family

    def keep(name: str, vectors: Float[Tensor, "token hidden"]) -> None:
        seen[name] = vectors[position].clone()

    def keep_weights(weights: Float[Tensor, "head token source"]) -> None:
        seen["weights"] = weights

    yield tap_attention(block.get_submodule(family.attention), keep_weights)
    yield hook_output(block.get_submodule(family.attn_out), partial(keep, "attn_out"))
    yield hook_output(block.get_submodule(family.mlp_out), partial(keep, "mlp_out"))
    if parts.mid_inputs:
        yield hook_input(parts.mid_inputs[index], partial(keep, "resid_mid"))
    if parts.down_projections:
        yield hook_input(parts.down_projections[index], partial(keep, "neurons"))


@contextmanager
def _only(parts: Architecture, index: int, read: Float[Tensor, "token hidden"]) -> Iterator[None]:
    """Let only one block run, and let it find ``read``; all others return just that."""
    stand_in = read[None].clone()
    output = (stand_in, None) if parts.family.blocks_return_tuples else stand_in
    with ExitStack() as stack:
        for other, block in enumerate(parts.blocks):
            if other != index:
                stack.enter_context(_replace_output(block, output))
        yield


@contextmanager
def _replace_output(block: nn.Module, output: Any) -> Iterator[None]:
    """Let a block return what is given, and run nothing."""
    before = block.__dict__.get("forward")
    block.forward = lambda *_, **__: output
    try:
        yield
    finally:
        if before is None:
            del block.forward
        else:
            block.forward = before
