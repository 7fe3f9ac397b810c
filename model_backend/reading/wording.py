"""Names for the layers, tokens and numbers of a grid, as a reading says them."""

from dataclasses import dataclass
from itertools import pairwise
from math import floor, log10

import numpy as np

from model_backend.api.grid import LayerTokenGrid
from model_backend.reading.observations import Kind, Observation, Part, Region, TokenText
from model_backend.reading.patterns import Band, Kept, runs

BEFORE = ("probability", "AUC", "P(correct)")
"""Units that are said before their number."""


@dataclass(frozen=True, eq=False)
class Wording:
    """A grid and the part of it that is read; all places are rows and columns of that part."""

    grid: LayerTokenGrid
    kept: Kept
    apart: str = ""
    """Cells that the numbers exclude, in words: ``without the sink at position 0``."""

    @property
    def alone(self) -> bool:
        """True if neighbouring columns are not neighbours in the text."""
        if not self.grid.column_positions:
            return self.grid.named_columns
        at = [self.grid.column_positions[column] for column in self.kept.positions]
        return any(a is None or b != a + 1 for a, b in pairwise(at))

    @property
    def layers(self) -> Band:
        """All layers that are read."""
        return Band(0, len(self.kept.rows) - 1)

    @property
    def tokens(self) -> Band:
        """All tokens that are read."""
        return Band(0, len(self.kept.positions) - 1)

    @property
    def column(self) -> str:
        """Noun for one column."""
        return "position" if self.grid.named_columns else "token"

    def name_layers(self, band: Band) -> str:
        """As on the axis: ``layer 5``, ``layers embed to 3``."""
        first, last = (self.grid.layer_labels[self.kept.rows[end]] for end in band.ends)
        return f"layer {first}" if band.first == band.last else f"layers {first} to {last}"

    def name_tokens(self, band: Band) -> tuple[Part, ...]:
        """Positions, with the texts of the outer two."""
        first, last = (int(self.kept.positions[end]) for end in band.ends)
        start = TokenText(first, self.grid.token_labels[first])
        if names := self.grid.column_names:
            end = TokenText(last, self.grid.token_labels[last])
            to = () if first == last else (f" to {names[last]} (", end, ")")
            return (f"{names[first]} (", start, ")", *to)
        if self.grid.named_columns:
            end = TokenText(last, self.grid.token_labels[last])
            return ("position ", start) if first == last else ("positions ", start, " to ", end)
        if first == last:
            return (f"position {first} (", start, ")")
        end = TokenText(last, self.grid.token_labels[last])
        return (f"positions {first} to {last} (", start, " to ", end, ")")

    def regions(self, layers: Band | None = None, tokens: Band | None = None) -> tuple[Region, ...]:
        """A rectangle of the grid; all layers or all tokens unless some are named.

        Several where columns without any value lie within: nothing is said of those.
        """
        rows = [int(self.kept.rows[end]) for end in (layers or self.layers).ends]
        positions = [int(self.kept.positions[end]) for end in (tokens or self.tokens).ends]
        first, last = positions
        there = np.isfinite(self.grid.values[:, first : last + 1]).any(axis=0)
        spans = [(first + run.first, first + run.last) for run in runs(there)]
        return tuple(Region(rows[0], rows[1], *span) for span in spans)

    def say(self, kind: Kind, *parts: Part) -> Observation:
        """A statement about all that is read."""
        return Observation(kind, parts, self.regions())

    def typical(self, layers: Band, tokens: Band) -> str:
        """The median of a rectangle and the range that 80 of 100 cells are in."""
        cells = self.kept.values[layers.first : layers.last + 1, tokens.first : tokens.last + 1]
        low, middle, high = np.nanpercentile(cells, (10, 50, 90))
        return (f"median {self.amount(middle)}, 10th to 90th percentile "
                f"{self._with_unit(f'{number(low)} to {number(high)}')}")  # fmt: skip

    def amount(self, value: float) -> str:
        """A value with its unit."""
        return self._with_unit(number(value))

    def distance(self, value: float) -> str:
        """Format the difference of two values."""
        return number(value) if self.grid.unit in BEFORE else self.amount(value)

    def _with_unit(self, text: str) -> str:
        unit = self.grid.unit
        return f"{unit} {text}" if unit in BEFORE else f"{text} {unit}".rstrip()


def number(value: float) -> str:
    """Three significant digits, written out where that stays short."""
    size = abs(value)
    if size == 0:
        return "0"
    if not 1e-3 <= size < 999_500:
        return f"{value:.3g}"
    decimals = 2 - floor(log10(float(f"{size:.2e}")))
    return f"{round(float(value), decimals):,.{max(decimals, 0)}f}"


def percent(share: float) -> str:
    """A share of one, to three significant digits."""
    return f"{number(100 * share) if share >= 1e-5 else '0'} %"


def capital(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]
