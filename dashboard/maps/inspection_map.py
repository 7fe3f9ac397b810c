"""An inspection, and which of its positions are the columns of a map; ``load_map`` makes the map.

``MapSource`` is what a view gives to ``dashboard.map_card.callbacks.register_map``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from jaxtyping import Bool

from dashboard.maps.map_data import Bracket, Column
from dashboard.page.requests import Request
from model_backend import (
    Attribution,
    CellDetail,
    CellLine,
    Inspection,
    LayerTokenGrid,
    Measure,
    Site,
    StudyId,
    join_labels,
    masked_positions,
)

Pair = tuple[int, int]
"""The ids of two tokens."""

MOST_HATCHED = 2_000
"""Cells: more strokes would take long to draw."""


@dataclass(frozen=True, eq=False)
class Score:
    """The probe score of every cell of a map, and what it rests on."""

    grid: LayerTokenGrid
    study: StudyId
    probes: tuple[str, ...]
    """Name of the probe of each column; a single name if one probe scores all columns."""
    lines: tuple[CellLine, ...]
    """Quality of each cell's probe, with a column for each of ``probes``."""
    within_chance: Bool[np.ndarray, "row probe"]
    """Cells whose probe may have found nothing."""
    taught: tuple[str, ...] = ()
    """Warnings if the probes were fitted on the question that they score here."""

    @property
    def hatched(self) -> Bool[np.ndarray, "row column"] | None:
        """The cells within chance, which the map hatches; None where they are too many to draw."""
        cells = np.broadcast_to(self.within_chance, self.grid.values.shape)
        return cells if cells.sum() <= MOST_HATCHED else None


@dataclass(frozen=True, eq=False)
class InspectionMap:
    """An inspection, and which of its positions are columns; by default all."""

    inspection: Inspection
    columns: tuple[Column, ...] | None = None
    brackets: tuple[Bracket, ...] = ()
    notes: tuple[str, ...] = ()
    """Sentences about the columns."""
    score: Score | None = None
    """The probe score, where that is drawn."""
    about: str = ""
    """Title; empty where the tokens themselves serve as one."""

    @property
    def positions(self) -> tuple[int | None, ...]:
        """The token position of every column."""
        if self.columns is None:
            return tuple(range(len(self.inspection.token_ids)))
        return tuple(column.position for column in self.columns)

    @property
    def missing(self) -> Bool[np.ndarray, " column"]:
        """Columns whose position does not exist."""
        return np.array([position is None for position in self.positions])

    @property
    def is_sink(self) -> Bool[np.ndarray, " column"]:
        """Columns of massive activations."""
        return self._pick(self.inspection.is_sink, False)

    @property
    def has_predictions(self) -> bool:
        """True if every cell has predictions of the next token; cells of an encoder have none."""
        return self.inspection.top_ids.shape[2] > 0

    def columns_over_few(self, measure: Measure) -> tuple[int, ...]:
        """Columns whose values are means over too few later tokens to be compared."""
        n_tokens = len(self.inspection.token_ids)
        few = masked_positions(measure, n_tokens, is_causal=self.has_predictions)
        return tuple(column for column, at in enumerate(self.positions) if at in few)

    @property
    def followers(self) -> tuple[str | None, ...]:
        """The text of the token after every column; None where the text ends or a column has no
        token."""
        labels = (*self.inspection.grids[Measure.RESIDUAL_NORM].token_labels, None)
        return tuple(None if at is None else labels[at + 1] for at in self.positions)

    @property
    def ids(self) -> tuple[int | None, ...]:
        """The token id of every column."""
        token_ids = self.inspection.token_ids
        return tuple(None if at is None else int(token_ids[at]) for at in self.positions)

    @property
    def title(self) -> str:
        """Title: ``about``, else the text without its special tokens."""
        if self.about:
            return self.about
        labels = self.inspection.grids[Measure.RESIDUAL_NORM].token_labels
        typed = zip(labels, self.inspection.is_special, strict=True)
        return " ".join(join_labels(label for label, special in typed if not special).split())

    def grid(self, measure: Measure, site: Site | None = None) -> LayerTokenGrid:
        """One measure over the map's columns; a missing column is NaN.

        Raises:
            BadRequest: the inspection has no such measure; the text says why.
        """
        if self.score is not None and measure.spec.needs_study:
            return self.score.grid
        grid = self.inspection.grid(measure, site)
        if self.columns is None:
            return grid
        tokens = tuple("" if at is None else grid.token_labels[at] for at in self.positions)
        names = tuple(column.name for column in self.columns)
        values = self._pick(grid.values, np.nan)
        grid = replace(grid, column_names=names, column_positions=self.positions)
        return replace(grid, values=values, token_labels=tokens)

    def _pick(self, values: np.ndarray, absent: float) -> np.ndarray:
        if self.columns is None:
            return values
        picked = values[..., [at or 0 for at in self.positions]]
        picked[..., self.missing] = absent
        return picked


class MapSource(Protocol):
    """Source of a view's map; every callback asks it again, so its answers are cached."""

    def inspection_map(
        self, request: Request, *, attention: bool = False, measures: Sequence[str] = ()
    ) -> InspectionMap:
        """The inspection and the columns of this request, with attention only if that is asked.

        ``measures`` are those with arguments to take besides the usual.
        """
        ...

    def cell(
        self, request: Request, row: int, position: int, *, measures: Sequence[str] = ()
    ) -> CellDetail:
        """One cell of it, opened; ``position`` is that of the token, not of the column."""
        ...

    def attribution(self, request: Request, row: int, position: int, pair: Pair) -> Attribution:
        """Split a logit difference into what each layer up to ``row`` wrote for it."""
        ...
