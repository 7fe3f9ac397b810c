"""Trend along the text: its stretches of like values, or that there are none."""

from collections.abc import Iterator

import numpy as np

from model_backend.api.maps.measures import Measure
from model_backend.reading.material.observations import Kind, Observation, Part
from model_backend.reading.material.seen import Seen
from model_backend.reading.patterns.bands import find_bands
from model_backend.reading.patterns.standouts import Standout

FEWEST_TOKENS, FEWEST_FOR_NONE = 24, 48
LEAST_RATIO = 0.15
LEAST_OF_SPAN, MOST_OF_SPAN = 0.25, 0.15
"""A difference of stretches that is named; the most by which thirds may differ to have no trend."""
ARITHMETIC = (Measure.ATTENTION_RECEIVED, Measure.ATTENTION_ENTROPY)
"""Measures that change along any text, for later tokens see more and are seen by fewer."""


def say_along(seen: Seen, found: tuple[Standout, ...] = ()) -> Iterator[Observation]:
    """Sentences on stretches of the text that differ, or on how little its thirds differ."""
    if not seen.is_text or len(seen.columns) < FEWEST_TOKENS or seen.measure in ARITHMETIC:
        return
    if seen.grid.midpoint is not None or seen.is_rank:
        return
    values = np.log(seen.values) if seen.is_ratio else seen.values
    least = np.log1p(LEAST_RATIO) if seen.is_ratio else LEAST_OF_SPAN * seen.span
    bands = find_bands(values, axis=0)
    means = [float(np.nanmean(values[:, band.first : band.last + 1])) for band in bands]
    wide = all(band.last - band.first >= 4 for band in bands)
    if len(bands) > 1 and wide and np.abs(np.diff(means)).min() >= least:
        yield _stretches(seen, [(band.first, band.last) for band in bands])
        return
    yield from _no_trend(seen, found)


def _stretches(seen: Seen, bands: list[tuple[int, int]]) -> Observation:
    said: list[Part] = ["Along the text: "]
    for at, (first, last) in enumerate(bands):
        cells = seen.values[:, first : last + 1]
        middle = seen.amount(float(np.nanmedian(cells)))
        said += [
            "; " if at else "",
            f"median {middle} from position {seen.place(first)} (",
            seen.token(first),
            f") to {seen.place(last)}",
        ]
    return seen.say(Kind.STANDS_OUT, *said, ".", regions=seen.every())


def _no_trend(seen: Seen, found: tuple[Standout, ...]) -> Iterator[Observation]:
    if len(seen.columns) < FEWEST_FOR_NONE:
        return
    levels = seen.levels[:, None]
    relative = seen.values / levels if seen.is_ratio else seen.values - levels
    for one in found:  # which have a sentence of their own
        relative[one.rows, list(one.columns)] = np.nan
    thirds = [np.nanmean(part, axis=1) for part in np.array_split(relative, 3, axis=1)]
    most = np.ptp(np.array(thirds), axis=0)
    calm = most < (LEAST_RATIO if seen.is_ratio else MOST_OF_SPAN * seen.span)
    last = len(seen.rows) - 1
    if not calm.all():
        calm_until = int(np.flatnonzero(~calm)[0]) - 1
        if calm_until < last / 2:
            return
        last = calm_until
    reach = float(most[: last + 1].max())
    amount = f"{np.ceil(100 * reach):.0f} %" if seen.is_ratio else seen.difference(reach)
    until = "at any layer" if last == len(seen.rows) - 1 else f"up to layer {seen.layer(last)}"
    yield seen.say(
        Kind.ABSENT,
        f"No trend along the text: {until}, the means of its three thirds differ by at most "
        f"{amount}{' of the median' if seen.is_ratio else ''}.",
        regions=seen.every((0, last)),
    )
