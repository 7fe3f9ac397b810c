"""The exact rows of a patch map, one after the other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import torch
from jaxtyping import Float
from torch import Tensor, nn

from model_backend.api.errors import UnsoundActivations
from model_backend.api.patching import PatchSite
from model_backend.engine.cores import count_workers, spread
from model_backend.engine.patching.cells import Patching, changed_cells, run_row
from model_backend.engine.patching.layout import (
    Layout,
    make_packs,
    packed_sequences,
    portions,
    whole_sequences,
)
from model_backend.engine.patching.prepare import Prepared
from model_backend.engine.patching.readings import Reading
from model_backend.engine.patching.texts import read_last
from model_backend.models.loaded import LoadedModel
from model_backend.models.unembed import Unembed

BUDGET = 256 * 2**20
"""Bytes for the states of the sequences that run at once."""
LEAST_AGREEMENT = 1e-4
"""Largest error, of the largest activation, with which a packed sequence is a text's own pass."""

_PACKS_HOLD: WeakKeyDictionary[nn.Module, dict[int, bool]] = WeakKeyDictionary()
"""By model and number of tokens: True if packed sequences gave the text's own states."""


@dataclass(frozen=True, eq=False)
class Row:
    """One row of a map."""

    row: int
    effect: Float[Tensor, " column"]
    reading: Reading


