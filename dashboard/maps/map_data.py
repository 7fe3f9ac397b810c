"""What a map is of: an inspection and its columns, or any grid with more to say of each cell.

``MapSource`` is what a view gives to ``dashboard.map_card.callbacks.register_map``.
"""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from jaxtyping import Bool, Float

from dashboard.page.requests import Request
from model_backend import (
    SITES,
    CellDetail,
    Inspection,
    LayerTokenGrid,
    Measure,
    Scale,
    Site,
    Span,
    StudyId,
)

MOST_HATCHED = 2_000
"""Cells: more strokes would take long to draw."""


@dataclass(frozen=True)
class Column:
    """One column of a map: the token position it shows, and its name if it has one."""

    position: int | None
    """None is a position that does not exist: its column is drawn as missing."""
    name: str = ""


@dataclass(frozen=True)
class Bracket:
    """A name above some columns, both ends included; ``<br>`` breaks it into lines."""

    name: str
    first: int
    last: int
    level: int = 0
    """Of names above several columns: 0 is next to the map, the next further up."""


@dataclass(frozen=True, eq=False)
class CellLine:
    """One more line of every cell's tooltip; with ``upper`` it is an interval."""

    label: str
    values: Float[np.ndarray, "row token"]
    upper: Float[np.ndarray, "row token"] | None = None
    unit: str = ""
    column_labels: tuple[str, ...] = ()
    """Where the label is another for every column."""


@dataclass(frozen=True, eq=False)
class Score:
    """The probe score of every cell of a map, and what it rests on."""

    grid: LayerTokenGrid
    study: StudyId
    probes: tuple[str, ...]
    """Whose probe scores each column; the one that scores all where there is but one."""
    lines: tuple[CellLine, ...]
    """What each cell's probe is worth, in as many columns as there are ``probes``."""
    within_chance: Bool[np.ndarray, "row probe"]
    """Cells whose probe may have found nothing."""
    taught: tuple[str, ...] = ()
    """What is to be known where the probes were fitted on what they score here."""

    @property
    def hatched(self) -> Bool[np.ndarray, "row column"] | None:
        """Those cells, as they are marked on the map; None where they are too many to draw."""
        cells = np.broadcast_to(self.within_chance, self.grid.values.shape)
        return cells if cells.sum() <= MOST_HATCHED else None


@dataclass(frozen=True, eq=False)
class Subject:
    """An inspection, and which of its positions are the columns of the map; by default all."""

    inspection: Inspection
    columns: tuple[Column, ...] | None = None
    brackets: tuple[Bracket, ...] = ()
    notes: tuple[str, ...] = ()
    """What there is to know of the columns, in sentences."""
    score: Score | None = None
    """The probe score, where that is looked at."""
    about: str = ""
    """What it is of, in words; empty where its tokens say that."""

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
    def ids(self) -> list[int | None]:
        """The token id of every column."""
        token_ids = self.inspection.token_ids
        return [None if at is None else int(token_ids[at]) for at in self.positions]

    def grid(self, measure: Measure, site: Site | None = None) -> LayerTokenGrid:
        """One measure over the map's columns; a missing column is NaN.

        Raises:
            BadRequest: the inspection has no such measure; the text says why.
        """
        if self.score is not None and measure is Measure.PROBE_SCORE:
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


@dataclass(frozen=True)
class Look:
    """What is drawn of an inspection and how."""

    measure: Measure
    scale: Scale = Scale.INTENSITY
    span: Span = Span.AUTO
    with_sinks: bool = False
    site: Site | None = None
    """Where in the blocks; None is the measure's usual site."""
    study: StudyId = ""
    """Of a probe score: the study whose probes give it."""
    position: str = ""
    """Of a probe score: whose probe scores every token; the study's best position if empty."""

    @property
    def ends(self) -> tuple[float, float] | None:
        """What the colours go from and to whatever the map holds; None where its values say."""
        return (0.0, 1.0) if self.measure is Measure.PROBE_SCORE else None


def make_look(
    measure: str,
    site: str | None,
    scale: str = Scale.INTENSITY,
    span: str = Span.AUTO,
    sinks: bool = False,
    study: str | None = None,
    position: str | None = None,
) -> Look:
    """A look from the values of the page's controls.

    A site that the measure has not is that of the measure before: then it is the usual one. A
    probability has the one scale on which 0.9 is the same colour on every map.
    """
    of = Measure(measure)
    at = Site(site) if site else None
    look = Look(of, Scale(scale), Span(span), sinks, at if at in SITES[of] else None)
    if of is not Measure.PROBE_SCORE:
        return look
    return replace(look, scale=Scale.RAW, study=study or "", position=position or "")


class MapSource(Protocol):
    """Where a view's map comes from; it is asked anew in every callback, so answers are cached."""

    def subject(self, request: Request, *, attention: bool = False) -> Subject:
        """What the map of this request is of, measured with attention only if that is asked."""
        ...

    def cell(self, request: Request, row: int, position: int) -> CellDetail:
        """One cell of it, opened; ``position`` is that of the token, not of the column."""
        ...
