"""Intensity, its inverse, and the positions that set no range."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from model_backend.api.maps.measures import Measure
from model_backend.grids.scales import Scale, Span, colour, colour_range, find_sinks

NONE = np.zeros(5, dtype=bool)
FLOATS = st.floats(-1e6, 1e6, width=32)


def test_the_2nd_and_98th_percentile_are_one_half_and_one() -> None:
    values = np.linspace(0.0, 100.0, 101)[None, :].repeat(2, axis=0)
    drawn = colour(values, Scale.INTENSITY)
    assert drawn.z[0, 2] == pytest.approx(0.5)
    assert drawn.z[0, 98] == pytest.approx(1.0)
    assert drawn.z[0, 50] == pytest.approx(0.75)
    assert (drawn.zmin, drawn.zmax) == (0.5, 1.0)


def test_values_outside_the_range_are_outside_one_half_to_one() -> None:
    values = np.linspace(0.0, 100.0, 101)[None, :]
    z = colour(values, Scale.INTENSITY).z
    assert z[0, 0] < 0.5
    assert z[0, 100] > 1.0


@given(arrays(np.float64, (3, 5), elements=FLOATS), st.booleans())
def test_a_value_can_be_had_back_from_its_intensity(values: np.ndarray, per_layer: bool) -> None:
    range_ = colour_range(values, NONE, per_layer=per_layer)
    span = np.where(range_.high > range_.low, range_.high - range_.low, 1.0)[:, None]
    back = range_.low[:, None] + 2 * (range_.intensity(values) - 0.5) * span
    np.testing.assert_allclose(back, values, rtol=1e-9, atol=1e-9 * max(1.0, np.abs(values).max()))


def test_a_sink_left_out_does_not_wash_out_the_others() -> None:
    values = np.array([[5000.0, 1.0, 2.0, 3.0, 4.0]])
    sink = np.array([True, False, False, False, False])
    washed = colour(values, Scale.INTENSITY).z[0]
    clear = colour(values, Scale.INTENSITY, left_out=sink).z[0]
    assert np.ptp(washed[1:]) < 0.01
    assert np.ptp(clear[1:]) > 0.45
    assert clear[0] > 1.0


def test_single_cells_can_be_left_out_of_a_range() -> None:
    values = np.array([[190.0, 180.0, 170.0], [1.0, 2.0, 3.0], [0.0, 1.0, 2.0]])
    embedding = np.arange(3)[:, None] == 0
    drawn = colour(values, Scale.RAW, left_out=np.broadcast_to(embedding, values.shape))
    np.testing.assert_allclose((drawn.zmin, drawn.zmax), np.percentile(values[1:], [2, 98]))
    np.testing.assert_array_equal(drawn.z, values)


def test_the_lowest_rank_can_be_the_most_intense() -> None:
    ranks = np.linspace(1.0, 101.0, 101)[None, :]
    drawn = colour(ranks, Scale.INTENSITY, low_is_dark=True)
    assert drawn.z[0, 2] == pytest.approx(1.0) and drawn.z[0, 98] == pytest.approx(0.5)
    assert drawn.range is not None
    low, high = drawn.range.low[0], drawn.range.high[0]
    np.testing.assert_allclose(low + 2 * (drawn.z - 0.5) * (high - low), ranks)


def test_each_layer_has_its_own_range_only_when_asked() -> None:
    values = np.array([[1.0, 2.0, 3.0, 4.0, 5.0], [100.0, 200.0, 300.0, 400.0, 500.0]])
    own = colour(values, Scale.INTENSITY, per_layer=True).z
    whole = colour(values, Scale.INTENSITY).z
    np.testing.assert_allclose(own[0], own[1])
    assert whole[0].max() < 0.52


def test_a_constant_row_is_light_throughout() -> None:
    z = colour(np.full((2, 5), 7.0), Scale.INTENSITY, per_layer=True).z
    np.testing.assert_array_equal(z, 0.5)


def test_missing_cells_stay_missing_and_set_no_range() -> None:
    values = np.array([[np.nan] * 5, [1.0, 2.0, 3.0, 4.0, 5.0]])
    z = colour(values, Scale.INTENSITY).z
    assert np.isnan(z[0]).all()
    assert np.isfinite(z[1]).all()


def test_zero_and_less_have_no_logarithm() -> None:
    z = colour(np.array([[0.0, -1.0, 1.0, 10.0, 100.0]]), Scale.LOG10).z
    np.testing.assert_allclose(z, [[np.nan, np.nan, 0.0, 1.0, 2.0]])


def test_raw_values_are_drawn_as_they_are() -> None:
    values = np.array([[3.0, 1.0, 4.0, 1.0, 5.0]])
    drawn = colour(values, Scale.RAW)
    np.testing.assert_array_equal(drawn.z, values)
    assert drawn.zmin < drawn.zmax
    assert drawn.range is None


def test_massive_norms_are_sinks_wherever_they_are_and_the_first_token_is_none_by_rule() -> None:
    norms = np.ones((4, 6))
    norms[2, 3] = 10.0
    np.testing.assert_array_equal(find_sinks(norms), [False, False, False, True, False, False])
    norms[1, 0] = 40.0
    np.testing.assert_array_equal(find_sinks(norms), [True, False, False, True, False, False])


def test_a_norm_just_under_ten_medians_is_no_sink() -> None:
    norms = np.ones((4, 6))
    norms[2, 3] = 9.9
    assert not find_sinks(norms)[3]


@pytest.mark.parametrize("n_tokens", [1, 2])
def test_a_text_of_one_or_two_tokens_keeps_them_all(n_tokens: int) -> None:
    assert not find_sinks(np.ones((3, n_tokens))).any()


@pytest.mark.parametrize(
    ("measure", "span", "scale"),
    [
        (Measure.NEXT_TOKEN_PROBABILITY, Span.AUTO, Scale.RAW),
        (Measure.LENS_ENTROPY, Span.AUTO, Scale.RAW),
        (Measure.COSINE_TO_FINAL, Span.MAP, Scale.RAW),
        (Measure.NEXT_TOKEN_RANK, Span.AUTO, Scale.LOG10),
        (Measure.RESIDUAL_NORM, Span.AUTO, Scale.INTENSITY),
        (Measure.RESIDUAL_NORM, Span.MAP, Scale.RAW),
        (Measure.LENS_ENTROPY, Span.LAYER, Scale.INTENSITY),
    ],
)
def test_the_automatic_scale_shows_the_measures_own_numbers_unless_layers_differ(
    measure: Measure, span: Span, scale: Scale
) -> None:
    assert Scale.AUTO.settle(measure, span) is scale
    assert Scale.LOG10.settle(measure, span) is Scale.LOG10


def test_norms_have_a_range_for_each_layer_unless_told_otherwise() -> None:
    own = {measure for measure in Measure if Span.AUTO.per_layer(measure)}
    streams = {Measure.RESIDUAL_NORM, Measure.UPDATE_SIZE}
    assert own == streams | {Measure.ATTENTION_OUTPUT, Measure.MLP_OUTPUT}
    assert not Span.MAP.per_layer(Measure.RESIDUAL_NORM)
    assert Span.LAYER.per_layer(Measure.LENS_CONFIDENCE)
