"""Positions and cells that a reading leaves out, and sentences that say so."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool

from model_backend.api.grid import LayerTokenGrid
from model_backend.reading.observations import Kind, Observation, Part, Region, TokenText
from model_backend.reading.patterns import Band, runs
from model_backend.reading.wording import Wording

MOST_NAMED = 8
"""More positions than this are counted, not named."""


def not_counted(words: Wording, left_out: Bool[np.ndarray, " token"]) -> Iterator[Observation]:
    """Positions left out, layers without a value, and other missing cells."""
    grid, kept = words.grid, words.kept
    n_rows = len(grid.layer_labels)
    repeated = find_repeated(grid)
    if left_out.any():
        yield _sinks(words, left_out & ~repeated)
    yield from _repeated(words, repeated)
    left_out = left_out | repeated
    empty = np.isin(np.arange(n_rows), kept.rows, invert=True)
    for band in runs(empty) if not left_out.all() else []:
        first, last = (grid.layer_labels[end] for end in band.ends)
        which = f"Layer {first} has" if first == last else f"Layers {first} to {last} have"
        region = Region(band.first, band.last, 0, len(grid.token_labels) - 1)
        yield Observation(Kind.LEFT_OUT, (f"{which} no value.",), (region,))
    absent = _absent(words, left_out)
    yield from (_without_values(words, run) for run in runs(absent))
    n_columns = int((~left_out & ~absent).sum())
    n_missing = (n_rows - int(empty.sum())) * n_columns - kept.finite.size
    if n_missing:
        yield words.say(Kind.LEFT_OUT, f"{n_missing:,} of the other cells have no value.")


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


def apart_from(grid: LayerTokenGrid, left_out: Bool[np.ndarray, " token"]) -> str:
    """Name the positions that the highest and lowest value ignore; empty if they ignore none."""
    names = grid.column_names or [str(position) for position in range(left_out.size)]
    sinks = [names[position] for position in np.flatnonzero(left_out)]
    where = f"{', '.join(sinks[:-1])} and {sinks[-1]}" if len(sinks) > 1 else "".join(sinks)
    if len(sinks) > MOST_NAMED:
        return f"without {len(sinks):,} sinks"
    several = "s" if len(sinks) > 1 else ""
    place = "" if grid.column_names else f"position{several} "
    return f"without the sink{several} at {place}{where}" if sinks else ""


def _repeated(words: Wording, repeated: Bool[np.ndarray, " token"]) -> Iterator[Observation]:
    if n_repeated := int(repeated.sum()):
        columns = "column stands" if n_repeated == 1 else "columns stand"
        said = f"Each token is counted once: {n_repeated} {columns} for one already counted."
        regions = (Region(0, len(words.grid.layer_labels) - 1, run.first, run.last)
                   for run in runs(repeated))  # fmt: skip
        yield Observation(Kind.LEFT_OUT, (said,), tuple(regions))


def _absent(words: Wording, left_out: Bool[np.ndarray, " token"]) -> Bool[np.ndarray, " token"]:
    """Named positions without a value at any layer; all of a map of tokens have one."""
    absent = np.isin(np.arange(left_out.size), words.kept.positions, invert=True)
    return absent & ~left_out & (words.grid.named_columns or bool(words.grid.column_names))


def _without_values(words: Wording, band: Band) -> Observation:
    labels = words.grid.column_names or words.grid.token_labels
    named: list[Part] = [TokenText(band.first, labels[band.first])]
    if band.last > band.first:
        named += [" to ", TokenText(band.last, labels[band.last])]
    region = Region(0, len(words.grid.layer_labels) - 1, band.first, band.last)
    return Observation(Kind.LEFT_OUT, ("No value at ", *named, "."), (region,))


def _sinks(words: Wording, left_out: Bool[np.ndarray, " token"]) -> Observation:
    positions = [int(position) for position in np.flatnonzero(left_out)]
    names = words.grid.column_names or [str(position) for position in range(left_out.size)]
    named: list[Part] = []
    for position in positions[:MOST_NAMED]:
        text = TokenText(position, words.grid.token_labels[position])
        named += [f"{', ' if named else ''}{names[position]} (", text, ")"]
    where = "position" if len(positions) == 1 else "positions"
    more = f" and {len(positions) - MOST_NAMED} more" if len(positions) > MOST_NAMED else ""
    n_rows = len(words.grid.layer_labels)
    return Observation(
        Kind.LEFT_OUT,
        (f"Left out of all numbers here as attention sinks: {where} ", *named, f"{more}."),
        tuple(Region(0, n_rows - 1, run.first, run.last) for run in runs(left_out)),
    )
