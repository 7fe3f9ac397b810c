"""Sequences of suffixes: the tokens from each cell on, behind what the text itself keeps.

A cell at position p changes nothing before p. So a cell needs the tokens from p on, and reads the
tokens before p as keys and values of the text without a patch, which are computed once. A sequence
holds such suffixes one behind the other, as many as the longest of them leaves room for; a mask
lets each see the text before it and its own tokens. The last block makes keys and values of all
tokens, and everything else of the last ones alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from model_backend.engine.patching.block_calls import BlockCalls
from model_backend.engine.patching.layout import Layout, States
from model_backend.engine.patching.prefix import Prefix, Taken, held
from model_backend.models.architecture import Architecture

Sees = Bool[Tensor, "sequence to source"]


@dataclass(frozen=True, eq=False)
class Suffixes(Layout):
    """Cells whose suffixes share sequences."""

    prefix: Prefix
    sees: Sees
    """True for what each slot attends to: tokens before the sequence, then its own slots."""
    ends: Int[Tensor, "sequence end"]
    """Slots of last tokens, the first one repeated where a sequence has fewer cells."""
    end_of: Int[Tensor, " cell"]
    _last_calls: dict[int, BlockCalls] = field(default_factory=dict, init=False)

    def record(self, n_rows: int) -> None:
        """Make ready for so many rows at once, the last block by itself too."""
        super().record(n_rows)
        if n_rows not in self._last_calls:
            positions = self.positions.gather(1, self.ends)
            each = torch.arange(len(self.ends))[:, None]
            sees = self.sees[each, self.ends]
            self._last_calls[n_rows] = self._calls_for(n_rows, positions, sees)

    def finish(self, states: States) -> Float[Tensor, "row cell hidden"]:
        """Run the last block on last tokens alone, with keys and values of all."""
        self.record(len(states))
        n_rows, layer = len(states), self.parts.n_layers - 1
        each = torch.arange(len(self.ends))[:, None]
        at_ends = states[:, each, self.ends].flatten(0, 1)
        cache = held(self._taken(states), self.parts.n_layers)
        left = self._last_calls[n_rows].run(layer, at_ends, cache)
        return left.unflatten(0, states.shape[:2])[:, self.sequence, self.end_of]

    def _taken(self, states: States) -> Taken:
        cache = self.prefix.cache(self._n_before, is_taking=True)
        try:
            self._calls[len(states)].run(self.parts.n_layers - 1, states.flatten(0, 1), cache)
        except Taken as taken:
            return taken
        raise ValueError("The last block of this model attends to no cache.")

    @property
    def _n_before(self) -> int:
        return self.sees.shape[2] - self.sees.shape[1]

    def _recorded(self, n_rows: int) -> BlockCalls:
        return self._calls_for(n_rows, self.positions, self.sees)

    def _calls_for(
        self, n_rows: int, positions: Int[Tensor, "sequence slot"], sees: Sees
    ) -> BlockCalls:
        return BlockCalls(
            self.parts,
            torch.tensor(self.ids)[positions].repeat(n_rows, 1),
            attention_mask=_additive(sees, self.parts.weight).repeat(n_rows, 1, 1, 1),
            position_ids=positions.repeat(n_rows, 1).to(self.parts.weight.device),
            past_key_values=self.prefix.cache(self._n_before),
            use_cache=True,
        )


def suffix_sequences(
    parts: Architecture, ids: Sequence[int], prefix: Prefix, folded: Sequence[Sequence[int]]
) -> Suffixes:
    """Each group of cells as one sequence."""
    n_tokens, before = len(ids), max(max(group) for group in folded)
    width = max(count_slots(group, n_tokens) for group in folded)
    positions = torch.zeros((len(folded), width), dtype=torch.long)
    sees = torch.zeros((len(folded), width, before + width), dtype=torch.bool)
    sees[:, :, before:] = torch.eye(width, dtype=torch.bool)
    places = [
        (at, *place)
        for at, group in enumerate(folded)
        for place in _fill(group, n_tokens, positions[at], sees[at])
    ]
    sequence, patched, last, end_of = torch.tensor(places).T
    ends = torch.stack([last[(sequence == at).nonzero()[0]] for at in range(len(folded))])
    ends = ends.repeat(1, max(map(len, folded)))
    ends[sequence, end_of] = last
    return Suffixes(
        parts, tuple(ids), tuple(cell for group in folded for cell in group), positions,
        sequence, patched, last, prefix, sees, ends, end_of,
    )  # fmt: skip


def _fill(
    group: Sequence[int],
    n_tokens: int,
    positions: Int[Tensor, " slot"],
    sees: Bool[Tensor, "to source"],
) -> Iterator[tuple[int, int, int]]:
    """Write one sequence; yields the slots of each cell and of the last token behind it, and how
    many cells came before.
    """
    start, before = 0, sees.shape[1] - sees.shape[0]
    for at, cell in enumerate(group):
        end = start + n_tokens - cell
        positions[start:end] = torch.arange(cell, n_tokens)
        sees[start:end, :cell] = True
        own = slice(before + start, before + end)
        sees[start:end, own] = torch.ones((end - start, end - start), dtype=torch.bool).tril()
        yield start, end - 1, at
        start = end


def fold_cells(cells: Sequence[int], n_tokens: int) -> list[tuple[int, ...]]:
    """Divide cells into groups whose suffixes have room in as many slots as the longest takes."""
    ascending, groups = sorted(cells), []
    while ascending:
        group, room = [], n_tokens - min(cells)
        while fitting := [cell for cell in ascending if n_tokens - cell <= room]:
            group.append(fitting[0])
            room -= n_tokens - fitting[0]
            ascending.remove(fitting[0])
        groups.append(tuple(group))
    return groups


def count_slots(group: Sequence[int], n_tokens: int) -> int:
    """Tokens of all suffixes of a group."""
    return sum(n_tokens - cell for cell in group)


def _additive(sees: Sees, weight: Tensor) -> Tensor:
    """The mask as what is added to attention scores, in the model's dtype and on its device."""
    mask = torch.zeros(sees.shape, dtype=weight.dtype)
    mask.masked_fill_(~sees, torch.finfo(weight.dtype).min)
    return mask[:, None].to(weight.device)
