"""Offers the parts of a model whose laws hold, and says why the others are not offered."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from model_backend.api.models.laws import Law, LawResult
from model_backend.models.discovery.lacks import name_lacks
from model_backend.models.discovery.parts import Architecture, BlockKind, Family, Modules
from model_backend.models.discovery.recording import Call, rows_of
from model_backend.models.discovery.structure import BlockParts, Structure

LEAST_SINK = 0.01
"""Share of attention from which on it is stated that a sink takes it."""

SAME_SCALE = 1e-3
"""Relative distance between the write scales of two blocks that are taken for one."""


def assemble(model: Any, structure: Structure, body: nn.Module) -> Architecture:
    readout, steps = structure.readout, structure.steps
    norm, rest = _split(steps, rows_of(structure.blocks[-1].block))
    lengths = tuple(parts.block.n_items for parts in structure.blocks)
    finish = readout.finish if readout else None
    return Architecture(
        name=str(getattr(model.config, "model_type", "")),
        family=Family(is_encoder=structure.is_encoder, blocks_return_tuples=any(lengths)),
        block_kind=_kind(structure.blocks),
        body=body,
        blocks=tuple(parts.block.module for parts in structure.blocks),
        embeddings=model.get_input_embeddings(),
        final_norm=norm,
        project_out=rest,
        unembedding=readout.unembedding if readout else None,
        n_logits=structure.recording.logits.shape[-1],
        tuple_lengths=lengths,
        logit_scale=finish.logit_scale if finish else 1.0,
        logit_divisor=finish.logit_divisor if finish else 1.0,
        soft_cap=finish.soft_cap if finish else None,
    )


def offer(parts: Architecture, structure: Structure, laws: tuple[LawResult, ...]) -> Architecture:
    """The parts whose laws hold, with reasons for the others."""
    by_law = {law.law: law for law in laws}
    scale = _common_scale(structure.blocks)
    blocks = [
        _proved(layer, block, by_law, scale)
        for layer, block in enumerate(structure.blocks, start=1)
    ]
    readout = by_law.get(Law.READOUT)
    if readout is not None and not readout.holds:
        parts = replace(parts, unembedding=None)
    modules: dict[str, Any] = {
        "attn_outs": _modules([block.attn_out for block in blocks]),
        "mlp_outs": _modules([block.mlp_out for block in blocks]),
        "mid_inputs": _modules([block.found.mid for block in blocks]),
        "attentions": _modules([block.attention for block in blocks]),
        "down_projections": _modules([block.down for block in blocks]),
    }
    sums = [b.attention.weights_sum for b in blocks if b.attention and b.attention.weights_sum]
    sink_share = 1 - sum(sums) / len(sums) if sums else 0.0
    items = {block.attention.weights_item or 1 for block in blocks if block.attention}
    stream = rows_of(structure.blocks[-1].block).to(parts.weight.device)
    family = replace(
        parts.family,
        attention=_path(blocks, "attention"),
        attn_out=_path(blocks, "attn_out"),
        mlp_out=_path(blocks, "mlp_out"),
        norm_subtracts_mean=_subtracts_mean(parts, stream),
    )
    return replace(
        parts,
        family=family,
        sink_share=sink_share if sink_share > LEAST_SINK else 0.0,
        write_scale=scale,
        weights_item=items.pop() if len(items) == 1 else 1,
        reads_writes=_reads_writes(parts, stream),
        laws=laws,
        lacks=name_lacks(structure, blocks, laws),
        **modules,
    )


def _proved(layer: int, block: BlockParts, laws: dict[Law, LawResult], scale: float) -> BlockParts:
    """A block without the parts for which a law fails in this layer."""

    def holds(law: Law) -> bool:
        return law in laws and layer not in laws[law].layers

    if not holds(Law.WRITES) or abs(block.found.scale - scale) > SAME_SCALE * scale:
        found = replace(block.found, kind=BlockKind.UNKNOWN, first=None, second=None, mid=None)
        block = replace(block, found=found, attn_out=None, mlp_out=None, down=None)
    if not holds(Law.NEURONS):
        block = replace(block, down=None)
    if not holds(Law.ATTENTION):
        block = replace(block, attention=None)
    return block


def _common_scale(blocks: Sequence[BlockParts]) -> float:
    scales = Counter(round(block.found.scale, 4) for block in blocks if block.found.writes)
    if not scales:
        return 1.0
    common = scales.most_common(1)[0][0]
    return next(b.found.scale for b in blocks if round(b.found.scale, 4) == common)


def _kind(blocks: Sequence[BlockParts]) -> BlockKind:
    """The kind of most blocks with two writes, or of all."""
    kinds = Counter(block.found.kind for block in blocks)
    for kind in (BlockKind.SEQUENTIAL, BlockKind.POST_NORM, BlockKind.PARALLEL, BlockKind.SINGLE):
        if kinds[kind]:
            return kind
    return BlockKind.UNKNOWN


def _modules(calls: Sequence[Call | None]) -> Modules:
    """One module for each block; nothing if no block has one."""
    modules = tuple(call.module if call else None for call in calls)
    return modules if any(module is not None for module in modules) else ()


def _path(blocks: Sequence[BlockParts], name: str) -> str:
    """Path, within its block, of a part of the first block that has it."""
    for block in blocks:
        call: Call | None = getattr(block, name)
        if call is not None:
            return call.path.removeprefix(f"{block.block.path}.")
    return ""


def _split(
    steps: tuple[nn.Module, ...], stream: Tensor
) -> tuple[nn.Module | None, nn.Module | None]:
    """The first step if it is a norm, and all that follow."""
    begins = bool(steps) and is_norm(steps[0], stream)
    norm, rest = (steps[0], steps[1:]) if begins else (None, steps)
    return norm, (nn.Sequential(*rest).eval() if len(rest) > 1 else rest[0] if rest else None)


def is_norm(module: nn.Module, stream: Tensor) -> bool:
    """True if a module gives the same for vectors twice as long."""
    weight = next(module.parameters(), stream)
    stream = stream.to(weight.device)
    once, twice = _norms(module, stream * 64), _norms(module, stream * 128)
    return bool((once - twice).norm() < 0.02 * once.norm())


@torch.inference_mode()
def _norms(norm: nn.Module, vectors: Tensor) -> Tensor:
    made: Tensor = norm(vectors).float()
    return made


def _subtracts_mean(parts: Architecture, stream: Tensor) -> bool:
    """True if the final norm takes the mean off: a shift of all numbers changes nothing."""
    if parts.final_norm is None:
        return False
    shifted = stream + stream.float().std().to(stream.dtype) * 3
    plain, moved = _norms(parts.final_norm, stream), _norms(parts.final_norm, shifted)
    return bool((moved - plain).norm() < 0.02 * plain.norm())


def _reads_writes(parts: Architecture, stream: Tensor) -> bool:
    """True if what follows the final norm is linear, a matrix with nothing that bends before."""
    if parts.block_kind is BlockKind.POST_NORM or not hasattr(parts.unembedding, "weight"):
        return False
    rest = parts.project_out
    if rest is None:
        return True
    one, other = stream[:2], stream[2:4]
    zero, both = _norms(rest, torch.zeros_like(one)), _norms(rest, one + other)
    parted = _norms(rest, one) + _norms(rest, other) - zero
    return bool((both - parted).norm() < 0.02 * both.norm())
