"""The profiles are the means and quantiles of what the map shows."""

import numpy as np
import pytest

from dashboard.drawing.marginals import layer_profile, profile_range, token_profile

NONE = np.zeros(40, dtype=bool)


def make_values() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(6, 40)).astype(np.float32)


def test_a_layers_profile_is_its_mean_and_its_10_and_90_percent_quantiles() -> None:
    values = make_values()
    low, high, mean = layer_profile(values, NONE)
    np.testing.assert_allclose(mean.x, values.mean(axis=1), rtol=1e-5)
    np.testing.assert_allclose(low.x, np.quantile(values, 0.1, axis=1), rtol=1e-5)
    np.testing.assert_allclose(high.x, np.quantile(values, 0.9, axis=1), rtol=1e-5)


def test_a_tokens_profile_is_over_the_layers_that_have_a_value() -> None:
    values = make_values()
    values[0] = np.nan
    low, _, mean = token_profile(values)
    np.testing.assert_allclose(mean.y, values[1:].mean(axis=0), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(low.y, np.quantile(values[1:], 0.1, axis=0), rtol=1e-4, atol=1e-6)


def test_a_sink_has_no_part_in_the_layers_means_nor_in_the_range() -> None:
    values = make_values()
    values[:, 0] = 1e6
    sink = np.arange(40) == 0
    assert max(layer_profile(values, sink)[2].x) < 10
    span = profile_range(values, sink)
    assert span is not None
    assert span[1] < 10


def test_a_group_without_values_is_missing() -> None:
    values = make_values()
    values[2] = np.nan
    assert np.isnan(layer_profile(values, NONE)[-1].x[2])


def test_a_band_stops_at_groups_without_values_and_begins_anew_behind_them() -> None:
    values = make_values()
    values[:, 10:13] = np.nan
    *bands, mean = token_profile(values)
    assert [(band.x0, len(band.y)) for band in bands] == [(0, 10), (0, 10), (13, 27), (13, 27)]
    assert [band.fill for band in bands] == [None, "tonexty", None, "tonexty"]
    assert np.isnan(mean.y[10:13]).all() and mean.x0 == 0
    high = np.quantile(values[:, 13:], 0.9, axis=0)
    np.testing.assert_allclose(bands[3].y, high, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_a_constant_or_empty_map_names_no_range(value: float) -> None:
    assert profile_range(np.full((3, 40), value), NONE) is None


def test_a_profile_says_what_its_means_are_over() -> None:
    values, first = np.ones((3, 4)), np.arange(4) == 0
    assert "mean over all columns but those marked" in layer_profile(values, first)[2].hovertemplate
    assert "mean over all columns %" in layer_profile(values, NONE[:4])[2].hovertemplate
    assert "mean over all layers" in token_profile(values)[2].hovertemplate
