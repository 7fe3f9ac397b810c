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
from model_backend.reading import Evidence, Kind, Region

MAPS = published_maps()


@pytest.mark.parametrize("found", MAPS, ids=lambda found: found.dataset)
def test_no_published_map_is_read_as_tokens_of_a_text(found: PublishedMap) -> None:
    words = " ".join(said.text for said in read_grid(found.grid).observations)
    assert "token" not in words
    assert "this text" not in words
    assert "sink" not in words


def test_positions_are_called_by_their_names() -> None:
    said = [one.text for one in read_grid(MAPS[0].grid).observations]
    assert any(
        text.startswith("Highest: AUC 0.844 at layer 13, exact_answer_first ") for text in said
    )


EXACT = tuple(name for name in NAMED_POSITIONS if name.startswith("exact_answer"))


def test_the_block_of_the_published_map_is_found_at_its_columns_and_layers() -> None:
    [found] = [found for found in MAPS if found.dataset == "TriviaQA"]
    block = next(one for one in read_grid(found.grid).first if one.kind is Kind.STANDS_OUT)
    names = {
        found.grid.token_labels[column]
        for region in block.regions
        for column in range(region.first_position, region.last_position + 1)
    }
    assert len(EXACT) == 4 and names == set(EXACT)
    [(first, last)] = {(region.first_row, region.last_row) for region in block.regions}
    assert 9 <= first <= 11
    assert 15 <= last <= 18
    mean = found.grid.values[first : last + 1, [found.grid.token_labels.index(n) for n in EXACT]]
    assert f"AUC {mean.mean():.3f} on average" in block.text


@pytest.mark.parametrize("found", MAPS, ids=lambda found: found.dataset)
def test_no_line_and_no_range_goes_over_named_positions(found: PublishedMap) -> None:
    said = read_grid(found.grid).observations
    assert not any("Along the text" in one.text or "trend" in one.text for one in said)


def test_a_source_that_clips_is_not_said_to_have_nothing_below_chance() -> None:
    said = " ".join(one.text for one in read_grid(MAPS[0].grid).observations)
    assert "Values under 0.5 were drawn as 0.5 by the source, so none can be seen" in said
    assert "cells are above 0.5" not in said


def study_map(height: float) -> tuple[LayerTokenGrid, np.ndarray]:
    """AUCs of few answers: what is below 0.7 is within chance."""
    values = 0.55 + 0.04 * np.random.default_rng(5).normal(size=(17, 15))
    values[6:11, 3:7] += height
    grid = LayerTokenGrid("AUC", values, layer_labels(16), NAMED_POSITIONS, "AUC", 0.5)
    return replace(grid, named_columns=True), values < 0.7


def test_a_study_within_chance_praises_no_cell_and_says_so() -> None:
    grid, within = study_map(0.0)
    reading = read_grid(grid, None, Evidence(within_chance=within))
    assert within.all()
    [short] = [one for one in reading.first if one.kind is Kind.SHORT]
    assert short.text.startswith("All 255 cells are within chance: the highest, AUC ")
    assert [one.kind for one in reading.first] == [Kind.DRAWN, Kind.SHORT, Kind.CAREFUL]
    assert any(one.text.endswith(": within chance.") for one in reading.folded)


def test_cells_within_chance_belong_to_no_block() -> None:
    grid, within = study_map(0.25)
    reading = read_grid(grid, None, Evidence(within_chance=within))
    [short] = [one for one in reading.first if one.kind is Kind.SHORT]
    assert short.text.startswith(f"{(~within).sum()} of 255 cells are above chance")
    blocks = [one.regions for one in reading.first if one.kind is Kind.STANDS_OUT]
    assert blocks == [(Region(6, 10, 3, 6),)]
    values = grid.values.copy()
    values[6:11, 10:14] += 0.3  # higher still, but the map hatches it
    beside = within.copy()
    beside[:, 10:14] = True
    higher = read_grid(replace(grid, values=values), None, Evidence(within_chance=beside))
    blocks = [one.regions for one in higher.first if one.kind is Kind.STANDS_OUT]
    assert blocks == [(Region(6, 10, 3, 6),)]
    everywhere = read_grid(grid, None, Evidence(within_chance=np.ones_like(within)))
    assert not any(one.kind is Kind.STANDS_OUT for one in everywhere.first)


def columns_of(positions: tuple[int | None, ...], values: np.ndarray) -> LayerTokenGrid:
    shown = np.full((len(values), len(positions)), np.nan)
    for column, at in enumerate(positions):
        if at is not None:
            shown[:, column] = values[:, at]
    names = tuple(f"name{column}" for column in range(len(positions)))
    tokens = tuple("" if at is None else f"t{at}" for at in positions)
    grid = LayerTokenGrid("m", shown, layer_labels(len(values) - 1), tokens, "bits")
    return replace(grid, column_names=names, column_positions=positions)


def counted(grid: LayerTokenGrid) -> list[str]:
    return [one.text for one in read_grid(grid).first]


def test_a_token_behind_several_columns_counts_once() -> None:
    values = np.random.default_rng(1).normal(size=(9, 12))
    once, twice = (1, 2, 5, 6, 9), (1, 2, 5, 6, 9, 2, 5, 5, 9)
    assert counted(columns_of(twice, values)) == counted(columns_of(once, values))
    last = read_grid(columns_of(twice, values)).observations[-1]
    assert last.text == "Each token is counted once: 4 columns stand for one already counted."


def test_columns_are_named_as_they_are_called_and_said_to_be_no_text() -> None:
    values = np.random.default_rng(2).normal(size=(13, 24))
    values[4:9, [4, 12]] += 8.0
    positions = (1, 2, 4, 12, 14, 15, 17, 18, 20, 22)
    said = read_grid(columns_of(positions, values)).observations
    [found] = [one for one in said if one.kind is Kind.STANDS_OUT]
    assert found.text.startswith('"t4" (name2) and "t12" (name3), at layers 4 to 8: ')
    assert not any("Along the text" in one.text for one in said)


def test_no_statement_of_what_is_there_outlines_a_column_that_is_missing() -> None:
    values = np.random.default_rng(3).normal(size=(9, 12))
    values[6:] += 5.0
    first = read_grid(columns_of((0, 3, None, 7, None, None, 8, 9), values)).first
    columns = {
        column
        for statement in first
        for region in statement.regions
        for column in range(region.first_position, region.last_position + 1)
    }
    assert columns == {0, 1, 3, 6, 7}


def test_a_missing_column_is_no_sink_and_a_sink_is_named_by_its_column() -> None:
    values = np.random.default_rng(3).normal(size=(9, 12))
    left_out = np.array([True, False, False, False, False, True])
    said = read_grid(columns_of((0, 3, None, 7, 8, 0), values), left_out).observations
    assert [one.text for one in said if one.text.startswith("Left out of all")] == [
        'Left out of all numbers: name0 ("t0").'
    ]
    assert any(one.text == 'No value at name2 ("").' for one in said)


def test_the_caution_of_an_auc_names_chance_and_a_baseline() -> None:
    [careful] = [one for one in read_grid(MAPS[0].grid).first if one.kind is Kind.CAREFUL]
    assert "0.5 is chance" in careful.text
    assert "baseline" in careful.text


def test_a_position_without_values_is_named_and_no_sink() -> None:
    values = MAPS[0].grid.values.copy()
    values[:, [7, 8]] = np.nan
    said = [one.text for one in read_grid(replace(MAPS[0].grid, values=values)).observations]
    assert 'No value at "-8" and "-7".' in said
    assert not any("sink" in text for text in said)
