"""A sentence on the measure that is drawn, and on the cells that every number leaves out."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool

from model_backend.api.errors import counted
from model_backend.api.maps.grid import LayerTokenGrid
from model_backend.grids.numbers import percent
from model_backend.reading.material.masked import embedding_rows, over_few_later
from model_backend.reading.material.observations import Kind, Observation, Part, Region, TokenText
from model_backend.reading.material.seen import Seen, capital, listed, runs
from model_backend.reading.sentences import tracked
from model_backend.reading.sentences.patching import drawn, is_knocked_out, is_patched
from model_backend.reading.sentences.peaks import significant_ratio

SINK_RATIO = 10.0
MOST_NAMED = 8
DRAWN: dict[str, str] = {
    "next-token probability": "The probability of the token that really follows, if the model "
    "stopped at that layer",
    "next-token rank": "The rank of the token that really follows, if the model stopped at that "
    "layer; 1 is the likeliest",
    "lens confidence": "The probability of the likeliest next token, if the model stopped at that "
    "layer",
    "lens entropy": "How undecided the model would be about the next token, if it stopped at that "
    "layer; 0 bits is certain",
    "lens KL to final": "How far each layer's guess is from the model's own; 0 bits is the same",
    "residual norm": "Length of the residual stream",
    "attention received": "The share of their attention that later tokens give to each token",
    "attention entropy": "How widely each token attends; 0 bits is to one token alone",
}
"""By measure; the others are drawn by their subtitle."""


def what_is_drawn(seen: Seen, sinks: Bool[np.ndarray, " token"]) -> Observation:
    """A sentence on what the picture shows: the measure, its colours, its size, and what is left
    out.
    """
    colours = ", each layer coloured against its own tokens" if seen.evidence.per_layer else ""
    columns = "position" if seen.grid.named_columns else "token"
    rows, n_columns = counted(len(seen.rows), "row"), counted(len(seen.columns), columns)
    out = ", ".join(_left_out(seen, sinks, _in_view(seen)))
    view = "In view: " if seen.evidence.in_view is not None else ""
    measure = tracked.drawn(seen) if tracked.is_tracked(seen) else [_measure(seen)]
    said = f"{colours}. {view}{rows}, {n_columns}"
    return seen.say(Kind.DRAWN, *measure, said, f"; left out: {out}." if out else ".")


def _measure(seen: Seen) -> str:
    if seen.measure is not None:
        return DRAWN.get(seen.measure.id, capital(seen.measure.spec.subtitle))
    if seen.grid.unit == "AUC" and seen.grid.midpoint != 0:
        return (
            "How often a probe at each layer and position scores a right answer above a wrong "
            "one (AUC)"
        )
    if is_patched(seen.grid):
        return drawn(seen.grid)
    if is_knocked_out(seen.grid):
        return "What the answer loses when each cell is taken away by itself"
    return capital(seen.grid.name)


def _in_view(seen: Seen) -> Region:
    n_rows, n_columns = seen.grid.values.shape
    return seen.evidence.in_view or Region(0, n_rows - 1, 0, n_columns - 1)


def _left_out(seen: Seen, sinks: Bool[np.ndarray, " token"], view: Region) -> Iterator[str]:
    columns = np.arange(len(sinks))
    shown = (columns >= view.first_position) & (columns <= view.last_position)
    if (sinks & shown).any():
        yield _sinks(seen, sinks & shown)
    if any(row >= view.first_row for row in embedding_rows(seen.grid)):
        yield "the embedding row, where a lens finds the token itself"
    few = int((over_few_later(seen.grid) & shown).sum())
    if few:
        which = "token, which has" if few == 1 else f"{few} tokens, which have"
        yield f"the last {which} too few after {'it' if few == 1 else 'them'}"


def _sinks(seen: Seen, sinks: Bool[np.ndarray, " token"]) -> str:
    """The positions left out; called sinks only where the stream is so long there."""
    at, norms = np.flatnonzero(sinks), seen.evidence.norms
    first_alone = at.tolist() == [0] and not seen.grid.column_names
    name = "the first token" if first_alone else counted(len(at), seen.column)
    if norms is None:
        return name
    usual = np.median(norms[:, ~sinks], axis=1) if not sinks.all() else np.ones(len(norms))
    ratio = float((norms[:, at] / np.maximum(usual, 1e-30)[:, None]).max())
    if ratio < SINK_RATIO:
        return name
    named = "an attention sink" if len(at) == 1 else "attention sinks"
    return (
        f"{name} ({named}: its stream is up to {significant_ratio(ratio)} times as long)"
        if (len(at) == 1)
        else f"{name} ({named}: their streams are up to {significant_ratio(ratio)} times as long)"
    )


def find_repeated(grid: LayerTokenGrid) -> Bool[np.ndarray, " token"]:
    """Columns that are copies of an earlier one: of its token, and with its numbers.

    Scores of one token by the probes of two positions are two columns.
    """
    first: dict[tuple[int, bytes], int] = {}
    repeated = np.zeros(len(grid.token_labels), dtype=bool)
    for column, position in enumerate(grid.column_positions):
        if position is not None:
            key = (position, grid.values[:, column].tobytes())
            repeated[column] = first.setdefault(key, column) != column
    return repeated


def not_counted(
    grid: LayerTokenGrid, sinks: Bool[np.ndarray, " token"], repeated: Bool[np.ndarray, " token"]
) -> Iterator[Observation]:
    """Every column and row that is left out or empty, each with its cells, for the folded part."""
    last = len(grid.layer_labels) - 1
    if sinks.any():
        yield _named("Left out of all numbers: ", grid, sinks)
    few = over_few_later(grid)
    if few.any():
        yield _named("Left out, for too few tokens come after: ", grid, few)
    if rows := embedding_rows(grid):
        whole = (Region(rows[0], rows[-1], 0, len(grid.token_labels) - 1),)
        yield Observation(Kind.SURE, ("Left out: the embedding row.",), whole)
    if n_repeated := int(repeated.sum()):
        columns = "column stands" if n_repeated == 1 else "columns stand"
        said = f"Each token is counted once: {n_repeated} {columns} for one already counted."
        yield Observation(Kind.SURE, (said,), _columns(repeated, last))
    yield from _missing(grid, sinks | repeated | few)


def _missing(grid: LayerTokenGrid, known: Bool[np.ndarray, " token"]) -> Iterator[Observation]:
    """Columns and rows without any value, and how many other cells have none."""
    there = np.isfinite(grid.values)
    if not there.any():
        return
    columns, rows = ~there.any(axis=0) & ~known, ~there.any(axis=1)
    if columns.any():
        yield _named("No value at ", grid, columns)
    for first, last in runs(rows):
        labels = grid.layer_labels
        which = (
            f"Layer {labels[first]} has"
            if first == last
            else f"Layers {labels[first]} to {labels[last]} have"
        )
        region = Region(first, last, 0, len(grid.token_labels) - 1)
        yield Observation(Kind.SURE, (f"{which} no value.",), (region,))
    others = ~there[np.ix_(~rows, ~(columns | known))]
    if others.any():
        share = percent(float(others.mean()))
        whole = Region(0, len(rows) - 1, 0, len(columns) - 1)
        said = f"{int(others.sum()):,} other cells ({share}) have no value."
        yield Observation(Kind.SURE, (said,), (whole,))


def _named(lead: str, grid: LayerTokenGrid, chosen: Bool[np.ndarray, " token"]) -> Observation:
    at = [int(column) for column in np.flatnonzero(chosen)]
    positions = grid.column_positions or range(len(chosen))
    numbers = [f"position {position}" for position in positions]
    names = [one or other for one, other in zip(grid.column_names or numbers, numbers, strict=True)]
    items: list[list[Part]] = []
    for column in at[:MOST_NAMED]:
        text = TokenText(column, grid.token_labels[column])
        items.append([text] if grid.named_columns else [f"{names[column]} (", text, ")"])
    if len(at) > MOST_NAMED:
        items.append([f"{len(at) - MOST_NAMED} more"])
    parts = tuple([lead, *listed(items), "."])
    return Observation(Kind.SURE, parts, _columns(chosen, len(grid.layer_labels) - 1))


def _columns(chosen: Bool[np.ndarray, " token"], last_row: int) -> tuple[Region, ...]:
    return tuple(Region(0, last_row, *run) for run in runs(chosen))
