"""Two hues part at the middle, and equal distances from it are equally dark."""

import re

import pytest

from dashboard.drawing.colours import (
    AMBERS,
    BLUES,
    DARK,
    LIGHT,
    NEUTRAL,
    Palette,
    one_hue,
    two_hues,
)
from dashboard.web.scripts import ASSETS


def test_an_auc_scale_is_amber_below_one_half_and_blue_above() -> None:
    scale = two_hues(0.0, 0.5, 1.0)
    assert scale[0] == [0.0, AMBERS[-1][1]]
    assert scale[-1] == [1.0, BLUES[-1][1]]
    assert [colour for place, colour in scale if place == 0.5] == [AMBERS[0][1], BLUES[0][1]]


def test_the_shorter_side_is_lighter_at_its_end() -> None:
    scale = two_hues(0.4, 0.5, 1.0)
    assert scale[0] == [0.0, AMBERS[1][1]]  # a fifth of the way, as 0.6 is on the blue side
    places = [place for place, _ in scale]
    assert places == sorted(places)


def test_nothing_below_the_middle_is_one_hue() -> None:
    scale = two_hues(0.5, 0.5, 1.0)
    assert [colour for _, colour in scale] == [colour for _, colour in BLUES]


def test_no_difference_has_no_hue_and_nothing_jumps_there() -> None:
    scale = two_hues(-2.0, 0.0, 2.0)
    assert {colour for place, colour in scale if place == 0.5} == {NEUTRAL}
    channels = [int(NEUTRAL[at : at + 2], 16) for at in (1, 3, 5)]
    assert max(channels) - min(channels) <= 2
    assert (scale[0][1], scale[-1][1]) == (AMBERS[-1][1], BLUES[-1][1])


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return float(
        sum(one * share for one, share in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))
    )


def contrast(one: str, other: str) -> float:
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


CARDS = {LIGHT: "#ffffff", DARK: "#161e28"}


def test_the_cards_have_the_colours_of_the_style_sheet() -> None:
    sheet = (ASSETS / "style.css").read_text(encoding="utf-8")
    assert all(f"--card: {colour};" in sheet for colour in CARDS.values())


def test_pictures_have_the_light_colours_of_the_style_sheet() -> None:
    script = (ASSETS / "base" / "colours.js").read_text(encoding="utf-8")
    own = dict(re.findall(r'"(--\w+)": "(#\w+)"', script))
    sheet = (ASSETS / "style.css").read_text(encoding="utf-8")
    light = dict(re.findall(r"(--\w+): (#\w+);", sheet.split("}")[0]))
    assert len(own) >= 9 and own == {name: light[name] for name in own}


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_on_both_pages_the_highest_value_stands_out_and_the_lowest_is_near_the_card(
    palette: Palette,
) -> None:
    for hue in (palette.blues, palette.ambers):
        away = [contrast(colour, CARDS[palette]) for _, colour in hue]
        assert away == sorted(away)
        assert away[0] < 1.2 and away[-1] > 10


def test_a_low_value_can_be_the_darkest_end() -> None:
    scale = one_hue(low_is_dark=True)
    assert scale[0] == [0.0, BLUES[-1][1]] and scale[-1] == [1.0, BLUES[0][1]]
    places = [place for place, _ in scale]
    assert places == sorted(places)


def test_two_hues_part_in_the_same_places_on_both_pages() -> None:
    light, dark = (two_hues(0.4, 0.5, 1.0, palette=palette) for palette in (LIGHT, DARK))
    assert [place for place, _ in light] == [place for place, _ in dark]
    assert dark[-1] == [1.0, DARK.blues[-1][1]]
