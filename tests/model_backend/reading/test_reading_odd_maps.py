"""Maps that lack something are read in plain sentences about cells that exist."""

import json
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from model_backend.reading import Kind, Region, Shape, read_grid
from model_backend.reading.wording import number
from tests.model_backend.planted import (
    ROWS,
    SHAPE,
    TOKENS,
    grid_of,
    high_regions,
    noise,
    planted,
    read,
    said,
)


def test_a_constant_map_is_called_constant() -> None:
    reading = read_grid(grid_of(np.full(SHAPE, 0.5), midpoint=0.5))
    assert reading.shape is Shape.CONSTANT
    assert reading.observations[0].text == "All 312 cells are 0.500 bits."
    assert not said(reading, Kind.REGIONS)


def test_a_map_without_values_says_so() -> None:
    reading = read(np.full((2, 3), np.nan))
    assert reading.shape is Shape.EMPTY
    assert reading.observations[0].text == "No cell has a value to read."


def test_a_layer_without_values_is_named_and_does_not_count() -> None:
    values = planted(Region(4, 7, 8, 11), height=4.0)
    values[0] = np.nan
    reading = read(values)
    assert high_regions(reading) == [Region(4, 7, 8, 11)]
    assert said(reading, Kind.LEFT_OUT)[0].text == "Layer embed has no value."
    assert said(reading, Kind.LAYERS)[0].regions[0].first_row == 1


def test_positions_left_out_change_no_number_and_are_named() -> None:
    values = noise(10)
    sinks = np.isin(np.arange(TOKENS), (0, 7))
    huge = values.copy()
    huge[:, sinks] = 1e4
    assert read(huge, sinks) == read(values, sinks)
    last = read(huge, sinks).observations[-1]
    assert last.text.endswith('as attention sinks: positions 0 ("t0"), 7 ("t7").')
    assert last.regions == (Region(0, ROWS - 1, 0, 0), Region(0, ROWS - 1, 7, 7))


def test_a_map_with_a_midpoint_is_set_against_it() -> None:
    values = np.where(np.arange(TOKENS) < 18, 0.7, 0.4) + 0.01 * noise(11)
    reading = read_grid(grid_of(values, unit="AUC", midpoint=0.5))
    assert "75.0 % of the cells are above 0.5" in said(reading, Kind.EXTREMES)[2].text
    assert "luck" in said(reading, Kind.MEANING)[0].text


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (1, 40), (40, 1), (2, 2), (2, 40), (3, 9)])
def test_small_maps_are_read_without_ado(shape: tuple[int, int]) -> None:
    reading = read(noise(12, shape))
    assert reading.observations
    assert reading.shape in (Shape.CONSTANT, Shape.TOO_SMALL, Shape.NONE)


def test_the_same_map_has_the_same_reading() -> None:
    values = planted(Region(4, 7, 8, 11))
    before = values.copy()
    assert read(values) == read(values.astype(np.float64))
    np.testing.assert_array_equal(values, before)


def test_regions_are_json() -> None:
    for observation in read(planted(Region(4, 7, 8, 11))).observations:
        for region in observation.regions:
            assert Region(**json.loads(json.dumps(asdict(region)))) == region


@settings(max_examples=150, deadline=None)
@given(
    arrays(
        st.sampled_from([np.float32, np.float64]), array_shapes(min_dims=2, max_dims=2, max_side=9)
    ),
    st.data(),
)
def test_any_map_is_read_in_plain_numbers_and_cells_that_exist(
    values: np.ndarray, data: st.DataObject
) -> None:
    n_rows, n_tokens = values.shape
    left_out = data.draw(arrays(bool, n_tokens))
    for observation in read(values, left_out).observations:
        assert "nan" not in observation.text
        assert "inf" not in observation.text
        assert observation.regions
        for region in observation.regions:
            assert 0 <= region.first_row <= region.last_row < n_rows
            assert 0 <= region.first_position <= region.last_position < n_tokens


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.5, "0.500"),
        (99.96, "100"),
        (-12.345, "-12.3"),
        (123456.0, "123,000"),
        (0.00012, "0.00012"),
        (2.5e7, "2.5e+07"),
    ],
)
def test_numbers_have_three_significant_digits(value: float, text: str) -> None:
    assert number(value) == text
