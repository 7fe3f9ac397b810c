"""A reading says what was planted in a map, where and how high, and praises nothing in noise."""

import time
from dataclasses import replace

import numpy as np
import pytest

from model_backend.reading import MOST_AT_FIRST, Evidence, Kind, Region, read_grid
from model_backend.reading.patterns.standouts import find_standouts
from tests.model_backend.planted import (
    ROWS,
    SHAPE,
    TOKENS,
    grid_of,
    noise,
    norms,
    planted,
    read,
    said,
    standing_out,
    text_of,
    words,
)

NINE = (1, 4, 5, 9, 11, 14, 17, 20, 22)


def nine_tall_columns(height: float = 5.0) -> np.ndarray:
    values = noise(1)
    values[6:12, NINE] += height
    return values


def test_nine_tall_columns_are_found_as_the_columns() -> None:
    values = nine_tall_columns()
    [found] = standing_out(read(values))
    columns = [(region.first_position, region.last_position) for region in found]
    assert columns == [(1, 1), (4, 5), (9, 9), (11, 11), (14, 14), (17, 17), (20, 20), (22, 22)]
    assert {(region.first_row, region.last_row) for region in found} == {(6, 11)}


def test_tall_columns_are_said_with_their_layers_and_both_levels() -> None:
    values = nine_tall_columns()
    text = text_of(read(values), Kind.STANDS_OUT)
    means = values[6:12, NINE].mean(axis=0)
    others = np.median(np.delete(values[6:12], NINE, axis=1))
    assert ", at layers 6 to 11: " in text
    assert f"{means.min():.2f} to {means.max():.2f} bits on average" in text
    assert text.endswith(f"the median of the other tokens there is {others:.4f} bits.")


def test_low_columns_are_found_as_high_ones_are() -> None:
    high, low = standing_out(read(nine_tall_columns())), standing_out(read(nine_tall_columns(-5.0)))
    assert [region.first_position for region in low[0]] == [one.first_position for one in high[0]]


def block(seed: int) -> np.ndarray:
    values = 0.6 + 0.03 * noise(seed, (32, 15))
    values[9:17, 3:7] += 0.15
    return values


@pytest.mark.parametrize("seed", range(5))
def test_a_block_over_four_of_fifteen_columns_is_found_with_its_layers(seed: int) -> None:
    grid = replace(grid_of(block(seed), "AUC", 0.5), named_columns=True)
    assert standing_out(read_grid(grid)) == [(Region(9, 16, 3, 6),)]
    mean = block(seed)[9:17, 3:7].mean()
    assert f"at layers 9 to 16: AUC {mean:.3f} on average" in text_of(
        read_grid(grid), Kind.STANDS_OUT
    )


SPIKES = (4, 84, 115, 131, 135, 142)


def six_spikes() -> tuple[np.ndarray, tuple[str, ...]]:
    values, tokens = norms(2, (31, 150)), list(words(3, 150))
    for at, ratio in zip(SPIKES, (9.0, 8.0, 7.0, 6.0, 5.0, 4.5), strict=True):
        values[3:11, at] = ratio * np.median(values[3:11], axis=1)
        tokens[at], tokens[at - 1] = " the", " in"
    return values, tuple(tokens)


def test_six_spikes_of_one_token_are_found_by_group_with_their_ratios() -> None:
    values, tokens = six_spikes()
    reading = read_grid(
        grid_of(values, "", name="residual norm", tokens=tokens), None, Evidence(per_layer=True)
    )
    text = said(reading, Kind.STANDS_OUT)[0].text
    assert text.startswith(
        'Six tokens, all " the" after " in" (positions 4, 84, 115, 131, 135 and 142): '
    )
    medians = np.median(values, axis=1)
    row = next(row for row in range(31) if f"at layer {row};" in text)
    ratios = [f"{ratio:.1f}" for ratio in values[row, SPIKES] / medians[row]]
    assert f"{', '.join(ratios[:-1])} and {ratios[-1]} times the layer's median" in text
    assert 3 <= row <= 10
    assert text.endswith("; back to normal by layer 11.")
    assert {region.first_position for region in standing_out(reading)[0]} == set(SPIKES)


