"""The reading of AUCs and of scores by probes, whose cells are held against chance."""

from collections.abc import Iterator

import numpy as np

from model_backend.reading.material.observations import Kind, Observation
from model_backend.reading.material.seen import Seen, runs
from model_backend.reading.material.who import spelled


def in_short(seen: Seen) -> Observation:
    """How many cells are above chance, where that is known; the highest of them; the median."""
    chance, values = seen.evidence.within_chance, seen.values
    middle = f"the median of all cells is {seen.bare(float(np.nanmedian(values)))}"
    if chance is None:
        return seen.say(Kind.SHORT, f"{_best(seen, values)}; {middle}.")
    hatched = chance[np.ix_(seen.rows, seen.columns)] | np.isnan(values)
    n_cells, n_above = seen.finite.size, int((~hatched).sum())
    if not n_above:
        return seen.say(Kind.SHORT, _nothing(seen, values))
    best = _best(seen, np.where(hatched, np.nan, values))
    return seen.say(
        Kind.SHORT,
        f"{n_above:,} of {n_cells:,} cells are {_by(seen)}above chance; the others may be luck. "
        f"{best}; {middle}.",
    )


def _nothing(seen: Seen, values: np.ndarray) -> str:
    n_cells, highest = seen.finite.size, seen.amount(float(np.nanmax(values)))
    which = "The only cell is" if n_cells == 1 else f"All {n_cells:,} cells are"
    luck = f": the highest, {highest}, is no more than luck reaches" if not _by(seen) else ""
    return f"{which} {_by(seen)}within chance{luck}. No cell is worth reading."


def _by(seen: Seen) -> str:
    """A score of one text is as good as its probe; an AUC is itself above chance or not."""
    return "" if seen.grid.unit == "AUC" else "by probes "


def all_within_chance(seen: Seen) -> bool:
    """True if the map hatches every cell in view."""
    chance = seen.evidence.within_chance
    if chance is None:
        return False
    return bool((chance[np.ix_(seen.rows, seen.columns)] | np.isnan(seen.values)).all())


def _best(seen: Seen, values: np.ndarray) -> str:
    row, column = (int(at) for at in np.unravel_index(int(np.nanargmax(values)), values.shape))
    name = seen.token(column).text if seen.grid.named_columns else seen.place(column)
    where = f"layer {seen.layer(row)}, {name}"
    highest = seen.amount(float(values[row, column]))
    return f"Highest: {highest} at {where} (the best of many is partly luck)"


def low_throughout(seen: Seen) -> Iterator[Observation]:
    """Columns no cell of which comes half-way from the map's median to its highest cell."""
    usual, highest = float(np.nanmedian(seen.values)), float(np.nanmax(seen.values))
    best = np.nanmax(seen.values, axis=0)
    low = best < usual + 0.5 * (highest - usual)
    if not low.any() or low.all() or not seen.grid.named_columns:
        return
    ends = [
        f"{seen.token(first).text} to {seen.token(last).text}"
        if last - first > 1
        else ", ".join(seen.token(at).text for at in range(first, last + 1))
        for first, last in runs(low)
    ]
    count = int(low.sum())
    columns = f"{spelled(count)} {seen.column}{'s' if count > 1 else ''}"
    yield seen.say(
        Kind.ABSENT,
        f"Nothing high at {columns}, {', '.join(ends)}: at most "
        f"{seen.bare(float(best[low].max()))} at any layer.",
        regions=seen.regions((0, len(seen.rows) - 1), [int(at) for at in np.flatnonzero(low)]),
    )
