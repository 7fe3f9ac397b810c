"""One block of a model run again on the stream it has read, to look at what it did.

The blocks before and after it are stood in for: what it reads is in the residual stream already, so
one block costs what one block costs, however deep it lies.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial

from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from model_backend.engine.attention import eager_attention
from model_backend.engine.forward import run_base_model
from model_backend.engine.hooks import hook_input, hook_output, replaced_forward, tap_attention
from model_backend.models.architecture import Architecture, locate
from model_backend.models.discovery.parts import in_block
from model_backend.models.discovery.tolerance import tolerance


@dataclass(frozen=True, eq=False)
class Replay:
    """Vectors of one block at one position, and the attention weights of all positions."""

    weights: Float[Tensor, "head token source"] | None
    resid_pre: Float[Tensor, " hidden"]
    attn_out: Float[Tensor, " hidden"] | None
    mlp_out: Float[Tensor, " hidden"] | None
    """None where the block has no such write."""
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
    eager = eager_attention(parts.body.config) if attention else nullcontext()
    alone = _only(parts, layer - 1, residual[layer - 1])
    with eager, alone:
        seen = _run(parts, input_ids, layer - 1, position)
    if not _is_same(seen["made"], residual[layer]):
        # Some blocks read what others left elsewhere than in the stream, such as keys and values.
        eager = eager_attention(parts.body.config) if attention else nullcontext()
        with eager:
            seen = _run(parts, input_ids, layer - 1, position)
    return Replay(
        weights=seen.get("weights") if attention else None,
        resid_pre=residual[layer - 1, position],
        attn_out=_scaled(seen.get("attn_out"), parts),
        mlp_out=_scaled(seen.get("mlp_out"), parts),
        resid_post=residual[layer, position],
        resid_mid=seen.get("resid_mid"),
        neurons=seen.get("neurons"),
    )


def _run(
    parts: Architecture, input_ids: Int[Tensor, " token"], index: int, position: int
) -> dict[str, Tensor]:
    """Vectors that pass one block; under ``made`` its output at every position."""
    seen: dict[str, Tensor] = {}

    def keep(vectors: Float[Tensor, "token hidden"]) -> None:
        seen["made"] = vectors

    hooks = (*_hooks(parts, index, position, seen), hook_output(parts.blocks[index], keep))
    run_base_model(parts, input_ids, hooks)
    return seen


def _is_same(made: Float[Tensor, "token hidden"], left: Float[Tensor, "token hidden"]) -> bool:
    """True if a block that ran alone left what it left in the whole model, but for rounding."""
    wrong = (made.float() - left.to(made.device).float()).norm(dim=-1)
    allowed = 100 * tolerance(left.dtype) * left.to(made.device).float().norm(dim=-1)
    return bool((wrong <= allowed).all())


def _scaled(write: Tensor | None, parts: Architecture) -> Tensor | None:
    return None if write is None else write * parts.write_scale


def _hooks(
    parts: Architecture, index: int, position: int, seen: dict[str, Tensor]
) -> Iterator[RemovableHandle]:
    def keep(name: str, vectors: Float[Tensor, "token hidden"]) -> None:
        seen[name] = vectors[position].clone()

    def keep_weights(weights: Float[Tensor, "head token source"]) -> None:
        seen["weights"] = weights

    if (attention := in_block(parts.attentions, index)) is not None:
        yield tap_attention(attention, keep_weights, parts.weights_item)
    for name, modules in (("attn_out", parts.attn_outs), ("mlp_out", parts.mlp_outs)):
        if (module := in_block(modules, index)) is not None:
            yield hook_output(module, partial(keep, name))
    for name, modules in (("resid_mid", parts.mid_inputs), ("neurons", parts.down_projections)):
        if (module := in_block(modules, index)) is not None:
            yield hook_input(module, partial(keep, name))


@contextmanager
def _only(parts: Architecture, index: int, read: Float[Tensor, "token hidden"]) -> Iterator[None]:
    """Let only one block run, and let it find ``read``; all others return just that."""
    stand_in = read[None].clone()
    with ExitStack() as stack:
        for other, block in enumerate(parts.blocks):
            if other != index:
                length = parts.tuple_lengths[other]
                output = (stand_in, *[None] * (length - 1)) if length else stand_in
                stack.enter_context(replaced_forward(block, lambda *_, made=output, **__: made))
        yield
