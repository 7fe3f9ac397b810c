"""Two maps on one scale, and their difference where columns and layers are paired.

The one comparison engine: Compare lays two texts or answers over each other, Probe two AUC maps.
A ``Comparison`` finds what belongs together, once; all else is said and drawn from that.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float

from dashboard.maps.comparing.difference_words import (
    SIDE_BY_SIDE,
    Wording,
    alignment,
    clipped,
    differing_most,
    where,
)
from dashboard.maps.comparing.synced_maps import Column as SyncedColumn
from dashboard.maps.comparing.synced_maps import Partners
from dashboard.maps.map_data import Colours, Column, MapData, Marks
from model_backend import (
    Align,
    CellLine,
    Difference,
    LayerTokenGrid,
    MapKind,
    Match,
    Pair,
    Provenance,
    align_layers,
    align_tokens,
    colour,
    pair_rows,
    subtract,
)

CLIPPED_ABOVE = 98
"""The percentile of absolute differences at which their colours end."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two maps, and how their columns find each other."""

    left: MapData
    right: MapData
    how: Align
    words: Wording = SIDE_BY_SIDE

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """Pairs of columns, one of each map; a column without a partner is in none."""
        if self.how is Align.NAME:
            found = align_tokens(self.left.names, self.right.names, self.how)
        else:
            found = align_tokens(
                _comparable(self.left, "left"), _comparable(self.right, "right"), self.how
            )
        left, right = self.left.positions, self.right.positions
        return tuple(p for p in found if None not in (left[p.left], right[p.right]))

    @property
    def is_whole(self) -> bool:
        """True if the difference has all rows and columns of the left map, paired or not.

        So has that of maps whose columns are named positions of many texts. Others have the columns
        that pair, and the rows of the deeper map.
        """
        return self.left.grid.named_columns

    @property
    def has_rows_of_left(self) -> bool:
        """True if the rows of the difference are those of the left map, else of the right one."""
        return self.is_whole or len(self.left.grid.values) >= len(self.right.grid.values)

    @cached_property
    def columns(self) -> tuple[Match, ...]:
        """The columns of the left and the right map behind each column of the difference."""
        if not self.is_whole:
            return self.pairs
        partner = {pair.left: pair.right for pair in self.pairs}
        return tuple(Match(at, partner.get(at)) for at in range(len(self.left.positions)))

    @cached_property
    def rows(self) -> tuple[Match, ...]:
        """The rows of the left and the right map behind each row of the difference."""
        if not self.is_whole:
            return tuple(pair_rows(len(self.left.grid.values), len(self.right.grid.values)))
        return tuple(
            Match(at, match) for at, match in enumerate(self._align(self.left, self.right))
        )

    def _align(self, one: MapData, other: MapData) -> list[int | None]:
        return align_layers(
            len(one.grid.values),
            len(other.grid.values),
            first=one.first_layer,
            other_first=other.first_layer,
            embedding_apart=self.is_whole,
        )

    @property
    def same_measure(self) -> bool:
        """True if both maps share a scale; sites may differ, because they share the unit."""
        return self.left.measure == self.right.measure

    @property
    def partners(self) -> Partners:
        """The pairs of columns and rows, for scripts that mark the partner of the hovered cell."""
        both = [(at, m) for at, m in enumerate(self.columns) if None not in (m.left, m.right)]
        return Partners(
            columns=tuple(SyncedColumn(m.left or 0, m.right or 0, at) for at, m in both),
            right_of_left=self._align(self.left, self.right),
            left_of_right=self._align(self.right, self.left),
            has_rows_of_left=self.has_rows_of_left,
            has_difference=bool(self.columns) and self.same_measure,
        )

    @cached_property
    def difference(self) -> MapData | None:
        """Left less right, 0 in the middle: None if no column pairs or the measures differ."""
        if not self.columns or not self.same_measure:
            return None
        made = subtract(self.left.grid, self.right.grid, self.columns, self.rows)
        map_ = _make_map(self, made)
        counted = replace(made, grid=replace(made.grid, values=map_.counted))
        notes = (*self.alignment_notes, differing_most(self.left, self.right, counted, self.words),
                 *clipped(map_))  # fmt: skip
        return replace(map_, notes=notes)

    @property
    def alignment_notes(self) -> tuple[str, ...]:
        """Sentences on how the two maps were aligned."""
        found = alignment(self.left, self.right, self.how, len(self.pairs), self.words)
        return tuple(found)

    @property
    def notes(self) -> tuple[str, ...]:
        """The alignment notes, then sentences on where the maps differ most."""
        return self.difference.notes if self.difference else self.alignment_notes

    def sides(self) -> tuple[MapData, MapData]:
        """The left and the right map; they share one colour scale if they show the same measure."""
        return on_one_scale(self.left, self.right) if self.same_measure else (self.left, self.right)


