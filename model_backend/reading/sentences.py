"""The sentences of a reading, one function for each thing there is to say."""

from collections.abc import Iterator

import numpy as np

from model_backend.reading.bands import find_bands
from model_backend.reading.observations import Kind, Observation, Part, Shape
from model_backend.reading.patterns import (
    Band,
    Edge,
    Share,
    Shares,
    compare_edges,
    means,
)
from model_backend.reading.peaks import SHUFFLES, Box
from model_backend.reading.shape import ALLOWED_WITHIN_TOKENS, Regions, Standout
from model_backend.reading.wording import Wording, capital, percent

WIDEST_EDGE = 5
MIDDLES = {"P(correct)": "which calls an answer as likely right as wrong"}
"""Meaning of a midpoint, by unit."""
ORDER = (
    (),
    ("No border within ",),
    ("Early, ", "Late, "),
    ("Early, ", "Middle, ", "Late, "),
    ("Early, ", "Lower middle, ", "Upper middle, ", "Late, "),
)
"""Names of layer bands when there are 1, 2, 3 or 4."""
BY_SHARES = (
    Shape.LAYER_STRIPES,
    Shape.TOKEN_STRIPES,
    Shape.LAYER_GRADIENT,
    Shape.TOKEN_GRADIENT,
)


def extremes(words: Wording) -> Iterator[Observation]:
    """The highest and the lowest cell, and how many lie above and below a midpoint."""
    values = words.kept.values
    for name, at in (("highest", np.nanargmax(values)), ("lowest", np.nanargmin(values))):
        row, token = (int(place) for place in np.unravel_index(int(at), values.shape))
        layer, tokens = Band(row, row), Band(token, token)
        n_equal = int((values == values[row, token]).sum())
        cells = "cell" if n_equal == 2 else "cells"
        more = f", and in {n_equal - 1:,} other {cells}" if n_equal > 1 else ""
        where = (f"{words.name_layers(layer)}, ", *words.name_tokens(tokens), f"{more}.")
        amount = words.amount(values[row, token])
        apart = f" {words.apart}" if words.apart else ""
        yield Observation(
            Kind.EXTREMES,
            (f"{capital(name)}{apart}: {amount}, ", *where),
            words.regions(layer, tokens),
        )
    if words.grid.midpoint is not None:
        yield against_midpoint(words, words.grid.midpoint)


def against_midpoint(words: Wording, midpoint: float) -> Observation:
    """On which side of the value that means "nothing here" the cells are."""
    clipped = words.grid.clipped_at
    if clipped is not None and clipped >= midpoint:
        return words.say(
            Kind.EXTREMES,
            f"Values under {clipped:g} were drawn as {clipped:g} by the source, so none can be "
            "seen below it.",
        )
    cells = words.kept.finite
    above, below = float((cells > midpoint).mean()), float((cells < midpoint).mean())
    meaning = MIDDLES.get(words.grid.unit, "the value that means nothing is found")
    meaning = "where both maps are equal" if midpoint == 0 else meaning  # of a difference
    return words.say(
        Kind.EXTREMES,
        f"{percent(above)} of the cells are above {midpoint:g}, {meaning}, and {percent(below)} "
        "below it.",
    )


def regions(words: Wording, found: Regions) -> Iterator[Observation]:
    """Every region that stands out, and how it was found; or that there is none."""
    for standout in found.standouts:
        yield _region(words, found, standout)
    if found.standouts:
        yield words.say(
            Kind.REGIONS,
            "Found as the rectangles whose cells lie furthest out together: none of "
            f"{SHUFFLES} shuffles within layers gave one as far out, and at most "
            f"{ALLOWED_WITHIN_TOKENS} of {SHUFFLES} within {words.column}s. That rules out "
            "scatter, no more: neighbouring layers are alike in any model.",
        )
    else:
        yield words.say(
            Kind.REGIONS,
            f"No region stands out: shuffling the map within layers or within {words.column}s "
            "gives rectangles as high and as low.",
        )


def _region(words: Wording, found: Regions, standout: Standout) -> Observation:
    box = standout.box
    layers, tokens = _sides(box)
    side = "High" if standout.is_high else "Low"
    name = f"{side} for its place" if standout.for_its_place else f"{side}est region"
    average = f", {words.amount(float(np.nanmean(words.kept.values[box.cells])))} on average"
    if standout.for_its_place and min(words.kept.values.shape) > 1:
        expected = float(np.nanmean(found.expected[box.cells]))
        alone = f"its layers and {words.column}s alone, by medians, give"
        average += f"; {alone} {words.distance(expected)}"
    return Observation(
        Kind.REGIONS,
        (
            f"{name}: {words.name_layers(layers)} at ",
            *words.name_tokens(tokens),
            f"{average}.",
        ),
        words.regions(layers, tokens),
    )


def _sides(box: Box) -> tuple[Band, Band]:
    return Band(box.top, box.bottom - 1), Band(box.left, box.right - 1)


