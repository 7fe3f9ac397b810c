"""The colours of a map: one hue, or two that part at a middle; on white and on a dark page.

On white a hue goes from light to dark, and on a dark page from the page's colour to bright, so that
the highest value stands out on both.
"""

from dataclasses import dataclass

import numpy as np

Stops = tuple[tuple[float, str], ...]
"""Colours with their places from 0 to 1."""

PLACES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def _stops(*colours: str) -> Stops:
    return tuple(zip(PLACES, colours, strict=True))


@dataclass(frozen=True)
class Palette:
    """The hues of a page, light or dark."""

    blues: Stops
    ambers: Stops
    """The second hue, for what lies below a middle."""
    neutral: str
    """No difference: of neither hue, and where both begin."""


LIGHT = Palette(
    _stops("#eaf2fb", "#c5dcf2", "#8fbfe6", "#4c97d3", "#1c66ae", "#08285a"),
    _stops("#fdf1e0", "#fadcae", "#f0b866", "#d98a25", "#a85d0b", "#5c2f03"),
    "#f3f3f2",
)
"""As in the figure this project grew from: 0.5 is light, 1.0 is dark."""

DARK = Palette(
    _stops("#1a2532", "#1b3a5e", "#22609b", "#418fd4", "#86c1f2", "#e4f3ff"),
    _stops("#2a2218", "#573a12", "#925c10", "#cf8a26", "#f3bd6b", "#fff0d6"),
    "#1e242c",
)
"""From the colour of a card to bright."""

BLUES, AMBERS, NEUTRAL = LIGHT.blues, LIGHT.ambers, LIGHT.neutral


def one_hue(palette: Palette = LIGHT, *, low_is_dark: bool = False) -> list[list[float | str]]:
    """The blues from the lowest value to the highest, or the other way round."""
    if low_is_dark:
        return [[1 - place, colour] for place, colour in reversed(palette.blues)]
    return [[place, colour] for place, colour in palette.blues]


def two_hues(
    low: float, middle: float, high: float, *, neutral: bool = False, palette: Palette = LIGHT
) -> list[list[float | str]]:
    """A colour scale from ``low`` to ``high``, the middle between: blues above it, ambers below.

    What lies as far below the middle as something else above it is as dark. A middle of 0 is no
    difference, and has no hue, nor has one that is said to be ``neutral``; any other, such as the
    AUC 0.5, is the first blue.
    """
    blues, ambers = palette.blues, palette.ambers
    if neutral or middle == 0:
        blues, ambers = (((0.0, palette.neutral), *hue[1:]) for hue in (blues, ambers))
    reach = max(high - middle, middle - low)
    below = _part(ambers, (middle - low) / reach)[::-1] if low < middle else []
    above = _part(blues, (high - middle) / reach) if high > middle else []
    signed = [(-share, colour) for share, colour in below] + above
    places = [(middle + share * reach - low) / (high - low) for share, _ in signed]
    return [[place, colour] for place, (_, colour) in zip(places, signed, strict=True)]


def _part(hues: Stops, end: float) -> list[tuple[float, str]]:
    """The stops of a hue from its first to a share of it."""
    return [*(stop for stop in hues if stop[0] < end), (end, _at(hues, end))]


def _at(hues: Stops, share: float) -> str:
    """The colour between two stops, by red, green and blue."""
    places = [place for place, _ in hues]
    parts = [[int(colour[at : at + 2], 16) for _, colour in hues] for at in (1, 3, 5)]
    return "#" + "".join(f"{round(np.interp(share, places, part)):02x}" for part in parts)
