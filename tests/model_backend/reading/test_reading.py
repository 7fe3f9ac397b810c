"""A reading says what was planted in a map, where it was planted, and nothing of noise."""

import numpy as np
import pytest

from model_backend.reading import Kind, Region, Shape
from model_backend.reading.patterns import Share, Shares
from model_backend.reading.shape import Regions, find_shape
from tests.model_backend.planted import (
    ROWS,
    SHAPE,
    TOKENS,
    high_regions,
    noise,
    planted,
    read,
    said,
)


@pytest.mark.parametrize(
    "region", [Region(4, 7, 8, 11), Region(0, 2, 0, 3), Region(9, 12, 20, 23), Region(5, 8, 7, 7)]
)
def test_one_peak_is_found_where_it_is(region: Region) -> None:
    reading = read(planted(region, height=4.0))
    assert reading.shape is Shape.PEAK
    assert high_regions(reading) == [region]


def test_the_sentence_of_a_peak_names_its_layers_tokens_and_values() -> None:
    values = planted(Region(4, 7, 8, 11), height=4.0)
    text = said(read(values), Kind.REGIONS)[0].text
    assert 'layers 4 to 7 at positions 8 to 11 ("t8" to "t11")' in text
    assert f"{values[4:8, 8:12].mean():.2f} bits on average" in text


def test_a_dip_is_found_where_it_is() -> None:
    region = Region(4, 7, 8, 11)
    reading = read(-planted(region, height=4.0))
    assert reading.shape is Shape.DIP
    assert said(reading, Kind.REGIONS)[0].regions == (region,)


def test_two_peaks_are_two() -> None:
    values = planted(Region(2, 4, 3, 6), height=5.0)
    values[8:11, 16:20] += 5.0
    reading = read(values)
    assert reading.shape is Shape.REGIONS
    assert set(high_regions(reading)) == {Region(2, 4, 3, 6), Region(8, 10, 16, 19)}


def test_a_peak_is_found_on_a_gradient_over_layers() -> None:
    region = Region(3, 6, 8, 10)
    values = planted(region, height=6.0) + 3.0 * np.arange(ROWS)[:, None]
    assert high_regions(read(values)) == [region]


def test_a_peak_at_one_token_among_thousands_is_found_to_the_token() -> None:
    region = Region(10, 14, 2000, 2000)
    assert high_regions(read(planted(region, 8.0, (33, 3000)))) == [region]


