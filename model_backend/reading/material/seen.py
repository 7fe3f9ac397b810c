"""The part of a map that is read, its values, and names for its layers, tokens and numbers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Float, Int

from model_backend.api.maps.grid import LayerTokenGrid
from model_backend.api.maps.measures import Measure
from model_backend.grids.numbers import amount, percent, significant
from model_backend.reading.material.evidence import Evidence
from model_backend.reading.material.observations import Kind, Observation, Part, Region, TokenText

LARGEST = 1e100
"""Numbers beyond this are no measurements, and their squares could not be added up; those under its
inverse are nothing, and their squares would be."""
RATIOS = ("residual norm", "update size", "attention output", "MLP output", "largest neuron")
"""Measures whose values are compared by their ratio."""
SHARES = ("attention received", "attention to the first token")
"""Shares of attention, which are written as percentages."""


@dataclass(frozen=True, eq=False)
class Seen:
    """The rows and columns of a grid that are read; places are rows and columns of this part."""

    grid: LayerTokenGrid
    evidence: Evidence
    rows: Int[np.ndarray, " row"]
    columns: Int[np.ndarray, " column"]
    values: Float[np.ndarray, "row column"]
    """NaN where a cell has no value."""

    @cached_property
    def measure(self) -> Measure | None:
        """The measure; None where the grid is of AUCs or of a difference."""
        return Measure.named(self.grid.name)

    @property
    def finite(self) -> Float[np.ndarray, " cell"]:
        """All values in view that are not missing."""
        return self.values[~np.isnan(self.values)]

    @property
    def is_ratio(self) -> bool:
        """True if values are compared by their ratio; what lies about a midpoint is subtracted."""
        is_one = self.measure is not None and self.measure.id in RATIOS
        if self.grid.midpoint is not None:
            return False
        return is_one and self.finite.size > 0 and bool((self.finite > 0).all())

    @property
    def is_rank(self) -> bool:
        """True if values are ranks, of which 1 is the best."""
        return self.measure is not None and self.measure.spec.is_whole

    @property
    def is_text(self) -> bool:
        """True if neighbouring columns are neighbours in one text."""
        at = self.grid.column_positions
        if self.grid.named_columns or any(position is None for position in at):
            return False
        return all(b == a + 1 for a, b in pairwise(at) if a is not None)

    @property
    def column(self) -> str:
        """Noun for one column."""
        return "position" if self.grid.named_columns else "token"

    @cached_property
    def levels(self) -> Float[np.ndarray, " row"]:
        """The median of each layer."""
        return medians(self.values, 1)

    @cached_property
    def span(self) -> float:
        """The range of the whole picture's colours, from the 2nd to the 98th percentile."""
        low, high = np.nanpercentile(self.values, (2, 98))
        return float(high - low)

    def amount(self, value: float) -> str:
        """A value with its unit."""
        if self.measure is not None and self.measure.id in SHARES:
            return percent(value)
        return amount(value, self.grid.unit, is_whole=self.is_rank)

    def difference(self, value: float) -> str:
        """The size of a difference of two values; of percentages it is in points."""
        said = self.amount(abs(value))
        return f"{said.removesuffix(' %')} points" if said.endswith("%") else said

    def bare(self, value: float) -> str:
        """A value without its unit, unless that is a percent sign."""
        said = self.amount(value)
        return said if said.endswith("%") or self.is_rank else significant(value)

    def layer(self, row: int) -> str:
        """The label of a layer."""
        return self.grid.layer_labels[self.rows[row]]

    def layers(self, first: int, last: int) -> str:
        """``layer 5``, or ``layers 5 to 8``."""
        if first == last:
            return f"layer {self.layer(first)}"
        return f"layers {self.layer(first)} to {self.layer(last)}"

    def token(self, column: int) -> TokenText:
        """The token of a column, or its name if columns are named positions."""
        at = int(self.columns[column])
        return TokenText(at, self.grid.token_labels[at])

    def place(self, column: int) -> str:
        """The position of a column in words: its number, or its name where it has one."""
        at = int(self.columns[column])
        if self.grid.named_columns or not self.grid.column_names:
            return str(at)
        return self.grid.column_names[at] or str(self.grid.column_positions[at])

    def regions(self, rows: tuple[int, int], columns: Iterable[int]) -> tuple[Region, ...]:
        """Rectangles of the grid from the first to the last of ``rows``, one for each run."""
        first, last = (int(self.rows[row]) for row in rows)
        chosen = np.zeros(len(self.grid.token_labels), dtype=bool)
        chosen[self.columns[list(columns)]] = True
        return tuple(Region(first, last, *run) for run in runs(chosen))

    def every(self, rows: tuple[int, int] | None = None) -> tuple[Region, ...]:
        """Regions of all columns in view, at ``rows`` or at all layers."""
        return self.regions(rows or (0, len(self.rows) - 1), range(len(self.columns)))

    def say(self, kind: Kind, *parts: Part, regions: Sequence[Region] = ()) -> Observation:
        """Make an observation from words; it is about all that is in view unless ``regions`` are
        given.
        """
        return Observation(kind, merged(parts), tuple(regions) or self.every())


def see(
    grid: LayerTokenGrid, left_out: Bool[np.ndarray, "row token"], evidence: Evidence
) -> Seen | None:
    """The part of a grid that is in view, not left out, and has values; None if there is none."""
    values = grid.values.astype(np.float64)
    present = np.abs(np.where(np.isnan(values), np.inf, values)) <= LARGEST
    present &= ~left_out
    if evidence.in_view is not None:
        view, inside = evidence.in_view, np.zeros_like(present)
        inside[view.first_row : view.last_row + 1, view.first_position : view.last_position + 1] = (
            True
        )
        present &= inside
    rows, columns = np.flatnonzero(present.any(axis=1)), np.flatnonzero(present.any(axis=0))
    if not len(rows):
        return None
    cells = np.ix_(rows, columns)
    kept = np.where(np.abs(values[cells]) < 1 / LARGEST, 0.0, values[cells])
    return Seen(grid, evidence, rows, columns, np.where(present[cells], kept, np.nan))


def runs(chosen: Bool[np.ndarray, " place"]) -> list[tuple[int, int]]:
    """First and last of each unbroken run of what is true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], chosen.astype(int), [0]])))
    return [(int(a), int(b) - 1) for a, b in edges.reshape(-1, 2)]


def medians(values: Float[np.ndarray, "row token"], axis: int) -> Float[np.ndarray, " kept"]:
    """The median of every row (axis 1) or column (axis 0) over the cells that have a value.

    Sorted by hand, for NumPy's own is slow where cells are missing.
    """
    ordered = np.sort(values, axis=axis)
    count = np.expand_dims((~np.isnan(values)).sum(axis=axis), axis)
    low = np.take_along_axis(ordered, (count - 1) // 2, axis)
    high = np.take_along_axis(ordered, count // 2, axis)
    return np.asarray((0.5 * (low + high)).squeeze(axis))


def merged(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Parts of a sentence with neighbouring strings joined into one."""
    found: list[Part] = []
    for part in parts:
        if isinstance(part, str) and found and isinstance(found[-1], str):
            found[-1] += part
        elif part != "":
            found.append(part)
    return tuple(found)


def listed(items: Sequence[Sequence[Part]], last: str = " and ") -> list[Part]:
    """Items with commas between them, and ``last`` before the last."""
    found: list[Part] = []
    for at, item in enumerate(items):
        found += ["" if at == 0 else last if at == len(items) - 1 else ", ", *item]
    return found


def capital(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]
