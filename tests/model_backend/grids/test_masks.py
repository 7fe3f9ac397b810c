"""Rows and positions that no range counts, by worked examples."""

import pytest

from model_backend import Measure, Site, masked_positions, masked_rows


def test_the_embedding_of_lens_measures_is_masked_where_its_reading_stands() -> None:
    assert masked_rows(Measure.LENS_KL) == (0,)
    assert masked_rows(Measure.NEXT_TOKEN_RANK, Site.RESID_POST) == (0,)
    assert masked_rows(Measure.LENS_CONFIDENCE, Site.RESID_PRE) == (0, 1)  # row 0 is missing there
    assert masked_rows(Measure.RESIDUAL_NORM) == masked_rows(Measure.ATTENTION_RECEIVED) == ()


@pytest.mark.parametrize(
    ("n_tokens", "masked"),
    [(1, 1), (4, 1), (8, 2), (13, 4), (16, 4), (20, 5), (21, 5), (40, 5), (1000, 5)],
)
def test_a_mean_is_over_five_later_tokens_or_a_quarter_of_the_text(
    n_tokens: int, masked: int
) -> None:
    found = masked_positions(Measure.ATTENTION_RECEIVED, n_tokens, is_causal=True)
    assert found == tuple(range(n_tokens - masked, n_tokens))


def test_only_means_over_later_tokens_are_masked() -> None:
    assert masked_positions(Measure.ATTENTION_ENTROPY, 40, is_causal=True) == ()
    assert masked_positions(Measure.ATTENTION_RECEIVED, 40, is_causal=False) == ()
