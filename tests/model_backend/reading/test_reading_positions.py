"""A map over named positions is read as one: no tokens, no text, chance at 0.5."""

from dataclasses import replace

import numpy as np
import pytest

from model_backend import (
    NAMED_POSITIONS,
    LayerTokenGrid,
    PublishedMap,
    layer_labels,
    published_maps,
    read_grid,
)
from model_backend.reading import Kind

MAPS = published_maps()


@pytest.mark.parametrize("found", MAPS, ids=lambda found: found.dataset)
def test_no_published_map_is_read_as_tokens_of_a_text(found: PublishedMap) -> None:
    words = " ".join(said.text for said in read_grid(found.grid).observations)
    assert "token" not in words
    assert "this text" not in words
    assert "sink" not in words


def test_positions_are_called_by_their_names() -> None:
    said = [one.text for one in read_grid(MAPS[0].grid).observations]
    assert said[0] == 'Highest: AUC 0.844, layer 13, position "exact_answer_first".'
    assert any(text.startswith('Highest on average, position "exact_answer') for text in said)


@pytest.mark.parametrize("found", MAPS, ids=lambda found: found.dataset)
def test_no_line_and_no_range_goes_over_named_positions(found: PublishedMap) -> None:
    said = read_grid(found.grid).observations
    assert not any("straight line over the positions" in one.text for one in said)
    assert not any('positions "' in one.text for one in said)
    found_regions = [one for one in said if one.kind is Kind.REGIONS and " on average" in one.text]
    regions = [one.regions[0] for one in found_regions]
    assert all(region.first_position == region.last_position for region in regions)


def test_a_source_that_clips_is_not_said_to_have_nothing_below_chance() -> None:
    said = " ".join(one.text for one in read_grid(MAPS[0].grid).observations)
    assert "Values under 0.5 were drawn as 0.5 by the source, so none can be seen" in said
    assert "of the cells are above" not in said


def columns_of(positions: tuple[int | None, ...], values: np.ndarray) -> LayerTokenGrid:
    shown = np.full((len(values), len(positions)), np.nan)
    for column, at in enumerate(positions):
        if at is not None:
            shown[:, column] = values[:, at]
    names = tuple(f"name{column}" for column in range(len(positions)))
    tokens = tuple("" if at is None else f"t{at}" for at in positions)
    grid = LayerTokenGrid("m", shown, layer_labels(len(values) - 1), tokens, "bits")
    return replace(grid, column_names=names, column_positions=positions)


def numbers_in(grid: LayerTokenGrid) -> list[str]:
    said = read_grid(grid).observations
    return [one.text for one in said if one.kind is not Kind.LEFT_OUT]


def test_a_token_behind_several_columns_counts_once() -> None:
    values = np.random.default_rng(1).normal(size=(9, 12))
    once, twice = (1, 2, 5, 6, 9), (1, 2, 5, 6, 9, 2, 5, 5, 9)
    assert numbers_in(columns_of(twice, values)) == numbers_in(columns_of(once, values))
    last = read_grid(columns_of(twice, values)).observations[-1]
    assert last.text == "Each token is counted once: 4 columns stand for one already counted."


def test_no_region_joins_columns_that_are_no_neighbours_in_the_text() -> None:
    values = np.random.default_rng(2).normal(size=(13, 24))
    values[4:9, [4, 12]] += 6.0
    positions = (1, 2, 4, 12, 14, 15, 17, 18, 20, 22)
    said = read_grid(columns_of(positions, values)).observations
    found = [one.regions[0] for one in said if one.text.startswith("High")]
    assert found
    assert all(region.first_position == region.last_position for region in found)
    neighbours = np.delete(values, range(5, 12), axis=1)
    joined = read_grid(columns_of(tuple(range(17)), neighbours)).observations
    regions = [one.regions[0] for one in joined if one.text.startswith("Highest region")]
    assert [(one.first_position, one.last_position) for one in regions] == [(4, 5)]


def test_no_statement_of_what_is_there_outlines_a_column_that_is_missing() -> None:
    values = np.random.default_rng(3).normal(size=(9, 12))
    values[6:] += 5.0
    said = read_grid(columns_of((0, 3, None, 7, None, None, 8, 9), values)).observations
    counted = [one for one in said if one.kind is not Kind.LEFT_OUT]
    outlined = [
        {(one.first_position, one.last_position) for one in statement.regions}
        for statement in counted
    ]
    assert {(0, 1), (3, 3), (6, 7)} in outlined  # whole layers
    missing = {2, 4, 5}
    for runs in outlined:
        assert not any(missing & set(range(first, last + 1)) for first, last in runs)


def test_a_missing_column_is_no_sink_and_a_sink_is_named_by_its_column() -> None:
    values = np.random.default_rng(3).normal(size=(9, 12))
    left_out = np.array([True, False, False, False, False, True])
    said = read_grid(columns_of((0, 3, None, 7, 8, 0), values), left_out).observations
    assert said[0].text.startswith("Highest without the sink at name0: ")
    sinks = [one.text for one in said if "attention sinks" in one.text]
    assert sinks == ['Left out of all numbers here as attention sinks: position name0 ("t0").']
    assert any(one.text == 'No value at "name2".' for one in said)


def test_the_caution_of_an_auc_names_chance_and_a_baseline() -> None:
    meaning = read_grid(MAPS[0].grid).observations[-1]
    assert meaning.kind is Kind.MEANING
    assert "0.5 is chance" in meaning.text
    assert "baseline" in meaning.text


def test_a_position_without_values_is_named_and_no_sink() -> None:
    values = MAPS[0].grid.values.copy()
    values[:, [7, 8]] = np.nan
    said = read_grid(replace(MAPS[0].grid, values=values)).observations
    left_out = [one.text for one in said if one.kind is Kind.LEFT_OUT]
    assert left_out == ['No value at "-8" to "-7".']


def test_a_map_below_chance_says_so() -> None:
    values = np.full((4, 15), 0.6)
    values[1] = 0.4
    grid = LayerTokenGrid(
        "AUC", values, tuple("abcd"), NAMED_POSITIONS, "AUC", 0.5, named_columns=True
    )
    said = [one.text for one in read_grid(grid).observations]
    assert any("75.0 % of the cells are above 0.5" in text for text in said)
