"""The colours of a map: one hue from light to dark, or two that part at a middle."""

import numpy as np

BLUES = (
    (0.0, "#eaf2fb"),
    (0.2, "#c5dcf2"),
    (0.4, "#8fbfe6"),
    (0.6, "#4c97d3"),
    (0.8, "#1c66ae"),
    (1.0, "#08285a"),
)
"""Light to dark, as in the figure this project grew from: 0.5 is light, 1.0 is dark."""

AMBERS = (
    (0.0, "#fdf1e0"),
    (0.2, "#fadcae"),
    (0.4, "#f0b866"),
    (0.6, "#d98a25"),
    (0.8, "#a85d0b"),
    (1.0, "#5c2f03"),
)
"""The second hue, for what lies below a middle."""

NEUTRAL = "#f3f3f2"
"""No difference: of neither hue, and where both begin."""

Stops = tuple[tuple[float, str], ...]


def two_hues(
    low: float, middle: float, high: float, *, neutral: bool = False
) -> list[list[float | str]]:
    """A colour scale from ``low`` to ``high``, the middle between: blues above it, ambers below.

    What lies as far below the middle as something else above it is as dark. A middle of 0 is no
    difference, and has no hue, nor has one that is said to be ``neutral``; any other, such as the
    AUC 0.5, is the lightest blue.
    """
    plain = neutral or middle == 0
    blues, ambers = (_from_neutral(BLUES), _from_neutral(AMBERS)) if plain else (BLUES, AMBERS)
    reach = max(high - middle, middle - low)
    below = _part(ambers, (middle - low) / reach)[::-1] if low < middle else []
    above = _part(blues, (high - middle) / reach) if high > middle else []
    signed = [(-share, colour) for share, colour in below] + above
    places = [(middle + share * reach - low) / (high - low) for share, _ in signed]
    return [[place, colour] for place, (_, colour) in zip(places, signed, strict=True)]


def _from_neutral(hues: Stops) -> Stops:
    return ((0.0, NEUTRAL), *hues[1:])


def _part(hues: Stops, end: float) -> list[tuple[float, str]]:
    """The stops of a hue from its lightest to a share of it."""
    return [*(stop for stop in hues if stop[0] < end), (end, _at(hues, end))]


def _at(hues: Stops, share: float) -> str:
    """The colour between two stops, by red, green and blue."""
    places = [place for place, _ in hues]
    parts = [[int(colour[at : at + 2], 16) for _, colour in hues] for at in (1, 3, 5)]
    return "#" + "".join(f"{round(np.interp(share, places, part)):02x}" for part in parts)
