"""The profiles are the medians and quantiles of what the map shows."""

import numpy as np
import pytest

from dashboard.drawing.marginals import layer_profile, profile_range, token_profile

NONE = np.zeros(40, dtype=bool)
NO_CELL = np.zeros((6, 40), dtype=bool)


def make_values() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(6, 40)).astype(np.float32)


def test_a_layers_profile_is_its_median_and_its_10_and_90_percent_quantiles() -> None:
    values = make_values()
    low, high, median = layer_profile(values, NONE, NO_CELL)
    np.testing.assert_allclose(median.x, np.median(values, axis=1), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(low.x, np.quantile(values, 0.1, axis=1), rtol=1e-5)
    np.testing.assert_allclose(high.x, np.quantile(values, 0.9, axis=1), rtol=1e-5)


def test_a_tokens_profile_is_over_the_layers_that_have_a_value() -> None:
    values = make_values()
    values[0] = np.nan
    low, _, median = token_profile(values, NO_CELL)
    np.testing.assert_allclose(median.y, np.median(values[1:], axis=0), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(low.y, np.quantile(values[1:], 0.1, axis=0), rtol=1e-4, atol=1e-6)


def test_a_sink_has_no_part_in_the_layers_medians_nor_in_the_range() -> None:
    values = make_values()
    values[:, 0] = 1e6
    sink = np.arange(40) == 0
    assert max(layer_profile(values, sink, NO_CELL)[2].x) < 10
    span = profile_range(values, sink, NO_CELL)
    assert span is not None
    assert span[1] < 10


def test_a_group_without_values_is_missing() -> None:
    values = make_values()
    values[2] = np.nan
    assert np.isnan(layer_profile(values, NONE, NO_CELL)[-1].x[2])


def test_a_band_stops_at_groups_without_values_and_begins_anew_behind_them() -> None:
    values = make_values()
    values[:, 10:13] = np.nan
    *bands, median = token_profile(values, NO_CELL)
    assert [(band.x0, len(band.y)) for band in bands] == [(0, 10), (0, 10), (13, 27), (13, 27)]
    assert [band.fill for band in bands] == [None, "tonexty", None, "tonexty"]
    assert np.isnan(median.y[10:13]).all() and median.x0 == 0
    high = np.quantile(values[:, 13:], 0.9, axis=0)
    np.testing.assert_allclose(bands[3].y, high, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_a_constant_or_empty_map_names_no_range(value: float) -> None:
    assert profile_range(np.full((6, 40), value), NONE, NO_CELL) is None


def test_a_profile_says_what_its_medians_are_of() -> None:
    values, first, none = np.ones((6, 40)), np.arange(40) == 0, NO_CELL
    said = layer_profile(values, first, none)[2].hovertemplate
    assert "median of all columns but those marked" in said
    assert "median of all columns %" in layer_profile(values, NONE, none)[2].hovertemplate
    assert "median of all layers" in token_profile(values, none)[2].hovertemplate


def test_the_line_is_within_its_band_where_a_mean_would_leave_it() -> None:
    values = np.ones((6, 40), dtype=np.float32)
    values[:, 3] = 1e6
    low, high, line = layer_profile(values, NONE, NO_CELL)
    assert values.mean(axis=1).min() > 20_000
    assert (low.x <= line.x).all() and (line.x <= high.x).all()
    np.testing.assert_array_equal(line.x, 1.0)


def test_grey_cells_have_no_part_in_any_profile() -> None:
    values = make_values()
    values[0] = 190.0
    values[:, 39] = 500.0
    grey = (np.arange(6)[:, None] == 0) | (np.arange(40) == 39)
    of_layers, of_tokens = layer_profile(values, NONE, grey)[-1], token_profile(values, grey)[-1]
    assert np.isnan(of_layers.x[0]) and np.isnan(of_tokens.y[39])
    np.testing.assert_allclose(of_layers.x[1:], np.median(values[1:, :39], axis=1), atol=1e-6)
    np.testing.assert_allclose(of_tokens.y[:39], np.median(values[1:, :39], axis=0), atol=1e-6)
    span = profile_range(values, NONE, grey)
    assert span is not None and span[1] < 10