def test_spikes_that_receive_attention_are_called_second_sinks_only_where_it_was_measured() -> None:
    values, tokens = six_spikes()
    grid = grid_of(values, "", name="residual norm", tokens=tokens)
    received = np.full(values.shape, 0.002)
    assert "sink" not in text_of(read_grid(grid), Kind.STANDS_OUT)
    even = Evidence(received=received)
    assert "sink" not in text_of(read_grid(grid, None, even), Kind.STANDS_OUT)
    received = received.copy()
    received[:, SPIKES] = np.linspace(0.21, 0.04, 6)
    text = text_of(read_grid(grid, None, Evidence(received=received)), Kind.STANDS_OUT)
    assert "The same six receive 4.0 % to 21 % of all later attention in layers 3 to 10" in text


@pytest.mark.parametrize("name", ["m", "residual norm"])
def test_a_ripple_of_seven_percent_is_not_reported(name: str) -> None:
    ripple = 1 + 0.07 * np.sin(np.arange(300) / 20)
    values = norms(4, (31, 300), spread=0.02) * ripple
    reading = read_grid(grid_of(values, "", name=name, tokens=words(1, 300)))
    assert not said(reading, Kind.STANDS_OUT)
    assert not said(reading, Kind.LAYERS)


def test_a_step_of_a_third_along_the_text_is_reported_where_it_is() -> None:
    """No cap: the border and the end are found in a text of 1,166 tokens."""
    values = norms(5, (31, 1166)) * np.where(np.arange(1166) >= 688, 1.35, 1.0)
    reading = read_grid(grid_of(values, "", name="residual norm", tokens=words(2, 1166)))
    text = text_of(reading, Kind.STANDS_OUT)
    assert "from position 0 (" in text and ") to 687; " in text
    assert "from position 688 (" in text and text.endswith(") to 1165.")


def test_a_mean_over_one_later_token_is_no_peak() -> None:
    tokens = words(6, 40)
    values = 0.01 + 0.001 * noise(7, (12, 40))
    values[4:9, 38] = 0.9
    values[:, 39] = np.nan
    reading = read_grid(grid_of(values, "", name="attention received", tokens=tokens))
    assert not said(reading, Kind.STANDS_OUT)
    assert "the last 5 tokens, which have too few after them" in text_of(reading, Kind.DRAWN)
    assert text_of(reading, Kind.SURE).startswith("Highest: 1.3 % ")
    values[4:9, 20] = 0.9
    found = standing_out(read_grid(grid_of(values, "", name="attention received", tokens=tokens)))
    assert found[0] == (Region(4, 8, 20, 20),)


def test_the_embedding_row_of_a_lens_is_left_out_and_said_once() -> None:
    values = np.abs(noise(8)) + 1
    values[0] = 190.0
    reading = read_grid(grid_of(values, name="lens KL to final"))
    first = " ".join(one.text for one in reading.first)
    assert first.count("the embedding row") == 1
    assert "190" not in " ".join(one.text for one in reading.observations)
    assert not any(region.first_row == 0 for one in reading.first for region in one.regions)


def praised(values: np.ndarray, tokens: tuple[str, ...] = ()) -> bool:
    reading = read_grid(grid_of(values, tokens=tokens))
    return bool(said(reading, Kind.STANDS_OUT) or said(reading, Kind.LAYERS))


@pytest.mark.parametrize("spread", ["normal", "exponential", "standard_cauchy"])
def test_nothing_is_praised_in_noise(spread: str) -> None:
    draws = [getattr(np.random.default_rng(seed), spread)(size=SHAPE) for seed in range(100)]
    assert sum(praised(values) for values in draws) <= 2


