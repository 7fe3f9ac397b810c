"""A map over named positions is read as one: no tokens, no text, chance at 0.5."""

from dataclasses import replace

import numpy as np
import pytest

from model_backend import NAMED_POSITIONS, LayerTokenGrid, PublishedMap, published_maps, read_grid
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
    assert said[0] == 'The highest value is AUC 0.844: layer 13, position "exact_answer_first".'
    assert any('positions "last_q" to "exact_answer_after_last"' in text.lower() for text in said)


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
