"""The exact rows of a patch map, several at once."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from model_backend.api.errors import UnsoundActivations
from model_backend.api.patching import PatchSite
from model_backend.engine.cores import count_workers
from model_backend.engine.patching.cells import (
    Patching,
    changed_cells,
    run_in_steps,
    run_rows,
)
from model_backend.engine.patching.layout import Layout, whole_sequences
from model_backend.engine.patching.portions import Portions
from model_backend.engine.patching.prepare import Prepared
from model_backend.engine.patching.readings import Reading, mean_reading
from model_backend.engine.patching.texts import read_last
from model_backend.engine.running import give_way
from model_backend.engine.turns import Steps, in_turns
from model_backend.models.loaded import LoadedModel
from model_backend.models.unembed import Unembed

BUDGET = 256 * 2**20
"""Bytes for the states of the sequences that run at once."""
LOGIT_BYTES = 32 * 2**20
"""Bytes for predictions that are read at once."""


@dataclass(frozen=True, eq=False)
class Row:
    """One row of a map."""

    row: int
    effect: Float[Tensor, " column"]
    reading: Reading


class RowMaker:
    """Makes the rows of one map."""

    def __init__(self, loaded: LoadedModel, prepared: Prepared, budget: int = BUDGET) -> None:
        self._unembed: Unembed = loaded.unembed
        self.prepared = prepared
        self._portions = [Portions(one, budget // self.n_workers) for one in prepared.patchings]

    def steps(self) -> Iterator[list[Row]]:
        """Every row, those that take least time first; several at once."""
        rows, size = list(self.prepared.patchings[0].rows[::-1]), self._rows_at_once
        for start in range(0, len(rows), size):
            yield self.make(rows[start : start + size])

    def make(self, rows: Sequence[int]) -> list[Row]:
        """Patch every cell of some rows, one at a time.

        Raises:
            UnsoundActivations: a patched pass gave numbers that are not finite.
        """
        readings = [self._read(at, rows) for at in range(len(self.prepared.patchings))]
        made = []
        for row in rows:
            mean = mean_reading([found[row] for found in readings])
            made.append(Row(row, self.prepared.effect(mean.metric), mean))
        return made

    @property
    def n_workers(self) -> int:
        """Threads that make rows; one where blocks are changed while they run."""
        first = self.prepared.patchings[0]
        return count_workers(first.base.residual.device) if first.is_of_vectors else 1

    @torch.inference_mode()
    def logits(self, row: int, column: int) -> Float[Tensor, " vocabulary"]:
        """The prediction with one cell patched, as a mean over the runs of the changed text."""
        found = []
        for patching in self.prepared.patchings:
            layout = whole_sequences(patching.parts, patching.base.ids, [column])
            found.append(read_last(self._unembed, run_rows(patching, [row], layout)[0])[0])
        return torch.stack(found).mean(0)

    def cells_to_run(self, row: int) -> list[int]:
        """The columns of a row that are run; patching the others changes nothing."""
        if self.prepared.site is PatchSite.HEADS:
            return list(range(self.prepared.columns))
        return changed_cells(self.prepared.patchings[0], row)

    @torch.inference_mode()
    def time_block(self, clock: Callable[[], float]) -> float:
        """Seconds that one block takes for every cell of a row."""
        cells = self.cells_to_run(self._usual_row)
        layout = next(self._portions[0].layouts(cells))
        layout.record(1)
        start = clock()
        run_rows(self.prepared.patchings[0], [self._usual_row], layout)
        return (clock() - start) * self._portions[0].count(cells)

    @property
    def most_bytes(self) -> int:
        """Memory at the most for the states of sequences that run at once."""
        layout = next(self._portions[0].layouts(self.cells_to_run(self._usual_row)))
        return layout.n_slots * self._rows_at_once * self._portions[0].slot_bytes

    @property
    def _rows_at_once(self) -> int:
        return self._portions[0].rows_at_once(self.cells_to_run(self._usual_row)) * self.n_workers

    @property
    def _usual_row(self) -> int:
        """The highest row that is followed by a block."""
        rows = self.prepared.patchings[0].rows
        return rows[max(0, len(rows) - 2)]

    @torch.inference_mode()
    def _read(self, at: int, rows: Sequence[int]) -> dict[int, Reading]:
        found, portions = {row: self._unpatched(at) for row in rows}, self._portions[at]
        for cells, group in self._by_cells(rows).items():
            n_waves = max(self.n_workers, -(-len(group) // portions.rows_at_once(cells)))
            waves = [group[start::n_waves] for start in range(min(n_waves, len(group)))]
            for layout in portions.layouts(cells):
                for n_rows in range(1, len(waves[0]) + 1):
                    layout.record(n_rows)  # here, for it changes the model that threads run
                works = [self._run(self.prepared.patchings[at], layout, wave) for wave in waves]
                done = in_turns(works, self.n_workers, give_way)
                for wave, readings in zip(waves, done, strict=True):
                    for row, reading in zip(wave, readings, strict=True):
                        _put(found[row], list(layout.cells), reading)
        return found

    def _by_cells(self, rows: Sequence[int]) -> dict[tuple[int, ...], list[int]]:
        together: dict[tuple[int, ...], list[int]] = {}
        for row in sorted(rows):
            together.setdefault(tuple(self.cells_to_run(row)), []).append(row)
        return together

    def _run(self, patching: Patching, layout: Layout, rows: Sequence[int]) -> Steps[list[Reading]]:
        left = yield from run_in_steps(patching, rows, layout)
        size = max(1, LOGIT_BYTES // (4 * len(self.prepared.texts.a.logits)))
        some = [
            _parts(self._read_cells(cells, rows[0])) for cells in left.flatten(0, 1).split(size)
        ]
        parts = [torch.cat(part).unflatten(0, left.shape[:2]) for part in zip(*some, strict=True)]
        return [Reading(*row) for row in zip(*parts, strict=True)]

    def _read_cells(self, states: Float[Tensor, "cell hidden"], row: int) -> Reading:
        logits = read_last(self._unembed, states)
        if not logits.sum(dim=-1).isfinite().all():
            raise UnsoundActivations(
                f"With cells of layer {row} patched, the prediction is not finite in "
                f"{self._unembed.unembedding.weight.dtype}. Load the model in float32 or bfloat16."
            )
        return self.prepared.reader.read(logits)

    def _unpatched(self, at: int) -> Reading:
        """The text's own numbers for every column; none where a column has no partner."""
        patching, n = self.prepared.patchings[at], self.prepared.columns
        own = _parts(self.prepared.reader.read(patching.base.logits[None]))
        found = Reading(*(part.expand(n, *part.shape[1:]).clone() for part in own))
        if self.prepared.site is not PatchSite.HEADS:
            alone = [column for column in range(n) if column not in patching.paired]
            for part in _parts(found):
                part[alone] = torch.nan
        return found


def _put(into: Reading, columns: list[int], reading: Reading) -> None:
    for whole, part in zip(_parts(into), _parts(reading), strict=True):
        whole[columns] = part


def _parts(reading: Reading) -> tuple[Tensor, Tensor, Tensor]:
    return reading.metric, reading.logits, reading.probabilities