def difference(left: MapData, right: MapData, how: Align = Align.POSITION) -> MapData | None:
    """Left minus right, or None if no columns are paired or the measures differ."""
    return Comparison(left, right, how).difference


def _comparable(map_: MapData, name: str) -> list[object]:
    """Its tokens; what is missing equals nothing, not even what is missing on the other side."""
    shown = zip(map_.grid.token_labels, map_.positions, strict=True)
    return [(name, at) if position is None else token for at, (token, position) in enumerate(shown)]


def on_one_scale(left: MapData, right: MapData) -> tuple[MapData, MapData]:
    """Both maps with the same ends: those of both in round numbers, or those of all their cells,
    the 2nd and 98th percentile without what is left out."""
    one, other = left.colours.ends, right.colours.ends
    if one and other:
        ends = min(one[0], other[0]), max(one[1], other[1])
    else:
        kept = [map_.grid.values[~map_.left_out & ~map_.masked] for map_ in (left, right)]
        both = colour(np.concatenate(kept)[None, :], left.colours.scale)
        ends = both.zmin, both.zmax
    return (
        replace(left, colours=replace(left.colours, ends=ends)),
        replace(right, colours=replace(right.colours, ends=ends)),
    )


def _make_map(found: Comparison, made: Difference) -> MapData:
    left, right = found.left, found.right
    left_out = _on_either(made.pairs, left.left_out, right.left_out)
    missing = _on_either(made.rows, ~left.is_computed, ~right.is_computed)
    marks = Marks(
        left_out=left_out,
        masked_rows=_masked(made.rows, left.marks.masked_rows, right.marks.masked_rows),
        masked_columns=_masked(made.pairs, left.marks.masked_columns, right.marks.masked_columns),
    )
    names = _both(made, left.names, right.names) if left.columns and right.columns else ()
    grid = _label(made, left, right, names)
    kept = ~left_out & ~MapData(grid, marks=marks).masked
    end = _end(grid.values[kept], left.colours.steps)
    at_site = where(left) != where(right)
    sides = ((found.words.left, made.left), (found.words.right, made.right))
    return MapData(
        grid=grid,
        request={"left": left.request, "right": right.request, "align": found.how},
        view={"left": dict(left.view), "right": dict(right.view)},
        kind=MapKind.DIFFERENCE,
        phrase=left.phrase,
        title=" − ".join(map_.heading(with_site=at_site) for map_ in (left, right)),  # noqa: RUF001
        columns=tuple(Column(at, name) for at, name in enumerate(names)) or None,
        lines=tuple(CellLine(name, values, unit=grid.unit) for name, values in sides),
        marks=marks,
        colours=Colours(ends=(-end, end), steps=left.colours.steps),
        first_layer=left.first_layer if found.has_rows_of_left else right.first_layer,
        missing_rows=tuple(np.flatnonzero(missing).tolist()),
        provenance=Provenance(
            details={"aligned by": found.how.value}, sides=(left.provenance, right.provenance)
        ),
    )


def _label(
    made: Difference, left: MapData, right: MapData, names: tuple[str, ...]
) -> LayerTokenGrid:
    """The difference's grid, each column named by both its tokens where they differ."""
    tokens = _both(made, left.grid.token_labels, right.grid.token_labels)
    grid = replace(made.grid, token_labels=tokens, column_names=names, clipped_at=None)
    short = left.short_name
    return replace(grid, name=f"{short} difference", unit="") if short else grid


def _both(made: Difference, left: Sequence[str], right: Sequence[str]) -> tuple[str, ...]:
    """The texts of both columns, or of the only one."""
    texts = (
        [side[at] for side, at in ((left, pair.left), (right, pair.right)) if at is not None]
        for pair in made.pairs
    )
    return tuple("|".join(dict.fromkeys(both)) for both in texts)


def _on_either(
    matches: Sequence[Match], left: Bool[np.ndarray, " place"], right: Bool[np.ndarray, " place"]
) -> Bool[np.ndarray, " match"]:
    """True where the condition holds for either of the paired places."""
    sides = [((left, match.left), (right, match.right)) for match in matches]
    return np.array([any(of[at] for of, at in both if at is not None) for both in sides], bool)


def _masked(matches: Sequence[Match], left: Sequence[int], right: Sequence[int]) -> tuple[int, ...]:
    """Rows or columns of the difference that are grey on either side."""
    pairs = enumerate(matches)
    return tuple(at for at, match in pairs if match.left in left or match.right in right)


def _end(values: Float[np.ndarray, " cell"], steps: int | None) -> float:
    """The largest difference that has a colour of its own."""
    sizes = np.abs(values[np.isfinite(values)])
    if steps:
        return float(np.ceil(max(sizes.max(initial=0.0), 1 / steps) * steps) / steps)
    return float(np.percentile(sizes, CLIPPED_ABOVE)) or 1.0 if sizes.size else 1.0
