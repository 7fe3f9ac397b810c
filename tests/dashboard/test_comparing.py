"""Two maps on one scale and their difference: what the figures and the sentences say."""

from dataclasses import asdict
from typing import Any

import numpy as np
import pytest

from dashboard.comparing import (
    Side,
    alignment_notes,
    difference_figure,
    differing_most,
    lay_over,
    partners,
    side_figures,
)
from dashboard.subject import Subject, make_look
from model_backend import Align, InspectRequest, Measure, Scale
from tests.model_backend.fakes import make_inspection


def side(text: str, measure: Measure = Measure.LENS_ENTROPY) -> Side:
    look = make_look(measure.value, None, Scale.RAW.value)
    return Side(Subject(make_inspection(text)), look, asdict(InspectRequest("fake", text)))


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
    figure = difference_figure(difference, LEFT, RIGHT)
    assert figure.data[0].zmin == -figure.data[0].zmax
    meta: dict[str, Any] = figure.layout.meta
    assert meta["tokens"] == ["capital", "of"]
    left, right = (np.array(line["values"]) for line in meta["lines"])
    assert np.allclose(left - right, figure.data[0].z, atol=1e-6)
    assert np.allclose(left, LEFT.grid.values[:, 1:3])
    assert np.allclose(right, RIGHT.grid.values[:, :2])


def test_tokens_that_differ_are_both_named() -> None:
    difference = lay_over(LEFT, RIGHT, Align.POSITION)
    assert difference is not None
    tokens = difference_figure(difference, LEFT, RIGHT).layout.meta["tokens"]
    assert tokens[0] == "the|capital"


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (Align.POSITION, "4 of 4 tokens on the left and 4 on the right"),
        (Align.TOKEN, "2 of 4 tokens"),
        (Align.SUFFIX, "With none, there is no difference"),
    ],
)
def test_the_alignment_is_said(how: Align, said: str) -> None:
    assert said in " ".join(alignment_notes(LEFT, RIGHT, how))


def test_partners_link_columns_and_rows() -> None:
    found = partners(LEFT, RIGHT, Align.TOKEN)
    assert found["columns"] == [[1, 0], [2, 1]]
    assert found["rightOfLeft"] == [0, 1, 2, 3]


def test_where_they_differ_most_is_said_and_equal_maps_are_called_so() -> None:
    difference = lay_over(LEFT, RIGHT, Align.POSITION)
    same = lay_over(LEFT, LEFT, Align.POSITION)
    assert difference is not None and same is not None
    row, column = np.unravel_index(np.abs(difference.grid.values).argmax(), (4, 4))
    said = differing_most(difference)
    assert f"layer {difference.grid.layer_labels[row]}" in said
    assert f"position {column} on the left" in said
    assert differing_most(same) == "They are the same in every cell."