def shape(words: Wording, shape: Shape, shares: Shares, found: Regions) -> Iterator[Observation]:
    """Describe the shape of the whole map with the statistics behind it."""
    why = f"neither layers nor {words.column}s nor a region explain more than scatter would"
    name = shape.value.replace("token", words.column)
    said = f"{capital(name)}: {why}." if shape is Shape.NONE else f"Best described as: {name}."
    if shape in BY_SHARES:
        said = f"{said[:-1]}, by what is explained beyond chance."
    yield words.say(Kind.SHAPE, said)
    n_rows, n_tokens = words.kept.values.shape
    if n_rows > 1:
        yield words.say(Kind.SHAPE, _explained("layer", shares.layers, shares.layer_ramp))
    if n_tokens > 1:
        yield words.say(Kind.SHAPE, _of_columns(words, shares))
    if found.standouts:
        boxes = tuple(box for one in found.standouts for box in words.regions(*_sides(one.box)))
        said = f"The regions that stand out explain {percent(found.share)} of the variance."
        yield Observation(Kind.SHAPE, (said,), boxes)
    if min(n_rows, n_tokens) > 1:
        yield words.say(
            Kind.SHAPE,
            f"{percent(shares.interaction)} of the variance is in neither layers nor "
            f"{words.column}s.",
        )


def _of_columns(words: Wording, shares: Shares) -> str:
    if words.alone:
        return f"{_by_means(words.column, shares.tokens)}."
    return _explained(words.column, shares.tokens, shares.token_ramp)


def _explained(unit: str, means: Share, ramp: Share) -> str:
    return (
        f"{_by_means(unit, means)}, a straight line over the {unit}s "
        f"{percent(ramp.value)} (under {percent(ramp.shuffled)})."
    )


def _by_means(unit: str, means: Share) -> str:
    limit = ""
    if means.shuffled < 1:
        limit = f" (shuffled: {percent(means.chance)}, under {percent(means.shuffled)})"
    return f"The {unit}s explain {percent(means.value)} of the variance{limit}"


def layer_bands(words: Wording) -> Iterator[Observation]:
    """Bands of layers with their typical values."""
    if len(words.kept.rows) == 1:
        return
    found = find_bands(words.kept.values, axis=1)
    for order, band in zip(ORDER[len(found)], found, strict=True):
        yield Observation(
            Kind.LAYERS,
            (f"{order}{words.name_layers(band)}: {words.typical(band, words.tokens)}.",),
            words.regions(layers=band),
        )


def token_bands(words: Wording) -> Iterator[Observation]:
    """Bands of tokens with their typical values; of columns that stand alone, the outer two."""
    if len(words.kept.positions) == 1:
        return
    levels = means(words.kept.values, 0)
    ends = {"Highest": int(levels.argmax()), "Lowest": int(levels.argmin())}
    if words.alone:
        yield from (_column(words, f"{end} on average", at) for end, at in ends.items())
        return
    found = find_bands(words.kept.values, axis=0)
    start = "No border within " if len(found) == 1 else ""
    for band in found:
        place, *texts = words.name_tokens(band)
        yield Observation(
            Kind.POSITIONS if words.grid.named_columns else Kind.TOKENS,
            (capital(f"{start}{place}"), *texts, f": {words.typical(words.layers, band)}."),
            words.regions(tokens=band),
        )


def _column(words: Wording, name: str, column: int) -> Observation:
    band = Band(column, column)
    kind = Kind.POSITIONS if words.grid.named_columns else Kind.TOKENS
    said = f": {words.typical(words.layers, band)}."
    where = words.name_tokens(band)
    return Observation(kind, (f"{name}, ", *where, said), words.regions(tokens=band))


def edges(words: Wording) -> Iterator[Observation]:
    """The first and last layers and tokens against those in the middle."""
    for axis, unit in ((1, "layer"),) if words.alone else ((1, "layer"), (0, words.column)):
        levels = means(words.kept.values, axis)
        width = min(WIDEST_EDGE, len(levels) // 4)
        if width:
            first, last = compare_edges(levels, width)
            yield _edge(words, unit, Band(0, width - 1), first)
            yield _edge(words, unit, Band(len(levels) - width, len(levels) - 1), last)


def _edge(words: Wording, unit: str, band: Band, edge: Edge) -> Observation:
    name = "First" if band.first == 0 else "Last"
    width = band.last - band.first + 1
    those = unit if width == 1 else f"{width} {unit}s"
    place: tuple[Part, ...]
    if unit == "layer":
        place, regions = (words.name_layers(band),), words.regions(layers=band)
    else:
        place, regions = words.name_tokens(band), words.regions(tokens=band)
    rest = _against_middle(words, edge, those)
    return Observation(Kind.EDGES, (f"{name} {those}, ", *place, f": {rest}"), regions)


def _against_middle(words: Wording, edge: Edge, picked: str) -> str:
    apart = edge.edge - edge.middle
    test = {
        True: f"further out than 99 of 100 random picks of {picked}",
        False: f"no further out than random picks of {picked} are",
        None: "too few to tell from chance",
    }[edge.beyond]
    side = "above" if apart > 0 else "below"
    return (
        f"{words.amount(edge.edge)} on average, {words.distance(abs(apart))} {side} the middle; "
        f"{test}."
    )
