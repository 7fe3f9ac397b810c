"""The laws (a) to (d), checked on a second text, with sums in the model's own dtype."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from model_backend.api.models.laws import Law, LawResult
from model_backend.models.discovery.listening import Heard
from model_backend.models.discovery.parts import BlockKind
from model_backend.models.discovery.recording import Call
from model_backend.models.discovery.structure import BlockParts
from model_backend.models.discovery.tolerance import relative_error, tolerance

INFINITE = float("inf")


def parts_of(blocks: Sequence[BlockParts]) -> Iterator[nn.Module]:
    """Every module that the laws compare."""
    for block in blocks:
        found = block.found
        calls = (block.block, *found.writes, found.mid, *found.norms, block.down)
        yield from (call.module for call in calls if call is not None)


def check_readout(unembed: Callable[[Tensor], Tensor], last: Tensor, logits: Tensor) -> LawResult:
    """Law (a): logits of the last row."""
    made = unembed(last).float().cpu()
    error = INFINITE
    if made.shape == logits.shape:
        error = relative_error(made, logits, logits - logits.mean(-1, keepdim=True))
    return LawResult(Law.READOUT, error, tolerance(last.dtype))


def check_chain(blocks: Sequence[BlockParts], heard: Heard) -> LawResult:
    """Law (b): a block reads what the one before left."""
    errors = [0.0]
    for one, other in pairwise(blocks):
        pre, post = heard.entered[one.block.module], heard.left[one.block.module]
        errors.append(relative_error(heard.entered[other.block.module], post, post - pre))
    return of_layers(Law.CHAIN, errors, tolerance(post_of(blocks, heard).dtype))


def check_writes(blocks: Sequence[BlockParts], heard: Heard) -> LawResult:
    """Law (c): what was read and what was written add up, step by step."""
    errors = [_write_error(block, heard) for block in blocks]
    return of_layers(Law.WRITES, errors, tolerance(post_of(blocks, heard).dtype))


def check_neurons(blocks: Sequence[BlockParts], heard: Heard) -> LawResult | None:
    """Law (d): neurons times the last matrix are what the MLP wrote; None without neurons."""
    errors = [_down_error(block.down, heard) if block.down else 0.0 for block in blocks]
    if not any(block.down for block in blocks):
        return None
    return of_layers(Law.NEURONS, errors, tolerance(post_of(blocks, heard).dtype))


def of_layers(law: Law, errors: Sequence[float], allowed: float) -> LawResult:
    """A law's result from its errors in each layer."""
    failing = tuple(layer for layer, error in enumerate(errors, start=1) if not error <= allowed)
    worst = max(errors, key=lambda error: INFINITE if error != error else error)
    return LawResult(law, worst, allowed, failing)


def post_of(blocks: Sequence[BlockParts], heard: Heard) -> Tensor:
    """The last row."""
    return heard.left[blocks[-1].block.module]


def _write_error(parts: BlockParts, heard: Heard) -> float:
    found, block = parts.found, parts.block.module
    if found.kind is BlockKind.UNKNOWN:
        return found.error
    pre, post = heard.entered[block], heard.left[block]
    writes = [heard.left[call.module] * found.scale for call in found.writes]
    if found.kind is BlockKind.POST_NORM:
        return _normed_error(found.norms, pre, post, heard, writes)
    update = post.double() - pre.double()
    totals = [
        sum(writes, start=pre),
        sum(writes[::-1], start=pre),
        sum(writes[1:], writes[0]) + pre,
    ]
    error = min(relative_error(total, post, update) for total in totals)
    if found.mid is not None:
        middle = heard.entered[found.mid.module]
        error = max(error, relative_error(pre + writes[0], middle, update))
    return error


def _normed_error(
    norms: tuple[Call, ...], pre: Tensor, post: Tensor, heard: Heard, writes: list[Tensor]
) -> float:
    """Error of blocks that norm after each addition; the norms are the model's own."""
    first, second = (norm.module for norm in norms)
    middle = heard.left[first]
    errors = []
    for norm, base, write, left in (
        (first, pre, writes[0], middle),
        (second, middle, writes[1], post),
    ):
        made = heard.entered[norm]
        update = made.double() - base.double()
        errors.append(relative_error(base + write, made, update))
        errors.append(relative_error(heard.left[norm], left, left.double() - base.double()))
    return max(errors)


def _down_error(down: Call, heard: Heard) -> float:
    """Error of neurons times the matrix, and of what that is beside what the MLP writes."""
    module, neurons = down.module, heard.entered[down.module]
    written = heard.left[module]
    made = times_matrix(module, neurons)
    return relative_error(made, written, written)


@torch.inference_mode()
def times_matrix(module: nn.Module, vectors: Tensor) -> Tensor:
    """Vectors through a layer's matrix and bias; quantised layers compute it themselves."""
    weight, bias = module.weight, getattr(module, "bias", None)
    if not isinstance(weight, Tensor) or not weight.is_floating_point() or weight.is_meta:
        device = next(module.parameters()).device
        return module(vectors.to(device)).reshape(len(vectors), -1).cpu()
    is_turned = weight.shape[0] == vectors.shape[-1] and type(module).__name__ == "Conv1D"
    matrix = weight if is_turned else weight.T
    made = vectors.to(weight.device, weight.dtype) @ matrix
    return (made if bias is None else made + bias).cpu()