def test_tokens_that_are_high_at_all_layers_are_a_band_and_no_peak() -> None:
    values = 0.2 * noise(1) + 4.0 * (np.arange(TOKENS) // 4 == 2)
    values[4:10] += 1.5
    reading = read(values)
    assert not high_regions(reading)
    assert Region(0, ROWS - 1, 8, 11) in [o.regions[0] for o in said(reading, Kind.TOKENS)]


def test_one_outlier_is_no_region() -> None:
    values = noise(2)
    values[5, 9] = 1e6
    reading = read(values)
    assert not high_regions(reading)
    assert said(reading, Kind.EXTREMES)[0].regions == (Region(5, 5, 9, 9),)


def test_an_outlier_does_not_hide_a_peak() -> None:
    region = Region(4, 7, 8, 11)
    values = planted(region, height=4.0)
    values[1, 20] = 1e6
    assert high_regions(read(values)) == [region]


def test_noise_has_no_peak_and_no_structure() -> None:
    readings = [read(noise(seed)) for seed in range(120)]
    assert sum(bool(high_regions(reading)) for reading in readings) <= 3
    assert sum(reading.shape is Shape.NONE for reading in readings) >= 108


@pytest.mark.parametrize("spread", ["exponential", "standard_cauchy"])
def test_noise_of_long_tails_has_no_peak(spread: str) -> None:
    draws = [getattr(np.random.default_rng(seed), spread)(size=SHAPE) for seed in range(60)]
    assert sum(bool(high_regions(read(values))) for values in draws) <= 2


def test_layers_of_widely_spread_values_make_no_peak() -> None:
    spread = np.geomspace(0.1, 10.0, ROWS)[:, None]
    readings = [read(noise(seed) * spread) for seed in range(60)]
    assert sum(bool(high_regions(reading)) for reading in readings) <= 3


def test_stripes_by_layer() -> None:
    levels = 4.0 * (np.arange(ROWS) % 2)[:, None]
    reading = read(noise(3) + levels)
    assert reading.shape is Shape.LAYER_STRIPES
    assert not high_regions(reading)
    assert len(said(reading, Kind.LAYERS)) == 1


def test_stripes_by_token() -> None:
    reading = read(noise(3) + 4.0 * (np.arange(TOKENS) % 3 == 0))
    assert reading.shape is Shape.TOKEN_STRIPES
    assert not high_regions(reading)


def test_a_gradient_over_layers() -> None:
    reading = read(noise(4) + np.arange(ROWS)[:, None])
    assert reading.shape is Shape.LAYER_GRADIENT
    assert not high_regions(reading)


def test_a_gradient_over_tokens() -> None:
    assert read(noise(4) + 0.5 * np.arange(TOKENS)).shape is Shape.TOKEN_GRADIENT


def test_the_share_of_the_layer_means_is_the_one_of_analysis_of_variance() -> None:
    values = noise(5) + np.arange(ROWS)[:, None]
    between = TOKENS * ((values.mean(axis=1) - values.mean()) ** 2).sum()
    share = 100 * between / ((values - values.mean()) ** 2).sum()
    texts = [observation.text for observation in said(read(values), Kind.SHAPE)]
    assert any(f"layers explain {share:.1f} % of the variance" in text for text in texts)


def test_bands_of_layers_are_cut_where_the_level_changes() -> None:
    levels = np.repeat([0.0, 5.0, 2.0], [4, 5, 4])[:, None]
    bands = said(read(noise(6) + levels), Kind.LAYERS)
    assert [(o.regions[0].first_row, o.regions[0].last_row) for o in bands] == [
        (0, 3),
        (4, 8),
        (9, 12),
    ]
    assert bands[0].text.startswith("Early, layers embed to 3: median ")


@pytest.mark.parametrize("n_tokens", [24, 2000])
def test_bands_of_tokens_are_cut_where_the_level_changes(n_tokens: int) -> None:
    border = n_tokens // 3 + 1
    values = noise(7, (ROWS, n_tokens)) + 5.0 * (np.arange(n_tokens) >= border)
    bands = said(read(values), Kind.TOKENS)
    assert [(o.regions[0].first_position, o.regions[0].last_position) for o in bands] == [
        (0, border - 1),
        (border, n_tokens - 1),
    ]


def test_bands_tell_the_median_and_the_middle_of_their_cells() -> None:
    values = noise(8) + 5.0
    low, middle, high = np.percentile(values, (10, 50, 90))
    text = said(read(values), Kind.LAYERS)[0].text
    assert f"median {middle:.2f} bits, 10th to 90th percentile {low:.2f} to {high:.2f} bits" in text


def test_edges_that_differ_from_the_middle_are_told_from_those_that_do_not() -> None:
    values = noise(9, (24, 24))
    values[:5] += 3.0
    first, last = said(read(values), Kind.EDGES)[:2]
    assert "first 5 layers, layers embed to 4" in first.text.lower()
    assert "above the middle; further out than 99 of 100 random picks" in first.text
    assert "no further out than random picks" in last.text
    assert first.regions == (Region(0, 4, 0, 23),)


def test_the_extremes_say_which_positions_they_are_apart_from() -> None:
    values = noise(1)
    left_out = np.zeros(TOKENS, dtype=bool)
    left_out[0] = True
    highest, lowest = said(read(values, left_out), Kind.EXTREMES)
    assert highest.text.startswith("Highest without the sink at position 0: ")
    assert lowest.text.startswith("Lowest without the sink at position 0: ")
    left_out[[3, 5]] = True
    highest = said(read(values, left_out), Kind.EXTREMES)[0]
    assert "without the sinks at positions 0, 3 and 5: " in highest.text
    left_out[:12] = True
    assert "without 12 sinks: " in said(read(values, left_out), Kind.EXTREMES)[0].text


def test_one_other_cell_is_a_cell() -> None:
    values = noise(1)
    values[[2, 4], 3] = 9.0
    assert said(read(values), Kind.EXTREMES)[0].text.endswith(", and in 1 other cell.")
    values[6, 3] = 9.0
    assert said(read(values), Kind.EXTREMES)[0].text.endswith(", and in 2 other cells.")


def test_a_ramp_beyond_chance_is_no_stripes_where_the_means_are_not() -> None:
    means, ramp = Share(0.69, shuffled=0.75, chance=0.49), Share(0.5, shuffled=0.3, chance=0.06)
    nothing = Share(0.0, shuffled=0.2, chance=0.1)
    shape = find_shape(
        Shares(means, nothing, ramp, nothing), Regions((), np.zeros((ROWS, 2)), 0.0, 0.0)
    )
    assert shape is Shape.LAYER_GRADIENT
