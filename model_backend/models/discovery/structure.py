"""Puts the parts of a model together from one recorded pass, before any law has been checked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from model_backend.models.discovery.blocks import find_blocks
from model_backend.models.discovery.eager import eager_attention
from model_backend.models.discovery.mixing import mixing_modules
from model_backend.models.discovery.neurons import find_attention, find_down
from model_backend.models.discovery.parts import BlockKind
from model_backend.models.discovery.readout import (
    Finish,
    Readout,
    config_numbers,
    find_readout,
    find_steps,
)
from model_backend.models.discovery.recording import Call, Recording, record
from model_backend.models.discovery.writes import BlockSearch, Found


@dataclass(frozen=True, eq=False)
class BlockParts:
    """The parts of one block."""

    block: Call
    found: Found
    attn_out: Call | None = None
    mlp_out: Call | None = None
    attention: Call | None = None
    down: Call | None = None


@dataclass(frozen=True, eq=False)
class Structure:
    """Structure of a model, found from a recorded pass."""

    recording: Recording
    blocks: tuple[BlockParts, ...]
    readout: Readout | None
    is_encoder: bool
    steps: tuple[nn.Module, ...]
    """From the last row to the unembedding; of an encoder, to its last states."""


def find_structure(model: Any, input_ids: Tensor) -> Structure:
    """Record one pass with eager attention and recognise the parts.

    Raises:
        UnknownArchitecture: the model has no blocks with a single stream.
    """
    with eager_attention(model.config):
        recording = record(model, input_ids)
        calls = find_blocks(model, recording)
        numbers = tuple(config_numbers(model.config).values())
        found = [BlockSearch(recording, call, numbers).find() for call in calls]
        owners = _owners(recording, calls, found)
        mixing = mixing_modules(model, input_ids, [call.module for call in owners.values()])
    blocks = tuple(
        _label(recording, call, one, {path for path, own in owners.items() if own.module in mixing})
        for call, one in zip(calls, found, strict=True)
    )
    is_encoder = model.get_output_embeddings() is None and _has_no_logits(model, recording)
    readout = None if is_encoder else find_readout(model, recording, calls[-1])
    steps = readout.steps if readout else _to_last_states(recording, calls[-1])
    return Structure(recording, blocks, readout, is_encoder, steps)


def _label(recording: Recording, block: Call, found: Found, mixing: set[str]) -> BlockParts:
    """Name the writes of a block: attention, or what lets tokens see each other, and the MLP."""
    calls = recording.inside(block)
    attention = find_attention(calls)
    first, second = found.first, found.second
    if found.kind is BlockKind.SINGLE and first is not None:
        first, second = (first, None) if first.path in mixing else (None, first)
    elif found.kind is BlockKind.PARALLEL and first is not None and second is not None:
        if second.path in mixing and first.path not in mixing:
            first, second = second, first
    down = find_down(second, calls) if second is not None else None
    return BlockParts(block, found, first, second, attention, down)


def _owners(
    recording: Recording, blocks: Sequence[Call], found: Sequence[Found]
) -> dict[str, Call]:
    """For each write whose kind its place does not tell: the part of the block that makes it."""
    owners = {}
    for block, one in zip(blocks, found, strict=True):
        if one.kind in (BlockKind.SINGLE, BlockKind.PARALLEL):
            calls = recording.inside(block)
            for write in one.writes:
                owners[write.path] = _owner(write, calls)
    return owners


def _owner(write: Call, calls: list[Call]) -> Call:
    """The outermost module that contains a write; for a norm, that of what it norms."""
    if not any(weight.dim() == 2 for weight in write.module.parameters()):
        made = [
            call
            for call in calls
            if call.leaving and write.entering and call.leaving.key == write.entering.key
        ]
        write = made[0] if made else write
    around = [call for call in calls if call.start <= write.start and call.end >= write.end]
    return around[0]


def _has_no_logits(model: nn.Module, recording: Recording) -> bool:
    """True if what the model returns is as wide as its stream."""
    embeddings: Any = model
    weight = embeddings.get_input_embeddings().weight
    return recording.logits.shape[-1] != len(weight)


def _to_last_states(recording: Recording, last: Call) -> tuple[nn.Module, ...]:
    whole = recording.calls[0]
    if whole.leaving is None or last.leaving is None:
        return ()
    after = [call for call in recording.calls if call.start > last.end]
    return find_steps(last.leaving, whole.leaving, after) or ()


def probe_ids(model: Any, length: int, seed: int) -> Tensor:
    """Random token ids of a model's vocabulary, the same at every call."""
    embeddings = model.get_input_embeddings().weight
    generator = torch.Generator().manual_seed(seed)
    rows = min(len(embeddings), model.config.get_text_config().vocab_size)
    ids = torch.randint(min(3, rows - 1), rows, (length,), generator=generator)
    return ids.to(embeddings.device)


__all__ = ["BlockParts", "Finish", "Structure", "find_structure", "probe_ids"]
