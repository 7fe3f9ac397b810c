"""One number for every layer and token position, which is all that is drawn as a heatmap; and such
a map as it is kept in a file, with all that is said of its cells.

Grids and other results become pandas frames by ``cell_frame``. pandas is imported when a frame is
asked for, and not before; without it ``to_pandas`` raises ``ModuleNotFoundError``, whose text says
how to install it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Bool, Float

if TYPE_CHECKING:
    import pandas

NO_PANDAS = "to_pandas() needs pandas, which is not installed: pip install pandas"


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
    """Site in the blocks, such as ``resid_mid``; empty if the measure has none."""
    named_columns: bool = False
    """True if a column is a named position over many texts (``last_q``), not a token of one."""
    column_names: tuple[str, ...] = ()
    """Names of the columns if they are not simply the positions of a text."""
    column_positions: tuple[int | None, ...] = ()
    """The token that each of such columns stands for: some may be the same one, None is missing."""
    clipped_at: float | None = None
    """Value at which the source clipped lower values; None if values are as measured."""
    source: str = ""
    """Further source of the numbers, in words, such as the study of a score."""

    def __post_init__(self) -> None:
        labels = (len(self.layer_labels), len(self.token_labels))
        if self.values.shape != labels:
            raise ValueError(f"values have shape {self.values.shape}, labels say {labels}")

    def to_pandas(self) -> "pandas.DataFrame":
        """One line for every cell: row, layer, position, token, value.

        Long, not a table with a column for every token: tokens repeat, and frames of several texts
        or measures can be concatenated. ``pivot(index="layer", columns="position",
        values="value")`` makes the table, with layers in their order. Where columns are named,
        ``name`` is what each is called; those of a probe's map have no tokens.
        """
        return cell_frame(self.layer_labels, self.columns, {"value": self.values})

    @property
    def columns(self) -> dict[str, tuple[object, ...]]:
        """Properties that identify each column, by name."""
        if self.named_columns:
            return {"name": self.token_labels}
        named = {"name": self.column_names} if self.column_names else {}
        positions = self.column_positions or tuple(range(len(self.token_labels)))
        return {**named, "position": positions, "token": self.token_labels}


def layer_labels(n_layers: int) -> tuple[str, ...]:
    """The names of the rows of a model with ``n_layers`` blocks: ``embed, 1, 2, ... n_layers``."""
    return ("embed", *(str(layer) for layer in range(1, n_layers + 1)))


def cell_frame(
    layers: Sequence[str], columns: Mapping[str, Sequence[Any]], cells: Mapping[str, np.ndarray]
) -> "pandas.DataFrame":
    """One line for every cell, row by row.

    Args:
        layers: the label of every row. It becomes an ordered category: ``9`` is before ``10``.
        columns: what identifies each column, or belongs to it, by name.
        cells: numbers of every cell, by name.
    """
    pandas = load_pandas()
    n_rows, n_columns = len(layers), len(next(iter(columns.values())))
    row = np.repeat(np.arange(n_rows), n_columns)
    layer = pandas.Categorical.from_codes(row, categories=list(layers), ordered=True)
    repeated = {name: list(values) * n_rows for name, values in columns.items()}
    numbers = {name: values.ravel() for name, values in cells.items()}
    return pandas.DataFrame({"row": row, "layer": layer, **repeated, **numbers})


def load_pandas() -> Any:
    """The package.

    Raises:
        ModuleNotFoundError: it is not installed; the text says how to install it.
    """
    try:
        import pandas
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(NO_PANDAS, name="pandas") from error
    return pandas


class MapKind(StrEnum):
    """Kind of a map; the value is stored in files."""

    MEASURE = "measure of a text"
    AUC = "AUCs of probes"
    DIFFERENCE = "difference of two maps"
    PATCH = "effects of patched cells"


@dataclass(frozen=True, eq=False)
class CellLine:
    """One more line of every cell's tooltip; with ``upper`` it is an interval."""

    label: str
    values: Float[np.ndarray, "row token"]
    """A single column stands for all columns."""
    upper: Float[np.ndarray, "row token"] | None = None
    unit: str = ""
    column_labels: tuple[str, ...] = ()
    """One label for each column, if they differ."""


@dataclass(frozen=True)
class Provenance:
    """Origin of a map's numbers; a difference has the origins of both sides."""

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
    masked_rows: tuple[int, ...] = ()
    """Rows that are grey: neither colours nor profiles count them."""
    masked_columns: tuple[int, ...] = ()
    request: Mapping[str, Any] = field(default_factory=dict)
    """The JSON values by which it was asked for."""
    view: Mapping[str, str] = field(default_factory=dict)
    """Choices on the page at the time it was saved, by name; older files have none."""
    provenance: Provenance = field(default_factory=Provenance)
    versions: Mapping[str, str] = field(default_factory=dict)
    """Versions of the programs that wrote the file."""
