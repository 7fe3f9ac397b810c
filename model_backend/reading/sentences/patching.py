"""The reading of a patch map: which token carries the answer at which layers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from model_backend.api.maps.grid import LayerTokenGrid
from model_backend.grids.numbers import percent
from model_backend.reading.material.observations import Kind, Observation, Part
from model_backend.reading.material.seen import Seen

EFFECT = "patching effect"
"""Name of the grid of a patch map; that of a difference has another."""
SHARE = "of the gap"
"""Unit of effects that are shares of what lies between two texts."""
SHARE_LOST = "of the gap lost"
"""The same where B's cells go into A, so that A's answer is lost by so much."""
MUCH = 0.5
"""Share from which on a cell is said to carry the answer."""
CAUTION = (
    "A cell that brings the answer back is enough for it between these two texts; it need not be "
    "the only one, and another pair of texts may need others."
)
CAUTION_TAKEN = (
    "A cell that takes the answer away is needed for it between these two texts; it need not be "
    "enough for it, and another pair of texts may need others."
)
ZEROS = " Tokens before the first that differs are 0 by construction."

CAUTION_LOST = (
    "A cell that costs the answer much is needed as the rest stands; other cells may take over its "
    "part, and the model may never have met what is put in its place."
)


@dataclass(frozen=True)
class Carrier:
    """Rows next to each other in which one column has the largest effect, and enough of it."""

    column: int
    first: int
    last: int
    least: float


def is_patched(grid: LayerTokenGrid) -> bool:
    """True if a map is of shares that patched cells bring back or take away."""
    return grid.name == EFFECT and grid.unit in (SHARE, SHARE_LOST)


def patch_caution(grid: LayerTokenGrid) -> str:
    """A sentence on what patched cells do not show."""
    said = CAUTION_TAKEN if grid.unit == SHARE_LOST else CAUTION
    return said if grid.named_columns else said + ZEROS


def drawn(grid: LayerTokenGrid) -> str:
    """A sentence on what a cell of the map is."""
    if grid.unit == SHARE_LOST:
        return "How much of the gap between both texts is lost with each cell by itself"
    return "How much of the gap between both texts each cell closes by itself"


def is_knocked_out(grid: LayerTokenGrid) -> bool:
    """True if a map is of what the answer loses when cells are taken away."""
    return grid.name == EFFECT and not is_patched(grid)


def lost_in_short(seen: Seen) -> Observation:
    """The cells that the answer can least do without, and that stand most against it."""
    (row, column), (low_row, low_column) = (_largest(seen.values), _largest(-seen.values))
    lowest = float(seen.values[low_row, low_column])
    said: list[Part] = [
        f"Taking away layer {seen.layer(row)} at ",
        seen.token(column),
        f" costs the answer most: {seen.amount(float(seen.values[row, column]))}.",
    ]
    if lowest < 0:
        said += [
            f" Taking away layer {seen.layer(low_row)} at ",
            seen.token(low_column),
            f" helps it most: {seen.amount(-lowest)}.",
        ]
    return seen.say(Kind.SHORT, *said)


def in_short(seen: Seen) -> Observation:
    """Who carries the answer, from the bottom to the top."""
    found = list(_carriers(seen.values))
    if not found:
        row, column = _largest(seen.values)
        share = percent(max(0.0, float(seen.values[row, column])))
        return seen.say(
            Kind.SHORT,
            f"No single cell {_does(seen, 'half of the answer')}; the most is {share}, at layer "
            f"{seen.layer(row)}, ",
            seen.token(column),
            ".",
        )
    said: list[Part] = []
    for at, one in enumerate(found):
        said += [_lead(seen, one, at, len(found)), seen.token(one.column),
                 f" carries {_share(one)}"]  # fmt: skip
    regions = [
        region for one in found for region in seen.regions((one.first, one.last), [one.column])
    ]
    return seen.say(Kind.SHORT, *said, ".", regions=regions)


def findings(seen: Seen) -> Iterator[Observation]:
    """Rows between two carriers, and cells that drive the answer away."""
    found = list(_carriers(seen.values))
    for one, other in pairwise(found):
        if other.first - one.last > 1:
            then = ": it is handed over." if other.column != one.column else "."
            yield seen.say(
                Kind.STANDS_OUT,
                f"Between layers {seen.layer(one.last)} and {seen.layer(other.first)} no single "
                f"cell {_does(seen, 'half of it')}{then}",
            )
    lowest = float(np.nanmin(seen.values))
    if lowest < -0.1:
        row, column = (int(at) for at in np.unravel_index(np.nanargmin(seen.values),
                                                          seen.values.shape))  # fmt: skip
        yield seen.say(
            Kind.STANDS_OUT,
            f"Layer {seen.layer(row)} at ",
            seen.token(column),
            f" {'drives the answer away' if seen.grid.unit == SHARE else 'stands against it'} "
            f"({lowest:.2g}).",
        )


def _does(seen: Seen, what: str) -> str:
    return f"takes {what} away" if seen.grid.unit == SHARE_LOST else f"brings {what} back"


def _carriers(values: np.ndarray) -> Iterator[Carrier]:
    strongest = [_strongest(row) for row in values]
    start = 0
    for row in range(1, len(strongest) + 1):
        if row < len(strongest) and strongest[row] == strongest[start]:
            continue
        column = strongest[start]
        if column is not None:
            yield Carrier(column, start, row - 1, float(values[start:row, column].min()))
        start = row


def _strongest(row: Sequence[float] | np.ndarray) -> int | None:
    """The column with the largest effect of a row; None if that is too little."""
    cells = np.asarray(row, dtype=float)
    if not np.isfinite(cells).any() or np.nanmax(cells) < MUCH:
        return None
    return int(np.nanargmax(cells))


def _lead(seen: Seen, one: Carrier, at: int, count: int) -> str:
    comma = "; " if at else ""
    if at == 0 and one.first == 0 < one.last and count > 1:
        return f"Up to layer {seen.layer(one.last)}, "
    if one.last == len(seen.values) - 1:
        said = f"from layer {seen.layer(one.first)} on, "
        return comma + (said if at else said.capitalize())
    said = f"at layers {seen.layer(one.first)} to {seen.layer(one.last)}, "
    if one.first == one.last:
        said = f"at layer {seen.layer(one.first)}, "
    return comma + (said if at else said.capitalize())


def _share(one: Carrier) -> str:
    """The least that a column carries over its rows, in words."""
    said = percent(min(one.least, 1.0))
    return said if one.first == one.last or said == percent(1.0) else f"{said} or more"


def _largest(values: np.ndarray) -> tuple[int, int]:
    row, column = np.unravel_index(int(np.nanargmax(values)), values.shape)
    return int(row), int(column)
