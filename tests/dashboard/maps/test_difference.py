"""Two maps on one scale and their difference: what the figures and the sentences say."""

from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest

from dashboard.maps.difference import (
    Side,
    alignment_notes,
    clipped,
    difference_figure,
    differing_most,
    lay_over,
    pair_columns,
    partners,
    side_figures,
)
from dashboard.maps.map_data import Column, Subject, make_look
from model_backend import Align, InspectRequest, Measure, Scale, Site
from tests.model_backend.fakes import make_inspection


def side(
    text: str,
    measure: Measure = Measure.LENS_ENTROPY,
    site: Site | None = None,
    **named: int | None,
) -> Side:
    """A text; with ``named`` only the columns of these names, at these positions."""
    look = make_look(measure.value, site, Scale.RAW.value)
    columns = tuple(Column(position, name) for name, position in named.items()) or None
    subject = Subject(make_inspection(text), columns)
    return Side(subject, look, asdict(InspectRequest("fake", text)))


LEFT, RIGHT = side("the capital of Italy"), side("capital of sunny Poland")


def test_both_maps_have_one_scale_and_keep_their_requests() -> None:
    one, other = side_figures(LEFT, RIGHT)
    assert (one.data[0].zmin, one.data[0].zmax) == (other.data[0].zmin, other.data[0].zmax)
    both = np.concatenate([one.data[0].z.ravel(), other.data[0].z.ravel()])
    assert np.allclose([one.data[0].zmin, one.data[0].zmax], np.percentile(both, [2, 98]))
    assert [figure.layout.meta["request"]["text"][:3] for figure in (one, other)] == ["the", "cap"]


def test_different_measures_have_scales_of_their_own_and_no_difference() -> None:
    other = side("the capital of Italy", Measure.RESIDUAL_NORM)
    assert lay_over(LEFT, other, Align.POSITION) is None
    assert "no difference" in " ".join(alignment_notes(LEFT, other, Align.POSITION))


def test_the_difference_is_centred_and_says_both_numbers() -> None:
    difference = lay_over(LEFT, RIGHT, Align.TOKEN)
    assert difference is not None
    figure = difference_figure(difference, LEFT, RIGHT, Align.TOKEN)
    assert figure.data[0].zmin == -figure.data[0].zmax
    meta: dict[str, Any] = figure.layout.meta
    assert meta["tokens"] == ["capital", "of"]
    left, right = (np.array(line["values"]) for line in meta["lines"])
    assert np.allclose(left - right, figure.data[0].z, atol=1e-6)
    assert np.allclose(left, LEFT.grid.values[:, 1:3])
    assert np.allclose(right, RIGHT.grid.values[:, :2])


def test_a_sink_of_either_side_is_left_out_of_the_difference_and_said_to_be() -> None:
    left, right = (replace(one.subject.inspection, is_sink=np.arange(4) == at)
                   for one, at in ((LEFT, 2), (RIGHT, 3)))  # fmt: skip
    sides = (replace(LEFT, subject=Subject(left)), replace(RIGHT, subject=Subject(right)))
    difference = lay_over(*sides, Align.POSITION)
    assert difference is not None
    figure = difference_figure(difference, *sides, Align.POSITION)
    assert figure.layout.meta["leftOut"] == [2, 3]


def test_tokens_that_differ_are_both_named() -> None:
    difference = lay_over(LEFT, RIGHT, Align.POSITION)
    assert difference is not None
    tokens = difference_figure(difference, LEFT, RIGHT, Align.POSITION).layout.meta["tokens"]
    assert tokens[0] == "the|capital"


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (Align.POSITION, "4 of 4 tokens on the left and of 4 on the right"),
        (Align.TOKEN, "2 of 4 tokens"),
        (Align.SUFFIX, "With none, there is no difference"),
    ],
)
def test_the_alignment_is_said(how: Align, said: str) -> None:
    assert said in " ".join(alignment_notes(LEFT, RIGHT, how))


def test_partners_link_columns_and_rows() -> None:
    found = partners(LEFT, RIGHT, Align.TOKEN)
    assert [(one.left, one.right, one.difference) for one in found.columns] == [
        (1, 0, 0), (2, 1, 1)]  # fmt: skip
    assert found.right_of_left == [0, 1, 2, 3] and found.has_difference
    assert not partners(LEFT, RIGHT, Align.SUFFIX).has_difference


