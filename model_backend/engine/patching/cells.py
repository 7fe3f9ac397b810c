"""Cells of one row, patched: which rows they start from, and what replaces them.

For the residual stream, and for a single write, a patch is one vector at one position of one row:
blocks below it are not run at all. A write of a block is replaced at every position at once in one
pass over that block, for no position of its output reads another position's write. Heads, and
windows of writes, are replaced while the blocks run.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from model_backend.api.patching import PatchSite
from model_backend.engine.patching.block_calls import BlockCalls
from model_backend.engine.patching.layout import Layout, States
from model_backend.engine.patching.texts import Run, count_heads, site_modules
from model_backend.engine.turns import Steps, finish
from model_backend.models.architecture import Architecture

Change = Callable[[Tensor], Tensor]


@dataclass(frozen=True, eq=False)
class Patching:
    """Replacements of cells: the cells of a text, and the vectors that come in their place."""

    parts: Architecture
    site: PatchSite
    window: int
    base: Run
    """The text that is changed."""
    donors: Float[Tensor, "layer token width"]
    """Replacement of each position's cell: by row for the stream, by layer for writes."""
    paired: tuple[int, ...]
    """The positions of the text that have a donor."""

    @property
    def first_row(self) -> int:
        """The row of the map's first row: there is no write below row 1."""
        return 0 if self.site is PatchSite.RESID_POST else 1

    @property
    def rows(self) -> range:
        """Rows of the map."""
        return range(self.first_row, self.parts.n_layers + 1)

    def window_of(self, row: int) -> range:
        """The rows that are patched together with a row."""
        reach = self.window // 2
        return range(max(self.first_row, row - reach), min(row + reach, self.parts.n_layers) + 1)

    @property
    def is_of_vectors(self) -> bool:
        """True if a cell is one vector of one row, whatever blocks have run before."""
        if self.site is PatchSite.RESID_POST:
            return True
        return self.window == 1 and self.site is not PatchSite.HEADS


@torch.inference_mode()
def run_rows(
    patching: Patching, rows: Sequence[int], layout: Layout
) -> Float[Tensor, "row cell hidden"]:
    """The last position's last row for every cell of a layout, patched at each of some rows."""
    return finish(run_in_steps(patching, rows, layout))


def run_in_steps(patching: Patching, rows: Sequence[int], layout: Layout) -> Steps[Tensor]:
    """The same, stopping after every block.

    Rows are in ascending order. Those that have begun run together, so that each block's weights
    are read once for all of them.
    """
    if patching.is_of_vectors:
        return (yield from _run_vectors(patching, rows, layout))
    left = []
    for row in rows:
        left.append((yield from _run_replacing(patching, row, layout)))
    return torch.cat(left)


def changed_cells(patching: Patching, row: int) -> list[int]:
    """The paired positions whose cell is not what it was: patching the others changes nothing."""
    if not patching.is_of_vectors:
        return list(patching.paired)
    changed = torch.zeros(len(patching.base.ids), dtype=torch.bool)
    for one in patching.window_of(row):
        vectors = patching.donors[one - patching.first_row]
        changed |= (vectors != patching.base.residual[one]).any(dim=-1).cpu()
    if patching.window_of(row)[0] == patching.parts.n_layers:
        changed[:-1] = False  # no block is left that could read it
    return [position for position in patching.paired if changed[position]]


def _run_vectors(patching: Patching, rows: Sequence[int], layout: Layout) -> Steps[Tensor]:
    windows, n_layers = [patching.window_of(row) for row in rows], patching.parts.n_layers
    base, donors = patching.base.residual, patching.donors[:, list(layout.cells)]
    ends = base[-1, -1].expand(len(rows), len(layout.cells), -1).clone()
    running = [window for window in windows if window[0] < n_layers]
    states = layout.unpatched(base[0])[None][:0]
    for at in range(windows[0][0], n_layers):
        states = _with_begun(states, layout, base[at], sum(one[0] <= at for one in running))
        for own, window in zip(states, running, strict=False):
            if at in window:
                own[layout.sequence, layout.patched] = donors[at - patching.first_row]
        states = layout.run(at, states) if at < n_layers - 1 else states
        yield
    if running:
        ends[: len(running)] = layout.finish(states)
    is_last = layout.patched == layout.last
    for own, window in zip(ends, windows, strict=True):
        if n_layers in window:
            own[is_last] = donors[n_layers - patching.first_row][is_last]
    return ends


