"""Maps that lack something are read in plain sentences about cells that exist."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from model_backend import Measure
from model_backend.reading import MOST_AT_FIRST, Evidence, Kind, Predictions, Region, read_grid
from tests.model_backend.planted import (
    ROWS,
    SHAPE,
    TOKENS,
    grid_of,
    noise,
    planted,
    read,
    said,
    standing_out,
    text_of,
    words,
)


def test_a_constant_map_is_called_constant() -> None:
    reading = read_grid(grid_of(np.full(SHAPE, 0.5), midpoint=0.5))
    assert text_of(reading, Kind.SHORT) == "All 312 cells are 0.500 bits."
    assert not said(reading, Kind.STANDS_OUT)


def test_a_map_without_values_says_so() -> None:
    reading = read(np.full((2, 3), np.nan))
    assert [one.text for one in reading.first] == ["No cell has a value to read."]


def test_a_layer_without_values_is_named_and_does_not_count() -> None:
    values = planted(Region(4, 7, 8, 11), height=6.0)
    values[0] = np.nan
    reading = read(values)
    assert standing_out(reading) == [(Region(4, 7, 8, 11),)]
    assert reading.folded[-1].text == "Layer embed has no value."
    assert "12 rows, 24 tokens." in text_of(reading, Kind.DRAWN)


def test_positions_left_out_change_no_number_and_are_named() -> None:
    values = noise(10)
    sinks = np.isin(np.arange(TOKENS), (0, 7))
    huge = values.copy()
    huge[:, sinks] = 1e4
    assert read(huge, sinks) == read(values, sinks)
    last = read(huge, sinks).observations[-1]
    assert last.text == 'Left out of all numbers: position 0 ("t0") and position 7 ("t7").'
    assert last.regions == (Region(0, ROWS - 1, 0, 0), Region(0, ROWS - 1, 7, 7))


def test_a_position_left_out_is_called_a_sink_only_where_its_stream_was_measured_to_be_long() -> (
    None
):
    sinks = np.arange(TOKENS) == 0
    lengths = np.ones(SHAPE)
    drawn = [
        read_grid(grid_of(noise(1)), sinks, Evidence(norms=given)) for given in (None, lengths)
    ]
    assert all("left out: the first token." in text_of(one, Kind.DRAWN) for one in drawn)
    lengths = lengths.copy()
    lengths[3, 0] = 165.0
    text = text_of(read_grid(grid_of(noise(1)), sinks, Evidence(norms=lengths)), Kind.DRAWN)
    assert "the first token (an attention sink: its stream is up to 165 times as long)" in text


def test_a_map_with_a_midpoint_is_set_against_it() -> None:
    values = np.where(np.arange(TOKENS) < 18, 0.7, 0.4) + 0.01 * noise(11)
    reading = read_grid(grid_of(values, unit="AUC", midpoint=0.5))
    assert "234 of 312 cells are above 0.5" in text_of(reading, Kind.SURE)
    assert "luck" in text_of(reading, Kind.SHORT)


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (1, 40), (40, 1), (2, 2), (2, 40), (3, 9)])
def test_small_maps_are_read_without_ado(shape: tuple[int, int]) -> None:
    reading = read(noise(12, shape))
    assert text_of(reading, Kind.SHORT)
    assert not said(reading, Kind.STANDS_OUT)


def test_the_same_map_has_the_same_reading() -> None:
    values = planted(Region(4, 7, 8, 11))
    before = values.copy()
    assert read(values) == read(values.astype(np.float64))
    np.testing.assert_array_equal(values, before)


def test_regions_are_json() -> None:
    for observation in read(planted(Region(4, 7, 8, 11), 6.0)).observations:
        for region in observation.regions:
            assert Region(**json.loads(json.dumps(asdict(region)))) == region


def test_a_difference_is_read_against_zero() -> None:
    values = 0.01 * noise(13)
    values[3:9, 5:8] = -0.4
    grid = grid_of(values, "probability", 0.0, name="difference in lens confidence")
    reading = read_grid(grid)
    assert text_of(reading, Kind.SHORT).startswith("In eight of ten cells the two differ by ")
    assert standing_out(reading) == [(Region(3, 8, 5, 7),)]
    assert "-40 %" in text_of(reading, Kind.STANDS_OUT)


def test_large_values_about_a_midpoint_are_subtracted_not_divided() -> None:
    values = np.full((4, 4), 710.0, np.float32)
    values[0, 0] = 711.0
    reading = read_grid(grid_of(values, midpoint=0.0, name="residual norm"))
    sure = text_of(reading, Kind.SURE)
    assert "above what is usual" in sure and "times" not in sure


NAMES = [
    *("m", "residual norm", "attention received", "lens confidence", "lens entropy"),
    *("next-token probability", "next-token rank", "cosine to final layer"),
]


@settings(max_examples=200, deadline=None)
@given(
    arrays(
        st.sampled_from([np.float32, np.float64]), array_shapes(min_dims=2, max_dims=2, max_side=9)
    ),
    st.sampled_from(NAMES),
    st.sampled_from([None, 0.0, 0.5]),
    st.data(),
)
def test_any_map_is_read_in_plain_numbers_and_cells_that_exist(
    values: np.ndarray, name: str, midpoint: float | None, data: st.DataObject
) -> None:
    n_rows, n_tokens = values.shape
    left_out = data.draw(arrays(bool, n_tokens))
    ids = data.draw(arrays(np.int64, (n_rows, n_tokens, 3), elements=st.integers(0, 4)))
    shares = np.full((n_rows, n_tokens, 3), 0.25)
    predictions = Predictions(ids, shares, list("abcde"), shares[..., 0], ids[..., 0] + 1.0)
    within = data.draw(st.none() | arrays(bool, values.shape))
    grid = grid_of(values, midpoint=midpoint, name=name, tokens=words(n_rows, n_tokens))
    with np.errstate(all="ignore"):
        reading = read_grid(grid, left_out, Evidence(predictions, within_chance=within))
    assert 1 <= len(reading.first) <= MOST_AT_FIRST
    for observation in reading.observations:
        assert "nan" not in observation.text
        assert "inf" not in observation.text
        assert observation.regions
        for region in observation.regions:
            assert 0 <= region.first_row <= region.last_row < n_rows
            assert 0 <= region.first_position <= region.last_position < n_tokens


def test_ranks_are_whole_numbers() -> None:
    ranks = np.geomspace(49_100, 1, ROWS)[:, None].round() * np.ones(TOKENS)
    reading = read_grid(grid_of(ranks, "", name="next-token rank"))
    text = " ".join(one.text for one in reading.observations)
    assert "Lowest: 1 at layer 12" in text
    assert "1.00" not in text


def test_cells_of_a_text_that_is_not_all_there_are_no_next_tokens() -> None:
    """Chosen columns: the next column is not the next token."""
    grid = grid_of(np.abs(noise(1)) % 1.0, "probability", name="next-token probability")
    chosen = replace(grid, column_positions=tuple(range(0, 48, 2)), column_names=("",) * TOKENS)
    assert Measure.named(grid.name) is Measure.NEXT_TOKEN_PROBABILITY
    assert "next tokens" in text_of(read_grid(grid), Kind.SHORT)
    assert "next tokens" not in text_of(read_grid(chosen), Kind.SHORT)


def test_a_group_is_read_without_a_warning_where_some_of_its_tokens_have_their_own_sentence() -> (
    None
):
    tokens = [" the" if position % 3 == 0 else f"t{position}" for position in range(TOKENS)]
    values = 0.3 * noise(1)
    values[2:12, ::3] += 1.0
    values[2:12, [0, 3]] += 4.0
    reading = read_grid(grid_of(values, tokens=tokens))  # pytest makes warnings errors
    assert standing_out(reading) == [(Region(2, 11, 0, 0), Region(2, 11, 3, 3))]
    assert any("first pieces of words" in one.text for one in reading.observations)