def test_where_they_differ_most_is_said_and_equal_maps_are_called_so() -> None:
    difference = lay_over(LEFT, RIGHT, Align.POSITION)
    same = lay_over(LEFT, LEFT, Align.POSITION)
    assert difference is not None and same is not None
    row, column = np.unravel_index(np.abs(difference.grid.values).argmax(), (4, 4))
    said = differing_most(difference, LEFT, RIGHT)
    assert f"layer {difference.grid.layer_labels[row]}" in said
    assert f"position {column} on the left" in said
    assert differing_most(same, LEFT, LEFT) == "They are the same in every cell."


def test_differences_beyond_the_colours_are_counted() -> None:
    difference, same = lay_over(LEFT, RIGHT, Align.POSITION), lay_over(LEFT, LEFT, Align.POSITION)
    assert difference is not None and same is not None
    heatmap = difference_figure(difference, LEFT, RIGHT, Align.POSITION).data[0]
    n_beyond = int((np.abs(heatmap.z) > heatmap.zmax).sum())
    assert n_beyond
    [said] = clipped(difference, LEFT, RIGHT)
    assert f"±{heatmap.zmax:.3g}: {n_beyond} cell" in said
    assert clipped(same, LEFT, LEFT) == []


NAMED = side("one two three four", last_q=0, first_answer=1, gone=None, end=3)
NAMED_TOO = side("five two six", end=2, gone=None, last_q=0, first_answer=None)


def test_named_positions_find_each_other_by_name_and_missing_ones_do_not() -> None:
    pairs = pair_columns(NAMED, NAMED_TOO, Align.NAME)
    assert [(pair.left, pair.right) for pair in pairs] == [(0, 2), (3, 0)]
    difference = lay_over(NAMED, NAMED_TOO, Align.NAME)
    assert difference is not None
    both = NAMED.subject.inspection.grids, NAMED_TOO.subject.inspection.grids
    left, right = (grids[Measure.LENS_ENTROPY].values for grids in both)
    wanted = left[:, [0, 3]].astype(float) - right[:, [0, 2]]
    assert np.array_equal(difference.grid.values, wanted)
    meta: dict[str, Any] = difference_figure(difference, NAMED, NAMED_TOO, Align.NAME).layout.meta
    assert (meta["names"], meta["tokens"]) == (["last_q", "end"], ["one|five", "four|six"])
    assert "2 of 3 named positions on the left and of 2 on the right" in " ".join(
        alignment_notes(NAMED, NAMED_TOO, Align.NAME)
    )
    said = differing_most(difference, NAMED, NAMED_TOO)
    assert "last_q on the left, last_q" in said or "end on the left, end" in said


def test_missing_columns_equal_nothing() -> None:
    """Both lack a position: that is not a token that both have."""
    one, other = side("a b", here=0, gone=None), side("a b", here=0, gone=None)
    for how in Align:
        assert [(pair.left, pair.right) for pair in pair_columns(one, other, how)] == (
            [] if how is Align.SUFFIX else [(0, 0)]
        )


def test_tokens_of_a_text_have_no_names_and_that_is_said() -> None:
    assert lay_over(LEFT, NAMED, Align.NAME) is None
    assert "Only named positions have names" in " ".join(alignment_notes(LEFT, NAMED, Align.NAME))


def test_two_sites_of_one_measure_have_one_scale_and_a_difference() -> None:
    mid = side("the capital of Italy", Measure.RESIDUAL_NORM, Site.RESID_MID)
    post = side("the capital of Italy", Measure.RESIDUAL_NORM, Site.RESID_POST)
    one, other = side_figures(mid, post)
    assert (one.data[0].zmin, one.data[0].zmax) == (other.data[0].zmin, other.data[0].zmax)
    difference = lay_over(mid, post, Align.POSITION)
    assert difference is not None
    assert np.nanmax(np.abs(difference.grid.values)) > 0
    assert "at resid_mid" in " ".join(alignment_notes(mid, post, Align.POSITION))
    about = difference_figure(difference, mid, post, Align.POSITION).layout.meta["about"]
    assert "resid_mid" in about


def test_another_alignment_is_another_difference_to_the_browser() -> None:
    """Its columns are others: what was pinned in them or zoomed to is not there any more."""
    made = []
    for how in (Align.POSITION, Align.TOKEN):
        difference = lay_over(LEFT, RIGHT, how)
        assert difference is not None
        figure = difference_figure(difference, LEFT, RIGHT, how)
        made.append(figure.layout.meta["request"])
    assert made[0] != made[1]
