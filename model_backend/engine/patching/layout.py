"""Sequences in which many patched cells of one row, or of several, run at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from jaxtyping import Float, Int
from torch import Tensor

from model_backend.engine.patching.block_calls import BlockCalls
from model_backend.models.architecture import Architecture

States = Float[Tensor, "row sequence slot hidden"]


@dataclass(frozen=True, eq=False)
class Layout:
    """Each cell in a sequence of its own, which is the whole text."""

    parts: Architecture
    ids: tuple[int, ...]
    """Tokens of the text."""
    cells: tuple[int, ...]
    """Position of each cell."""
    positions: Int[Tensor, "sequence slot"]
    """Position in the text of every slot."""
    sequence: Int[Tensor, " cell"]
    patched: Int[Tensor, " cell"]
    """Slot of each cell's position."""
    last: Int[Tensor, " cell"]
    """Slot of the text's last token as each cell leaves it."""
    _calls: dict[int, BlockCalls] = field(default_factory=dict, init=False)

    @property
    def n_slots(self) -> int:
        """Tokens that a block runs on for one row."""
        return self.positions.numel()

    def record(self, n_rows: int) -> None:
        """Make ready for so many rows at once, which changes the model for a moment."""
        if n_rows not in self._calls:
            self._calls[n_rows] = self._recorded(n_rows)

    def run(self, layer: int, states: States) -> States:
        """Row that a block leaves."""
        self.record(len(states))
        left = self._calls[len(states)].run(layer, states.flatten(0, 1))
        return left.unflatten(0, states.shape[:2])

    def finish(self, states: States) -> Float[Tensor, "row cell hidden"]:
        """Run the last block, and read the last token's last row for every cell."""
        return self.read(self.run(self.parts.n_layers - 1, states))

    def read(self, states: States) -> Float[Tensor, "row cell hidden"]:
        """The last token's states for every cell."""
        return states[:, self.sequence, self.last]

    def unpatched(
        self, row: Float[Tensor, "token hidden"]
    ) -> Float[Tensor, "sequence slot hidden"]:
        """The text's own states in every slot."""
        return row[self.positions.to(row.device)]

    def _recorded(self, n_rows: int) -> BlockCalls:
        tokens = torch.tensor(self.ids)[self.positions]
        return BlockCalls(self.parts, tokens.repeat(n_rows, 1))


def whole_sequences(parts: Architecture, ids: Sequence[int], cells: Sequence[int]) -> Layout:
    """Every cell in a sequence of its own, the whole text."""
    n, n_tokens = len(cells), len(ids)
    return Layout(
        parts,
        tuple(ids),
        cells=tuple(cells),
        positions=torch.arange(n_tokens).expand(n, n_tokens),
        sequence=torch.arange(n),
        patched=torch.tensor(cells),
        last=torch.full((n,), n_tokens - 1),
    )