def _with_begun(
    states: States, layout: Layout, row: Float[Tensor, "token hidden"], n_begun: int
) -> Float[Tensor, "begun sequence slot hidden"]:
    """The states of rows that run, with those that begin here as the text leaves them."""
    if n_begun == len(states):
        return states
    fresh = layout.unpatched(row)
    return torch.cat([states, fresh.expand(n_begun - len(states), *fresh.shape)])


def _run_replacing(patching: Patching, row: int, layout: Layout) -> Steps[Tensor]:
    window = patching.window_of(row)
    modules = site_modules(patching.parts, patching.site)
    states: States = layout.unpatched(patching.base.residual[window[0] - 1])[None]
    for layer in range(window[0] - 1, patching.parts.n_layers):
        with ExitStack() as stack:
            if layer + 1 in window:
                change = _change(patching, layer, layout)
                of_input = patching.site is PatchSite.HEADS
                stack.enter_context(replacing(modules[layer], change, of_input=of_input))
            states = layout.run(layer, states)
        yield
    return layout.read(states)


def _change(patching: Patching, layer: int, layout: Layout) -> Change:
    """Put the donors of one layer into the slots, or the heads, of every cell."""
    donors = patching.donors[layer]
    shape = layout.positions.shape

    def at_slots(vectors: Tensor) -> Tensor:
        changed = vectors.clone().reshape(*shape, -1)
        changed[layout.sequence, layout.patched] = donors[list(layout.cells)]
        return changed.reshape(vectors.shape)

    def of_heads(vectors: Tensor) -> Tensor:
        n_heads, paired = count_heads(patching.parts), list(patching.paired)
        changed = vectors.clone().reshape(*shape, n_heads, -1)
        theirs = donors.reshape(len(donors), n_heads, -1)
        for sequence, head in enumerate(layout.cells):
            changed[sequence, paired, head] = theirs[paired, head]
        return changed.reshape(vectors.shape)

    return of_heads if patching.site is PatchSite.HEADS else at_slots


@contextmanager
def replacing(module: nn.Module, change: Change, *, of_input: bool = False) -> Iterator[None]:
    """Change what leaves a module, or what enters it, while this lasts."""

    def leaving(_: nn.Module, __: Any, output: Any) -> Any:
        if isinstance(output, tuple):
            return (change(output[0]), *output[1:])
        return change(output)

    def entering(_: nn.Module, args: tuple[Any, ...]) -> Any:
        return (change(args[0]), *args[1:])

    register: Any = module.register_forward_pre_hook if of_input else module.register_forward_hook
    hook = register(entering if of_input else leaving)
    try:
        yield
    finally:
        hook.remove()


@torch.inference_mode()
def rows_after_writes(
    parts: Architecture,
    site: PatchSite,
    base: Run,
    written: Float[Tensor, "layer token hidden"],
    paired: Sequence[int],
) -> Float[Tensor, "layer token hidden"]:
    """The row that every block leaves with its write replaced, at each position by itself."""
    calls = BlockCalls(parts, torch.tensor(base.ids)[None])
    chosen, left = list(paired), []
    for layer, module in enumerate(site_modules(parts, site)):
        theirs = written[layer]

        def change(vectors: Tensor, theirs: Tensor = theirs) -> Tensor:
            changed = vectors.clone().reshape(len(base.ids), -1)
            changed[chosen] = theirs[chosen]
            return changed.reshape(vectors.shape)

        with replacing(module, change):
            left.append(calls.run(layer, base.residual[layer][None])[0])
    return torch.stack(left)
