"""``MapData``: the one thing that every view yields and that is drawn, tabulated, saved and read.

Explore, Ask and both sides of Compare build it from an inspection (``inspection_map``), Probe from
a published map or a study, and ``difference`` from any two. ``figures.draw``, ``table.tabulate``,
``export``, ``read.read`` and ``difference.compare`` take it, and nothing else.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from dashboard.page.requests import Request
from model_backend import Archive, CellLine, Evidence, LayerTokenGrid, MapKind, Provenance, Scale


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
    """Height of a name above several columns: 0 is next to the map."""


@dataclass(frozen=True, eq=False)
class Marks:
    """Cells and columns that are set apart from the others."""

    left_out: Bool[np.ndarray, " column"] | None = None
    """Columns without a say in the range of the colours, such as sinks; None is no column."""
    outlined: Bool[np.ndarray, "row column"] | None = None
    """Cells that are outlined as one set."""
    dimmed: Bool[np.ndarray, "row column"] | None = None
    """Cells that are hatched."""
    masked_rows: tuple[int, ...] = ()
    """Rows that are grey: neither colours nor profiles count them."""
    masked_columns: tuple[int, ...] = ()
    """The same of columns."""


@dataclass(frozen=True)
class Colours:
    """Mapping from numbers to colours."""

    scale: Scale = Scale.RAW
    per_layer: bool = False
    """True if each layer has an intensity range of its own."""
    ends: tuple[float, float] | None = None
    """The values at both ends of the colours; None where the map's cells say."""
    is_fixed: bool = False
    """True if those ends are the same on every map of this measure."""
    low_is_dark: bool = False
    """True if the lowest value is the darkest, such as rank 1."""
    steps: int | None = None
    """Ends are multiples of one part in so many, so that no cell lies beyond them; None where they
    are percentiles of the cells."""


class CellText(StrEnum):
    """Text in the cells of a map, where it fits; the value is the label that people see."""

    AUTO = "automatic"
    TOKEN = "likeliest token"
    VALUE = "value"
    NOTHING = "nothing"


@dataclass(frozen=True)
class TokenCells:
    """Facts that only the map of one text has: each of its columns is a token."""

    ids: tuple[int | None, ...]
    """The token id of every column."""
    has_predictions: bool
    """True if next-token predictions can be fetched for its cells."""
    with_sinks: bool
    """True if sinks count for the colour range."""
    say_it_all: bool = True
    """True if the tokens themselves serve as title."""
    followers: tuple[str | None, ...] = ()
    """The text of the token after every column; None where the text ends."""


@dataclass(frozen=True, eq=False)
class MapData:
    """One number for every layer and column, with all that there is to say of it.

    Its cells are opened by its ``request``, with row and position; those of a difference on the two
    maps that it was made from.
    """

    grid: LayerTokenGrid
    """The numbers; NaN is a cell that does not exist, or that is not computed yet."""
    request: Request = field(default_factory=dict)
    """JSON values that say what the map is of."""
    view: Mapping[str, Any] = field(default_factory=dict)
    """JSON values that, with the request, give the same numbers again: measure, site and so on."""
    kind: MapKind = MapKind.MEASURE
    title: str = ""
    """Title in words."""
    short_name: str = ""
    """The measure's name where there is little room; empty where the grid's own is short."""
    phrase: str = ""
    """The measure's name with the texts of its tokens; empty where the grid's own says all."""
    columns: tuple[Column, ...] | None = None
    """Position that each column shows; None if the columns are all positions in order."""
    brackets: tuple[Bracket, ...] = ()
    lines: tuple[CellLine, ...] = ()
    """Further numbers of every cell, such as its interval."""
    marks: Marks = field(default_factory=Marks)
    colours: Colours = field(default_factory=Colours)
    cell_text: CellText = CellText.NOTHING
    """Text in the cells unless the reader chooses another."""
    first_layer: int = 0
    """The layer of the first row: 0 is the embedding, 1 what the first block leaves."""
    missing_rows: tuple[int, ...] = ()
    """Rows that are not computed yet, which is something else than cells that do not exist."""
    facts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """Sentences a reader needs in order not to misread the map."""
    provenance: Provenance = field(default_factory=Provenance)
    tokens: TokenCells | None = None
    """Token facts, for the map of one text only."""
    probes: tuple[str, ...] = ()
    """For a probe score: the probe of each column, or the one probe of all."""
    made_from: tuple[object, ...] = ()
    """The objects that its numbers came from, if maps of the same ones may share a picture."""
    make_evidence: Callable[[], Evidence] | None = None
    """Makes what its reading may name besides its own numbers, such as predictions."""
    make_archive: Callable[[], Archive] | None = None
    """Makes the file of all measures, where the map is one of several of a text."""

    @property
    def positions(self) -> tuple[int | None, ...]:
        """The token position of every column; None where there is no such position."""
        if self.columns is None:
            return tuple(range(len(self.grid.token_labels)))
        return tuple(column.position for column in self.columns)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns; empty if they are the tokens of a text."""
        if self.grid.named_columns:
            return self.grid.token_labels
        return tuple(column.name for column in self.columns or ())

    @property
    def measure(self) -> str:
        """Short name of the measure."""
        return self.short_name or self.name

    @property
    def name(self) -> str:
        """Name of the measure in full."""
        return self.phrase or self.grid.name

    @property
    def left_out(self) -> Bool[np.ndarray, " column"]:
        """Columns that the range of the colours ignores, such as sinks."""
        left_out = self.marks.left_out
        return np.zeros(len(self.grid.token_labels), dtype=bool) if left_out is None else left_out

    @property
    def masked(self) -> Bool[np.ndarray, "row column"]:
        """Cells that are grey: neither colours nor profiles count them."""
        masked = np.zeros(self.grid.values.shape, dtype=bool)
        masked[list(self.marks.masked_rows)] = True
        masked[:, list(self.marks.masked_columns)] = True
        return masked

    @property
    def counted(self) -> Float[np.ndarray, "row column"]:
        """The values without grey cells, which are NaN."""
        return np.where(self.masked, np.nan, self.grid.values)

    @property
    def is_computed(self) -> Bool[np.ndarray, " row"]:
        """True for rows whose values have been computed."""
        return ~np.isin(np.arange(len(self.grid.values)), self.missing_rows)

    @property
    def best(self) -> tuple[int, int] | None:
        """Row and column of the highest cell; None where no cell has a value."""
        values = self.counted
        if np.isnan(values).all():
            return None
        row, column = np.unravel_index(np.nanargmax(values), values.shape)
        return int(row), int(column)

    @property
    def drawn(self) -> LayerTokenGrid:
        """The grid as it is labelled in a figure: a short name says its unit, too."""
        if self.short_name:
            return replace(self.grid, name=self.short_name, unit="")
        return replace(self.grid, name=self.name)

    def heading(self, *, with_site: bool = False) -> str:
        """The model and what it was given, in a line."""
        at = f" at {self.grid.site}" if with_site and self.grid.site else ""
        model = self.provenance.model if self.tokens else ""
        return f"{model}{at}: {self.title}" if model else f"{self.title}{at}"
