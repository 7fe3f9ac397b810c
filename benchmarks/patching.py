"""Cost of an exact patch map, beside one lean pass for every cell."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from benchmarks.pairs import Action, time_pairs
from benchmarks.table import Line
from model_backend import LocalBackend, PatchRequest, catalogue
from model_backend.engine.patching.prepare import Prepared, prepare, run_texts
from model_backend.engine.patching.rows import RowMaker
from model_backend.models.loaded import LoadedModel

LEAST_FACTOR = 10.0
SAMPLED = 10
"""A pass is timed for one cell of so many: all passes cost the same."""
LARGEST_ERROR = 1e-4
"""Largest difference of two equal cells, as a share of the gap."""
LONG = (
    "{country} is a country, and so are many others in the world. Everybody in the old village "
    "knows it very well. The capital of {country} is"
)
"""32 tokens of the built-in model, the second of which differs already."""
REAL_A = "The Eiffel Tower is located in the city of"
REAL_B = "The Colosseum is located in the city of"


def patch_lines(real: Path) -> Iterator[Line]:
    """The built-in model and a real one, each beside a pass for every cell; ``real`` is a file."""
    builtin = LocalBackend(device="cpu")
    italy, japan = (LONG.format(country=name) for name in ("Italy", "Japan"))
    yield from _lines("built-in", builtin, italy, japan)
    yield from _lines("135M", LocalBackend(catalogue([str(real)]), device="cpu"), REAL_A, REAL_B)


def _lines(name: str, backend: LocalBackend, a: str, b: str) -> Iterator[Line]:
    loaded = backend._pool.take(backend.models()[0].name)
    request = PatchRequest(loaded.card.name, a, b)
    prepared = prepare(run_texts(loaded, request), request)
    rows, columns = len(prepared.patchings[0].rows), prepared.columns
    every = [(row, column) for row in range(rows) for column in range(columns)]
    some = every[::SAMPLED]

    def pair() -> tuple[Action, Action]:
        return partial(patch_rows, loaded, prepared), partial(lean_cells, loaded, prepared, some)

    pairs = time_pairs(pair, most=7)
    found, scale = pairs.inverse_ratio, len(every) / len(some)
    factor = replace(
        found, value=found.value * scale, low=found.low * scale, high=found.high * scale
    )
    what = f"a pass for every cell / patch map, {name}, {rows} x {columns}"
    note = f"{float(pairs.measured.mean()):.2f} s a map; {pairs.sureness}"
    yield Line(what, factor.value, limit=LEAST_FACTOR, note=note, is_least=True, digits=1,
               ratio=factor)  # fmt: skip
    exact = patch_rows(loaded, prepared)[tuple(torch.tensor(some).T)]
    error = float((exact - lean_cells(loaded, prepared, some)).abs().max())
    what = f"largest difference of the two, of the gap, {name}"
    yield Line(what, error, limit=LARGEST_ERROR, digits=6)


def patch_rows(loaded: LoadedModel, prepared: Prepared) -> torch.Tensor:
    """Every row, sequences and masks included, as for a first request."""
    rows = [row for step in RowMaker(loaded, prepared).steps() for row in step]
    return torch.stack([row.effect for row in sorted(rows, key=lambda row: row.row)])


@torch.inference_mode()
def lean_cells(
    loaded: LoadedModel, prepared: Prepared, cells: Sequence[tuple[int, int]]
) -> torch.Tensor:
    """One whole pass for each cell: no cache, and the last position's logits only."""
    ids = torch.tensor(prepared.texts.b[0].ids)[None]
    logits = [_lean_cell(loaded.model, prepared, ids, cell) for cell in cells]
    return prepared.effect(prepared.reader.measure(torch.stack(logits).float()))


def _lean_cell(
    model: Any, prepared: Prepared, ids: torch.Tensor, cell: tuple[int, int]
) -> torch.Tensor:
    row, position = cell
    vector, blocks = prepared.texts.a.residual[row, position], prepared.parts.blocks

    def leaves(_: Any, __: Any, output: Any) -> None:
        (output[0] if isinstance(output, tuple) else output)[0, position] = vector

    def enters(_: Any, args: Any, kwargs: Any) -> None:
        (args[0] if args else kwargs["hidden_states"])[0, position] = vector

    if row:
        hook = blocks[row - 1].register_forward_hook(leaves)
    else:
        hook = blocks[0].register_forward_pre_hook(enters, with_kwargs=True)
    try:
        logits: torch.Tensor = model(input_ids=ids, use_cache=False, logits_to_keep=1).logits
        return logits[0, -1]
    finally:
        hook.remove()
