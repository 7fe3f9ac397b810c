"""From a grid to its reading: the sentences there are to say, in their order."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool

from model_backend.api.maps.grid import LayerTokenGrid
from model_backend.reading.material.evidence import Evidence
from model_backend.reading.material.masked import masked
from model_backend.reading.material.observations import (
    MOST_AT_FIRST,
    Kind,
    Observation,
    Reading,
    Region,
)
from model_backend.reading.material.seen import Seen, see
from model_backend.reading.patterns.standouts import Standout
from model_backend.reading.sentences import (
    depth,
    differences,
    foreseen,
    patching,
    probes,
    tracked,
)
from model_backend.reading.sentences.along import say_along
from model_backend.reading.sentences.by_group import say_groups
from model_backend.reading.sentences.cautions import careful
from model_backend.reading.sentences.drawn import find_repeated, not_counted, what_is_drawn
from model_backend.reading.sentences.guesses import say_guesses
from model_backend.reading.sentences.own_word import say_own_word
from model_backend.reading.sentences.peaks import norms_there, say_standout, second_sinks, standouts
from model_backend.reading.sentences.sure import say_how_sure
from model_backend.reading.sentences.when import say_when

FEWEST_CELLS = 8
"""With fewer values there is nothing to say about depth or groups."""
NO_EVIDENCE = Evidence()


def read_grid(
    grid: LayerTokenGrid,
    left_out: Bool[np.ndarray, " token"] | None = None,
    evidence: Evidence = NO_EVIDENCE,
) -> Reading:
    """Describe a map in sentences that follow from its numbers, the same ones every time.

    Args:
        grid: what is on screen; cells that are not finite are missing.
        left_out: positions that have no part in any number, such as attention sinks.
        evidence: predictions and further measures of the same cells, and the part in view.
    """
    left_out = np.zeros(grid.values.shape[1], dtype=bool) if left_out is None else left_out
    repeated = find_repeated(grid)
    seen = see(grid, masked(grid) | left_out | repeated, evidence)
    rest = list(not_counted(grid, left_out & ~repeated, repeated))
    if seen is None:
        return Reading((_empty(grid), *rest))
    order, findings = list(Kind), list(say_own_word(seen))
    found: tuple[Standout, ...] = ()
    if patching.is_patched(grid):
        findings += patching.findings(seen)
    elif _has_pattern(seen):
        known = foreseen.foresee(seen)
        found = () if known else standouts(seen)
        if tracked.is_tracked(seen):
            found = ()
            findings += tracked.findings(seen)
        else:
            findings += _foreseen(seen, known) if known else _findings(seen, found)
    fixed = [what_is_drawn(seen, left_out & ~repeated), *_in_short(seen), careful(seen)]
    first = [*fixed, *findings[: MOST_AT_FIRST - len(fixed)]]
    said = [*first, *say_how_sure(seen, found), *rest]
    return Reading(tuple(sorted(said, key=lambda one: order.index(one.kind))))


def _in_short(seen: Seen) -> Iterator[Observation]:
    cells = seen.finite
    if float(np.ptp(cells)) <= 1e-7 * float(np.abs(cells).max()):
        which = (
            "The only cell with a value is" if cells.size == 1 else f"All {cells.size:,} cells are"
        )
        yield seen.say(Kind.SHORT, f"{which} {seen.amount(float(cells[0]))}.")
    elif cells.size < FEWEST_CELLS:
        yield seen.say(Kind.SHORT, f"{cells.size} values are too few to speak of a pattern.")
    elif patching.is_patched(seen.grid):
        yield patching.in_short(seen)
    elif patching.is_knocked_out(seen.grid):
        yield patching.lost_in_short(seen)
    elif tracked.is_tracked(seen):
        yield tracked.in_short(seen)
    elif seen.grid.midpoint == 0:
        yield differences.in_short(seen)
    elif seen.grid.midpoint is not None:
        yield probes.in_short(seen)
    else:
        found = foreseen.foresee(seen)
        yield foreseen.in_short(found) if found else depth.in_short(seen)


def _foreseen(seen: Seen, known: foreseen.Foreseen) -> Iterator[Observation]:
    """Findings on the token that follows, most important first."""
    yield from foreseen.never(known)
    yield from say_when(known)
    yield from say_along(seen)


def _findings(seen: Seen, found: tuple[Standout, ...]) -> Iterator[Observation]:
    """Findings on any other map, most important first."""
    yield from (say_standout(seen, one) for one in found[:1])
    yield from second_sinks(seen, found)
    yield from norms_there(seen, found)
    yield from say_guesses(seen)
    groups = list(say_groups(seen, found))
    yield from groups[:1]
    yield from say_along(seen, found)
    yield from groups[1:]
    yield from (say_standout(seen, one) for one in found[1:])
    if seen.grid.midpoint:
        yield from probes.low_throughout(seen)


def _has_pattern(seen: Seen) -> bool:
    """True if there are values enough to speak of, not all equal, and not all within chance."""
    cells = seen.finite
    flat = float(np.ptp(cells)) <= 1e-7 * float(np.abs(cells).max())
    return cells.size >= FEWEST_CELLS and not flat and not probes.all_within_chance(seen)


def _empty(grid: LayerTokenGrid) -> Observation:
    n_rows, n_tokens = grid.values.shape
    whole = (Region(0, n_rows - 1, 0, n_tokens - 1),) if grid.values.size else ()
    return Observation(Kind.SHORT, ("No cell has a value to read.",), whole)
