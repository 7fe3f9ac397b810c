"""Sentences on how two maps were aligned and where they differ."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dashboard.maps.map_data import MapData
from dashboard.page.labels import visible
from model_backend import Align, Difference, Measure, amount, name_token, significant


@dataclass(frozen=True)
class Wording:
    """The two maps as sentences call them."""

    left: str = "left"
    right: str = "right"
    on_left: str = "on the left"
    on_right: str = "on the right"


SIDE_BY_SIDE = Wording()


def where(map_: MapData) -> str:
    """The measure's name, with the site where the measure has several."""
    at = map_.grid.site
    return f"{map_.measure} at {at}" if at else map_.measure


def alignment(
    left: MapData, right: MapData, how: Align, n_pairs: int, words: Wording
) -> Iterator[str]:
    """Describe how columns and layers were paired."""
    sizes = [sum(at is not None for at in map_.positions) for map_ in (left, right)]
    columns = "named positions" if left.names and right.names else "tokens"
    yield (
        f"Aligned by {how}: {n_pairs} of {sizes[0]} {columns} {words.on_left} and of {sizes[1]} "
        f"{words.on_right} are paired."
    )
    if left.measure != right.measure:
        yield (
            "The two sides show different measures: each has a scale of its own, and there is no "
            "difference."
        )
    elif where(left) != where(right):
        yield f"{words.on_left.capitalize()} {where(left)}, {words.on_right} {where(right)}."
    if not n_pairs and how is Align.NAME:
        yield (
            "Only named positions have names: have a question on both sides and choose named "
            "positions as its columns, or align them another way."
        )
    elif not n_pairs:
        yield "With none, there is no difference. Align them another way."
    yield _layers(left, right)


def _layers(left: MapData, right: MapData) -> str:
    sizes = [len(map_.grid.values) - 1 + map_.first_layer for map_ in (left, right)]
    if sizes[0] == sizes[1]:
        return f"Both have {sizes[0]} layers, matched one by one."
    return (
        f"{sizes[0]} layers beside {sizes[1]}: each is matched with the one at the nearest share "
        "of the depth, so that the last is paired with the last."
    )


def differing_most(left: MapData, right: MapData, made: Difference, words: Wording) -> str:
    """A sentence that names the cell where two maps differ most."""
    values = made.grid.values
    if not np.isfinite(values).any():
        return "No cell has a value on both maps."
    if not np.nanmax(np.abs(values)):
        return "They are the same in every cell."
    row, column = np.unravel_index(np.nanargmax(np.abs(values)), values.shape)
    pair, layer = made.pairs[column], made.grid.layer_labels[row]
    both = ((left, pair.left), (right, pair.right))
    tokens = [name_token(map_.grid.token_labels, at) for map_, at in both if at is not None]
    places = f" ({_column(left, pair.left)} {words.on_left}, {_column(right, pair.right)} " \
             f"{words.on_right})"  # fmt: skip
    token = visible("|".join(dict.fromkeys(tokens)))
    return (
        f"They differ most at layer {layer}, {token}{'' if left.grid.named_columns else places}: "
        f"{_written(left, made.left[row, column])} and {_written(right, made.right[row, column])}."
    )


def _written(map_: MapData, value: float) -> str:
    measure = Measure.named(map_.grid.name)
    is_whole = measure is not None and measure.spec.is_whole
    return amount(value, map_.grid.unit, is_whole=is_whole)


def _column(map_: MapData, column: int | None) -> str:
    """A column in words: its name, or the position of its token."""
    if column is None:
        return "nothing"
    return map_.names[column] if map_.names else f"position {map_.positions[column]}"


def clipped(difference: MapData) -> Iterator[str]:
    """Count the differences beyond the ends of the colours, if any."""
    ends = difference.colours.ends
    if ends is None:
        return
    n_beyond = int((np.abs(difference.counted) > ends[1]).sum())
    if n_beyond:
        cells = "cell differs" if n_beyond == 1 else "cells differ"
        more = f"{n_beyond:,} {cells} by more and get the end colour"
        yield f"The colours end at ±{significant(ends[1])}: {more}."
