"""Two maps on one scale and their difference: what the figures and the sentences say."""

from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest

from dashboard.drawing.figures import draw
from dashboard.maps.comparing.difference import Comparison, difference
from dashboard.maps.inspection_map import InspectionMap
from dashboard.maps.load_map import map_of
from dashboard.maps.map_data import Column, MapData
from dashboard.maps.view_options import make_view_options
from model_backend import Align, Inspection, InspectRequest, Measure, Scale, Site
from tests.model_backend.fakes import make_inspection


def side(
    text: str,
    measure: Measure = Measure.LENS_ENTROPY,
    site: Site | None = None,
    inspection: Inspection | None = None,
    **named: int | None,
) -> MapData:
    """A text; with ``named`` only the columns of these names, at these positions."""
    options = make_view_options(measure.value, site, Scale.RAW.value)
    columns = tuple(Column(position, name) for name, position in named.items()) or None
    found = InspectionMap(inspection or make_inspection(text), columns)
    return map_of(found, options, asdict(InspectRequest("fake", text)))


LEFT, RIGHT = side("the capital of Italy"), side("capital of sunny Poland")


def less(left: MapData, right: MapData, how: Align) -> MapData:
    found = difference(left, right, how)
    assert found is not None
    return found


def test_both_maps_have_one_scale_and_keep_their_requests() -> None:
    one, other = map(draw, Comparison(LEFT, RIGHT, Align.POSITION).sides())
    assert (one.data[0].zmin, one.data[0].zmax) == (other.data[0].zmin, other.data[0].zmax)
    both = np.concatenate([one.data[0].z[1:].ravel(), other.data[0].z[1:].ravel()])
    assert np.allclose([one.data[0].zmin, one.data[0].zmax], np.percentile(both, [2, 98]))
    assert [figure.layout.meta["request"]["text"][:3] for figure in (one, other)] == ["the", "cap"]


def test_different_measures_have_scales_of_their_own_and_no_difference() -> None:
    other = side("the capital of Italy", Measure.RESIDUAL_NORM)
    found = Comparison(LEFT, other, Align.POSITION)
    assert found.difference is None and not found.partners.has_difference
    assert "no difference" in " ".join(found.notes)
    assert found.sides() == (LEFT, other)


def test_the_difference_is_centred_and_says_both_numbers() -> None:
    figure = draw(less(LEFT, RIGHT, Align.TOKEN))
    assert figure.data[0].zmin == -figure.data[0].zmax
    meta: dict[str, Any] = figure.layout.meta
    assert meta["tokens"] == ["capital", "of"]
    left, right = (np.array(line["values"]) for line in meta["lines"])
    assert np.allclose(left - right, figure.data[0].z, atol=1e-6)
    assert np.allclose(left, LEFT.grid.values[:, 1:3])
    assert np.allclose(right, RIGHT.grid.values[:, :2])


def test_a_sink_of_either_side_is_left_out_of_the_difference_and_said_to_be() -> None:
    texts = (("the capital of Italy", 2), ("capital of sunny Poland", 3))
    left, right = (
        side(text, inspection=replace(make_inspection(text), is_sink=np.arange(4) == at))
        for text, at in texts
    )
    assert draw(less(left, right, Align.POSITION)).layout.meta["leftOut"] == [2, 3]


def test_the_embedding_is_grey_in_the_difference_of_a_lens_measure_and_sets_no_range() -> None:
    found = less(LEFT, RIGHT, Align.POSITION)
    assert found.marks.masked_rows == (0,)
    ends = found.colours.ends
    assert ends and np.isclose(ends[1], np.percentile(np.abs(found.grid.values[1:]), 98))
    [said] = [note for note in found.notes if note.startswith("They differ most")]
    assert "embed" not in said


def test_tokens_that_differ_are_both_named() -> None:
    tokens = draw(less(LEFT, RIGHT, Align.POSITION)).layout.meta["tokens"]
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
    assert said in " ".join(Comparison(LEFT, RIGHT, how).notes)


