"""Two hues part at the middle, and equal distances from it are equally dark."""

from dashboard.drawing.colours import AMBERS, BLUES, NEUTRAL, two_hues


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
