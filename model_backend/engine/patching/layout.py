"""Sequences in which many patched cells of one row run at once.

A cell at position p changes nothing before p. So a cell needs the tokens from p on, and reads the
tokens before p from the text without a patch. Where a model's masks allow it, a sequence holds the
text once and then, for several cells, the tokens from each cell's position on; a mask lets each
such suffix see its own tokens and the text before them. For other models each cell has the whole
text as a sequence of its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from model_backend.engine.patching.block_calls import BlockCalls
from model_backend.models.architecture import Architecture

ATTENTION_COST = 6
"""A token's matrix products cost as much as attention to this many tokens per unit of width."""


@dataclass(frozen=True, eq=False)
class Layout:
    """Cells of a row as sequences: what stands in each slot, and where each cell is."""

    cells: tuple[int, ...]
    """Position of each cell."""
    positions: Int[Tensor, "sequence slot"]
    """Position in the text of every slot."""
    sequence: Int[Tensor, " cell"]
    patched: Int[Tensor, " cell"]
    """Slot of each cell's position."""
    last: Int[Tensor, " cell"]
    """Slot of the text's last token as each cell leaves it."""
    calls: BlockCalls

    @property
    def n_slots(self) -> int:
        """Tokens that a block runs on."""
        return self.positions.numel()


@dataclass(frozen=True)
class Pack:
    """Cells that share a sequence, by position."""

    cells: tuple[int, ...]
    n_tokens: int

    @property
    def width(self) -> int:
        """Slots of the sequence: the text before the last cell, then every suffix."""
        return self.n_before + sum(self.n_tokens - cell for cell in self.cells)

    @property
    def n_before(self) -> int:
        """Tokens of the text itself that the suffixes read."""
        return max(self.cells)


def whole_sequences(parts: Architecture, ids: Sequence[int], cells: Sequence[int]) -> Layout:
    """Every cell in a sequence of its own, the whole text."""
    n, n_tokens = len(cells), len(ids)
    each = torch.arange(n)
    return Layout(
        cells=tuple(cells),
        positions=torch.arange(n_tokens).expand(n, n_tokens),
        sequence=each,
        patched=torch.tensor(cells),
        last=torch.full((n,), n_tokens - 1),
        calls=BlockCalls(parts, torch.tensor(ids).expand(n, n_tokens)),
    )


def packed_sequences(parts: Architecture, ids: Sequence[int], packs: Sequence[Pack]) -> Layout:
    """Several packs side by side, filled up to the width of the widest."""
    width = max(pack.width for pack in packs)
    positions = torch.zeros((len(packs), width), dtype=torch.long)
    sees = torch.eye(width, dtype=torch.bool).repeat(len(packs), 1, 1)
    places = [
        (at, *place)
        for at, pack in enumerate(packs)
        for place in _fill(pack, positions[at], sees[at])
    ]
    sequence, patched, last = torch.tensor(places).T
    return Layout(
        cells=tuple(cell for pack in packs for cell in pack.cells),
        positions=positions,
        sequence=sequence,
        patched=patched,
        last=last,
        calls=BlockCalls(
            parts,
            torch.tensor(ids)[positions],
            attention_mask=_additive(sees, parts.weight),
            position_ids=positions.to(parts.weight.device),
        ),
    )


def _fill(
    pack: Pack, positions: Int[Tensor, " slot"], sees: Bool[Tensor, "to source"]
) -> Iterator[tuple[int, int]]:
    """Write one sequence; yields the slots of each cell and of the last token behind it."""
    start = before = pack.n_before
    positions[:before] = torch.arange(before)
    sees[:before, :before] = _causal(before)
    for cell in pack.cells:
        end = start + pack.n_tokens - cell
        positions[start:end] = torch.arange(cell, pack.n_tokens)
        sees[start:end, :cell] = True
        sees[start:end, start:end] = _causal(end - start)
        yield start, end - 1
        start = end


def make_packs(cells: Sequence[int], n_tokens: int, hidden: int, most: int) -> list[Pack]:
    """Divide cells into sequences of about the width that costs least, at most ``most`` slots.

    A wider sequence holds the text once for more cells, and its attention costs more.
    """
    best = n_tokens + sqrt(n_tokens**2 + ATTENTION_COST * hidden * n_tokens)
    packs: list[Pack] = []
    for cell in sorted(cells):
        if packs:
            wider = Pack((*packs[-1].cells, cell), n_tokens)
            if wider.width <= min(best, most):
                packs[-1] = wider
                continue
        packs.append(Pack((cell,), n_tokens))
    return packs


def portions(packs: Sequence[Pack], most: int) -> Iterator[list[Pack]]:
    """Packs in portions of at most ``most`` slots together, one pack at least."""
    portion: list[Pack] = []
    for pack in packs:
        width = max(one.width for one in (*portion, pack))
        if portion and width * (len(portion) + 1) > most:
            yield portion
            portion = []
        portion.append(pack)
    if portion:
        yield portion


def _causal(size: int) -> Bool[Tensor, "to source"]:
    return torch.ones((size, size), dtype=torch.bool).tril()


def _additive(sees: Bool[Tensor, "sequence to source"], weight: Tensor) -> Tensor:
    """The mask as what is added to attention scores, in the model's dtype and on its device."""
    mask = torch.zeros(sees.shape, dtype=weight.dtype)
    mask.masked_fill_(~sees, torch.finfo(weight.dtype).min)
    return mask[:, None].to(weight.device)
