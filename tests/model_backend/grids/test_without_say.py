"""Cells that say more of a measure's definition than of a model have no say."""

from dataclasses import replace

import numpy as np
import pytest

from model_backend import LayerTokenGrid, Measure, Site, few_later, layer_labels, without_say


def grid(measure: Measure, values: np.ndarray, site: str = "") -> LayerTokenGrid:
    tokens = tuple(f"t{at}" for at in range(values.shape[1]))
    labels = layer_labels(len(values) - 1)
    return LayerTokenGrid(measure.label, values, labels, tokens, site=site)


@pytest.mark.parametrize(
    ("n_tokens", "n_few"), [(1, 1), (4, 1), (8, 2), (12, 3), (40, 5), (900, 5)]
)
def test_five_later_tokens_or_a_quarter_of_the_text_are_enough(n_tokens: int, n_few: int) -> None:
    assert few_later(n_tokens).tolist() == [False] * (n_tokens - n_few) + [True] * n_few


def test_the_last_columns_of_attention_received_have_no_say() -> None:
    values = np.ones((4, 40))
    values[:, -1] = np.nan
    cells = without_say(grid(Measure.ATTENTION_RECEIVED, values))
    assert cells.all(axis=0).tolist() == [False] * 35 + [True] * 5
    assert not without_say(grid(Measure.ATTENTION_ENTROPY, values)).any()


def test_all_columns_of_an_encoder_have_a_say() -> None:
    assert not without_say(grid(Measure.ATTENTION_RECEIVED, np.ones((4, 40)))).any()


def test_chosen_columns_are_judged_by_the_tokens_that_they_show() -> None:
    values = np.ones((4, 4))
    values[:, 2] = np.nan
    chosen = replace(grid(Measure.ATTENTION_RECEIVED, values), column_positions=(3, 37, 39, None))
    assert without_say(chosen).any(axis=0).tolist() == [False, True, True, False]


def test_the_embedding_row_of_a_lens_has_no_say_at_either_side_of_a_block() -> None:
    values = np.ones((4, 5))
    for measure in (Measure.LENS_KL, Measure.NEXT_TOKEN_PROBABILITY):
        after = without_say(grid(measure, values, Site.RESID_POST))
        before = without_say(grid(measure, values, Site.RESID_PRE))
        assert np.flatnonzero(after.all(axis=1)).tolist() == [0]
        assert np.flatnonzero(before.all(axis=1)).tolist() == [1]
    assert not without_say(grid(Measure.RESIDUAL_NORM, values)).any()