def test_partners_link_columns_and_rows() -> None:
    found = Comparison(LEFT, RIGHT, Align.TOKEN).partners
    assert [(one.left, one.right, one.difference) for one in found.columns] == [
        (1, 0, 0), (2, 1, 1)]  # fmt: skip
    assert found.right_of_left == [0, 1, 2, 3] and found.has_difference
    assert not Comparison(LEFT, RIGHT, Align.SUFFIX).partners.has_difference


def test_where_they_differ_most_is_said_and_equal_maps_are_called_so() -> None:
    found = less(LEFT, RIGHT, Align.POSITION)
    row, column = np.unravel_index(np.nanargmax(np.abs(found.counted)), (4, 4))
    [said] = [note for note in found.notes if note.startswith("They differ most")]
    assert f"layer {found.grid.layer_labels[row]}" in said
    assert f"position {column} on the left" in said
    assert less(LEFT, LEFT, Align.POSITION).notes[-1] == "They are the same in every cell."


def test_differences_beyond_the_colours_are_counted() -> None:
    found = less(LEFT, RIGHT, Align.POSITION)
    heatmap = draw(found).data[0]
    n_beyond = int((np.abs(heatmap.z[1:]) > heatmap.zmax).sum())
    assert n_beyond
    assert f"±{heatmap.zmax:.3g}: {n_beyond} cell" in found.notes[-1]
    assert not [note for note in less(LEFT, LEFT, Align.POSITION).notes if "±" in note]


NAMED = side("one two three four", last_q=0, first_answer=1, gone=None, end=3)
NAMED_TOO = side("five two six", end=2, gone=None, last_q=0, first_answer=None)


def test_named_positions_find_each_other_by_name_and_missing_ones_do_not() -> None:
    found = Comparison(NAMED, NAMED_TOO, Align.NAME)
    assert [(pair.left, pair.right) for pair in found.pairs] == [(0, 2), (3, 0)]
    assert found.difference is not None
    texts = ("one two three four", "five two six")
    both = (make_inspection(text).grids[Measure.LENS_ENTROPY].values for text in texts)
    left, right = (values.astype(float) for values in both)
    assert np.array_equal(found.difference.grid.values, left[:, [0, 3]] - right[:, [0, 2]])
    meta: dict[str, Any] = draw(found.difference).layout.meta
    assert (meta["names"], meta["tokens"]) == (["last_q", "end"], ["one|five", "four|six"])
    said = " ".join(found.notes)
    assert "2 of 3 named positions on the left and of 2 on the right" in said
    assert "last_q on the left, last_q" in said or "end on the left, end" in said


def test_missing_columns_equal_nothing() -> None:
    """Both lack a position: that is not a token that both have."""
    one, other = side("a b", here=0, gone=None), side("a b", here=0, gone=None)
    for how in Align:
        assert [(pair.left, pair.right) for pair in Comparison(one, other, how).pairs] == (
            [] if how is Align.SUFFIX else [(0, 0)]
        )


def test_tokens_of_a_text_have_no_names_and_that_is_said() -> None:
    found = Comparison(LEFT, NAMED, Align.NAME)
    assert found.difference is None
    assert "Only named positions have names" in " ".join(found.notes)


def test_two_sites_of_one_measure_have_one_scale_and_a_difference() -> None:
    mid = side("the capital of Italy", Measure.RESIDUAL_NORM, Site.RESID_MID)
    post = side("the capital of Italy", Measure.RESIDUAL_NORM, Site.RESID_POST)
    found = Comparison(mid, post, Align.POSITION)
    one, other = map(draw, found.sides())
    assert (one.data[0].zmin, one.data[0].zmax) == (other.data[0].zmin, other.data[0].zmax)
    assert found.difference is not None
    assert np.nanmax(np.abs(found.difference.grid.values)) > 0
    assert "at resid_mid" in " ".join(found.notes)
    about = draw(found.difference).layout.meta["about"]
    assert "resid_mid" in about


def test_another_alignment_is_another_difference_to_the_browser() -> None:
    """Its columns are others: what was pinned in them or zoomed to is not there any more."""
    ways = (Align.POSITION, Align.TOKEN)
    made = [draw(less(LEFT, RIGHT, how)).layout.meta["request"] for how in ways]
    assert made[0] != made[1]
