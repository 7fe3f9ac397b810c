"""One number for every layer and token position, which is all that is drawn as a heatmap; and such
a map as it is kept in a file, with all that is said of its cells.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from jaxtyping import Bool, Float


@dataclass(frozen=True, eq=False)
class LayerTokenGrid:
    """One number for every layer and token position, with what is needed to label it.

    Rows go from the embedding (row 0) to the last block. A cell that has no value is NaN.

    Raises:
        ValueError: the labels do not fit the values.
    """

    name: str
    values: Float[np.ndarray, "row token"]
    layer_labels: tuple[str, ...]
    token_labels: tuple[str, ...]
    unit: str = ""
    midpoint: float | None = None
    """The value that means "nothing here" (0.5 for an AUC); None when there is none."""
    site: str = ""
    """Where in the blocks it was taken, such as ``resid_mid``; empty where that is no question."""
    named_columns: bool = False
    """Whether a column is a named position over many texts (``last_q``), not a token of one."""
    column_names: tuple[str, ...] = ()
    """What the columns are called where they are not simply the positions of a text."""
    column_positions: tuple[int | None, ...] = ()
    """The token that each of such columns stands for: some may be the same one, None is missing."""
    clipped_at: float | None = None
    """Where the source drew lower values as this one; None where values are as measured."""
    source: str = ""
    """What the numbers rest on besides the text and its model, in words: the study of a score."""

    def __post_init__(self) -> None:
        labels = (len(self.layer_labels), len(self.token_labels))
        if self.values.shape != labels:
            raise ValueError(f"values have shape {self.values.shape}, labels say {labels}")


def layer_labels(n_layers: int) -> tuple[str, ...]:
    """The names of the rows of a model with ``n_layers`` blocks: ``embed, 1, 2, ... n_layers``."""
    return ("embed", *(str(layer) for layer in range(1, n_layers + 1)))


class MapKind(StrEnum):
    """What a map is; the value stands in files."""

    MEASURE = "measure of a text"
    AUC = "AUCs of probes"
    DIFFERENCE = "difference of two maps"


@dataclass(frozen=True, eq=False)
class CellLine:
    """One more line of every cell's tooltip; with ``upper`` it is an interval."""

    label: str
    values: Float[np.ndarray, "row token"]
    """A single column stands for all columns."""
    upper: Float[np.ndarray, "row token"] | None = None
    unit: str = ""
    column_labels: tuple[str, ...] = ()
    """Where the label is another for every column."""


@dataclass(frozen=True)
class Provenance:
    """Where a map's numbers came from; a difference has that of both its sides."""

    model: str = ""
    revision: str = ""
    dtype: str = ""
    details: Mapping[str, str] = field(default_factory=dict)
    """Whatever else is known, such as the study and its seeds."""
    sides: tuple["Provenance", ...] = ()


@dataclass(frozen=True, eq=False)
class SavedMap:
    """One map with all that is said of its cells."""

    kind: MapKind
    title: str
    grid: LayerTokenGrid
    left_out: Bool[np.ndarray, " column"]
    """Columns without a say in the range of the colours."""
    lines: tuple[CellLine, ...] = ()
    outlined: Bool[np.ndarray, "row column"] | None = None
    dimmed: Bool[np.ndarray, "row column"] | None = None
    short_name: str = ""
    """The measure's name where there is little room."""
    facts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    ends: tuple[float, float] | None = None
    """The values at both ends of the colours; None where the cells say."""
    steps: int | None = None
    """These ends are multiples of one part in so many, and no value lies beyond them."""
    first_layer: int = 0
    """The layer of the first row: 0 is the embedding."""
    missing_rows: tuple[int, ...] = ()
    """Rows that were not computed yet."""
    request: Mapping[str, Any] = field(default_factory=dict)
    """The JSON values by which it was asked for."""
    provenance: Provenance = field(default_factory=Provenance)
    versions: Mapping[str, str] = field(default_factory=dict)
    """Of the programs that wrote the file."""