class RowMaker:
    """Makes rows; the sequences that cells run in are laid out once."""

    def __init__(self, loaded: LoadedModel, prepared: Prepared, budget: int = BUDGET) -> None:
        self._model: nn.Module = loaded.model
        self._unembed: Unembed = loaded.unembed
        self.prepared, self._budget = prepared, budget
        self._layouts: dict[tuple[int, tuple[int, ...]], list[Layout]] = {}

    def steps(self) -> Iterator[list[Row]]:
        """Every row, those that take least time first; as many at once as there are cores."""
        rows, size = self.prepared.patchings[0].rows[::-1], self.n_workers
        for start in range(0, len(rows), size):
            yield self.make_several(rows[start : start + size])

    def make(self, row: int) -> Row:
        """Patch every cell of a row, one at a time.

        Raises:
            UnsoundActivations: a patched pass gave numbers that are not finite.
        """
        readings = [self._read(at, row) for at in range(len(self.prepared.patchings))]
        mean = Reading(*(torch.stack(parts).mean(0) for parts in zip(*map(_parts, readings),
                                                                     strict=True)))  # fmt: skip
        return Row(row, self.prepared.effect(mean.metric), mean)

    def make_several(self, rows: Sequence[int]) -> list[Row]:
        """Make some rows at once, one on each core.

        Where blocks are changed while they run there can be one at a time.
        """
        for row in rows:  # the model is changed for a moment where sequences are laid out
            for at in range(len(self.prepared.patchings)):
                self.layouts(at, self.cells_to_run(row))
        return spread(self.make, rows, self.n_workers)

    @property
    def n_workers(self) -> int:
        """Rows that are made at once."""
        first = self.prepared.patchings[0]
        return count_workers(first.base.residual.device) if first.is_of_vectors else 1

    @torch.inference_mode()
    def logits(self, row: int, column: int) -> Float[Tensor, " vocabulary"]:
        """The prediction with one cell patched, as a mean over the runs of the changed text."""
        found = []
        for patching in self.prepared.patchings:
            layout = self._whole(patching, [column])
            found.append(read_last(self._unembed, run_row(patching, row, layout))[0])
        return torch.stack(found).mean(0)

    def cells_to_run(self, row: int) -> list[int]:
        """The columns of a row that are run; patching the others changes nothing."""
        if self.prepared.site is PatchSite.HEADS:
            return list(range(self.prepared.columns))
        return changed_cells(self.prepared.patchings[0], row)

    def layouts(self, at: int, cells: Sequence[int]) -> list[Layout]:
        """The sequences of some cells, made at the first call."""
        key = (at, tuple(cells))
        if key not in self._layouts:
            self._layouts[key] = self._lay_out(self.prepared.patchings[at], cells)
        return self._layouts[key]

    @property
    def most_slots(self) -> int:
        """Tokens that may run at once."""
        return max(1, self._budget // slot_bytes(self.prepared))

    @torch.inference_mode()
    def _read(self, at: int, row: int) -> Reading:
        patching, reader = self.prepared.patchings[at], self.prepared.reader
        own = reader.read(patching.base.logits[None])
        found = Reading(*(part.expand(self.prepared.columns, *part.shape[1:]).clone()
                          for part in _parts(own)))  # fmt: skip
        for part in _parts(found):
            part[self._without_partner(patching)] = torch.nan
        for layout in self.layouts(at, self.cells_to_run(row)):
            logits = read_last(self._unembed, run_row(patching, row, layout))
            if not torch.isfinite(logits).all():
                raise UnsoundActivations(
                    f"With cells of layer {row} patched, the prediction is not finite in "
                    f"{self._unembed.unembedding.weight.dtype}. Load the model in float32 or "
                    "bfloat16."
                )
            for into, part in zip(_parts(found), _parts(reader.read(logits)), strict=True):
                into[list(layout.cells)] = part
        return found

    def _without_partner(self, patching: Patching) -> list[int]:
        if self.prepared.site is PatchSite.HEADS:
            return []
        return [at for at in range(self.prepared.columns) if at not in patching.paired]

    def _lay_out(self, patching: Patching, cells: Sequence[int]) -> list[Layout]:
        if not cells:
            return []
        if self.prepared.site is PatchSite.HEADS or not self._packs_hold(patching):
            n = max(1, self.most_slots // len(patching.base.ids))
            return [self._whole(patching, cells[at : at + n]) for at in range(0, len(cells), n)]
        return self._packed(patching, cells)

    def _whole(self, patching: Patching, cells: Sequence[int]) -> Layout:
        return whole_sequences(patching.parts, patching.base.ids, cells)

    def _packed(self, patching: Patching, cells: Sequence[int]) -> list[Layout]:
        ids, most = patching.base.ids, self.most_slots
        packs = make_packs(cells, len(ids), patching.base.residual.shape[-1], most)
        return [packed_sequences(patching.parts, ids, portion) for portion in portions(packs, most)]

    @torch.inference_mode()
    def _packs_hold(self, patching: Patching) -> bool:
        """True if packed sequences without a patch give the text's own last row, as a test shows.

        They do not where masks or positions are made in a way that cannot be given from outside,
        or where a sliding window is shorter than the text.
        """
        known = _PACKS_HOLD.setdefault(self._model, {})
        n_tokens = len(patching.base.ids)
        if n_tokens not in known:
            try:
                layouts = self._packed(patching, range(n_tokens))
                known[n_tokens] = _agrees(patching, layouts[0])
            except (TypeError, ValueError, RuntimeError):
                known[n_tokens] = False
        return known[n_tokens]


def slot_bytes(prepared: Prepared) -> int:
    """Memory that one more token of a sequence takes while a block runs on it."""
    whole: Any = prepared.parts.body.config
    config = whole.get_text_config()
    residual = prepared.texts.a.residual
    hidden, n_tokens = residual.shape[-1], residual.shape[1]
    widest = getattr(config, "intermediate_size", None) or 4 * hidden
    attention = 4 * config.num_attention_heads * max(n_tokens, 6 * hidden // 4)
    return int(residual.itemsize * (12 * hidden + 4 * widest + attention))


def _agrees(patching: Patching, layout: Layout) -> bool:
    states = patching.base.residual[0][layout.positions]
    for layer in range(patching.parts.n_layers):
        states = layout.calls.run(layer, states)
    right = patching.base.residual[-1, -1]
    error = (states[layout.sequence, layout.last] - right).abs().max()
    allowed = max(LEAST_AGREEMENT, 8 * torch.finfo(right.dtype).eps)
    return bool(error <= allowed * right.abs().max())


def _parts(reading: Reading) -> tuple[Tensor, Tensor, Tensor]:
    return reading.metric, reading.logits, reading.probabilities
