"""Says in a sentence what a model lacks, in whole or in some layers, and why."""

from collections.abc import Callable, Sequence

from model_backend.api.models.laws import Law, LawResult, name_layers
from model_backend.models.discovery.parts import BlockKind, Lack
from model_backend.models.discovery.structure import BlockParts, Structure


def name_lacks(
    structure: Structure, blocks: Sequence[BlockParts], laws: Sequence[LawResult]
) -> dict[Lack, str]:
    """Reasons for each part that no block or not every block has.

    Args:
        structure: the parts as they were found.
        blocks: the same without what failed a law.
    """
    failed = {law.law: law.sentence for law in laws if not law.holds}
    lacks = {Lack.LENS: failed[Law.READOUT]} if Law.READOUT in failed else {}
    without_writes = _layers(blocks, lambda one: not one.attn_out and not one.mlp_out)
    if without_writes:
        reason = failed.get(Law.WRITES, "Its writes have another scale than those of most layers.")
        lacks[Lack.WRITES] = _in_layers("writes", without_writes, len(blocks), reason)
    lacks |= _no_attention(structure, blocks, failed.get(Law.ATTENTION, ""))
    lacks |= _no_neurons(blocks, failed.get(Law.NEURONS, ""))
    return lacks


def _no_attention(
    structure: Structure, blocks: Sequence[BlockParts], failed: str
) -> dict[Lack, str]:
    without = _layers(blocks, lambda one: not one.attention)
    if not without:
        return {}
    layers = [structure.blocks[layer - 1] for layer in without]
    reason = failed or f"{_what(layers)} give no attention weights."
    return {Lack.ATTENTION: _in_layers("attention weights", without, len(blocks), reason)}


def _no_neurons(blocks: Sequence[BlockParts], failed: str) -> dict[Lack, str]:
    without = _layers(blocks, lambda one: not one.down)
    if not without:
        return {}
    reason = failed or (
        "What the MLP writes there is not one matrix times numbers that all tokens have in common, "
        "as in a mixture of experts, or there is no MLP."
    )
    return {Lack.NEURONS: _in_layers("neurons", without, len(blocks), reason)}


def _what(blocks: Sequence[BlockParts]) -> str:
    """Classes of what lets tokens see each other, or of the blocks."""
    names = {
        type((block.attn_out or block.block).module).__name__
        for block in blocks
        if block.found.kind is not BlockKind.UNKNOWN
    } or {type(block.block.module).__name__ for block in blocks}
    return "Modules of the class " + " and ".join(sorted(names))


def _layers(blocks: Sequence[BlockParts], lacks: Callable[[BlockParts], bool]) -> tuple[int, ...]:
    return tuple(layer for layer, block in enumerate(blocks, start=1) if lacks(block))


def _in_layers(what: str, layers: tuple[int, ...], n_layers: int, reason: str) -> str:
    if len(layers) == n_layers:
        return f"There are no {what}. {reason}"
    return f"There are no {what} in {name_layers(layers)}, whose rows are empty. {reason}"