def test_no_group_of_tokens_is_praised_in_noise() -> None:
    draws = [(noise(seed, (31, 120)), words(seed, 120)) for seed in range(40)]
    assert sum(praised(values, tokens) for values, tokens in draws) <= 1
    text = text_of(read_grid(grid_of(draws[0][0], tokens=draws[0][1])), Kind.SHORT)
    assert text.startswith("Neither depth nor token explains much, taken alone: eight of ten cells")


def test_layers_of_widely_spread_values_make_nothing_stand_out() -> None:
    spread = np.geomspace(0.1, 10.0, ROWS)[:, None]
    assert sum(praised(noise(seed) * spread) for seed in range(60)) <= 2


def test_one_outlier_is_nothing_and_hides_nothing() -> None:
    values = noise(2)
    values[5, 9] = 1e6
    assert not praised(values)
    values = nine_tall_columns()
    values[1, 20] = 1e6
    assert len(standing_out(read(values))[0]) == 8


def test_a_column_among_thousands_of_tokens_is_found() -> None:
    region = Region(10, 18, 2000, 2000)
    assert standing_out(read(planted(region, 9.0, (33, 3000)))) == [(region,)]


def test_two_groups_are_two() -> None:
    values = planted(Region(2, 5, 3, 6), height=6.0)
    values[7:12, 16:20] -= 6.0
    assert sorted(standing_out(read(values)), key=str) == [
        (Region(2, 5, 3, 6),),
        (Region(7, 11, 16, 19),),
    ]


def test_a_set_that_does_not_hold_in_the_layers_between_is_no_standout() -> None:
    values = noise(3)
    values[::2, 8:11] += 6.0
    assert find_standouts(values - np.median(values, axis=1, keepdims=True), 1.0) == ()


def test_a_gradient_over_layers_is_told_by_its_medians_alone() -> None:
    values = 0.2 * noise(4) + np.arange(ROWS)[:, None]
    reading = read(values)
    medians = np.median(values, axis=1)
    assert not standing_out(reading)
    text = text_of(reading, Kind.SHORT)
    assert text.startswith("Depth explains nearly all: the median of a layer is ")
    assert f"{medians[1]:.3g} bits at layer 1" in text and f", {medians[-1]:.1f} at 12." in text


@pytest.mark.parametrize("seed", range(4))
def test_at_most_eight_sentences_come_first(seed: int) -> None:
    reading = read_grid(grid_of(nine_tall_columns(), tokens=words(seed, TOKENS)))
    assert len(reading.first) <= MOST_AT_FIRST
    assert [one.kind for one in reading.first if one.kind is Kind.CAREFUL] == [Kind.CAREFUL]
    assert {one.kind for one in reading.folded} == {Kind.SURE}


def test_the_shares_of_the_variance_add_up_to_100_percent() -> None:
    for seed in range(30):
        values = noise(seed) + seed * np.arange(ROWS)[:, None] / 20
        values[seed % ROWS, seed % TOKENS] = np.nan
        text = text_of(read(values), Kind.SURE)
        sentence = text[text.index("Of the variance") : text.index("100 % together")]
        numbers = [int(word) for word in sentence.replace("%", "").split() if word.isdecimal()]
        assert sum(numbers) == 100


def test_only_what_is_in_view_is_read() -> None:
    values = nine_tall_columns()
    view = Evidence(in_view=Region(0, 5, 0, 23))
    reading = read_grid(grid_of(values), None, view)
    assert not standing_out(reading)
    assert "In view: 6 rows, 24 tokens" in text_of(reading, Kind.DRAWN)
    assert all(region.last_row <= 5 for one in reading.first for region in one.regions)
    inside = read_grid(grid_of(values), None, Evidence(in_view=Region(4, 12, 0, 11)))
    columns = [region.first_position for region in standing_out(inside)[0]]
    assert columns == [1, 4, 9, 11]


def test_a_reading_of_1166_tokens_takes_well_under_a_second() -> None:
    grid = grid_of(norms(1, (31, 1166)), "", name="residual norm", tokens=words(1, 1166))
    taken = []
    for _ in range(3):
        start = time.process_time()
        read_grid(grid)
        taken.append(time.process_time() - start)
    assert min(taken) < 1.0
