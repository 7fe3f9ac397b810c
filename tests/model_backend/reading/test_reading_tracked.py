"""The reading of a chosen token: by its text, where it is likely, and where it is not."""

from collections.abc import Sequence

import numpy as np
import pytest

from model_backend import Evidence, LayerTokenGrid, Measure, layer_labels, read_grid

TOKENS = tuple("The capital of Italy is Rome . The capital of Peru is".split())
N_ROWS = 15
PROBABILITY = Measure("token probability", token=262)
RANK = Measure("token rank", token=262)
DIFFERENCE = Measure("logit difference", token=262, other=5)


def said(measure: Measure, values: np.ndarray, chosen: Sequence[str] = ("Rome",)) -> list[str]:
    grid = LayerTokenGrid(
        measure.label, values, layer_labels(len(values) - 1), TOKENS, measure.spec.unit,
        measure.spec.midpoint,
    )  # fmt: skip
    return [one.text for one in read_grid(grid, evidence=Evidence(chosen=tuple(chosen))).first]


def rising(low: float, high: float, since: int) -> np.ndarray:
    """One column rises from a layer on, the others stay low."""
    values = np.full((N_ROWS, len(TOKENS)), low, dtype=np.float32)
    values[since:, -1] = np.linspace((low + high) / 2, high, N_ROWS - since)
    return values


def test_a_probability_is_told_with_the_layers_at_which_it_rises() -> None:
    sentences = said(PROBABILITY, rising(0.001, 0.96, 10))
    assert sentences[0].startswith('The probability of "Rome", if the model stopped at that layer')
    assert (
        sentences[1] == f'At layer {N_ROWS - 1}, "Rome" is at 50 % or more after 1 of 12 tokens; '
        'most after "is": 96 %.'
    )
    assert (
        'After "is" (position 11): 10 % or more first at layer 10, 50 % or more first at layer 11'
        in sentences[2]
    )
    assert "After 11 tokens it stays under 1.0 % at any layer." in sentences
    assert "262" not in " ".join(sentences)


def test_a_rank_is_told_as_a_rank() -> None:
    values = np.full((N_ROWS, len(TOKENS)), 5000.0, dtype=np.float32)
    values[8:, 4] = [60, 9, 3, 1, 1, 1, 1]
    sentences = said(RANK, values)
    assert 'is at rank 1 after 1 of 12 tokens; best after "is": 1.' in sentences[1]
    assert "rank 100 or better first at layer 8, rank 10 or better first at layer 9" in sentences[2]


def test_a_token_that_is_no_candidate_is_said_to_be_none() -> None:
    sentences = said(PROBABILITY, rising(1e-6, 1e-5, 5))
    assert sentences[1] == '"Rome" is no candidate anywhere: at any layer at most <0.1 %.'
    assert len(sentences) == 3  # what is drawn, that, and the caveat


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ([-1.0] * 8 + [0.5] * 6 + [3.0], "ahead from layer 8 to the end, +3.00 logits, 20.1 times"),
        ([1.0] * 15, "ahead at every layer, +1.00 logits, 2.72 times as likely at the end"),
        ([-2.0] * 15, "behind at every layer, -2.00 logits, 7.39 times as unlikely at the end"),
        ([-1.0] * 5 + [4.0] + [-0.2] * 9, "ahead at layer 5 (+4.00 logits"),
    ],
)
def test_two_tokens_are_told_by_who_is_ahead(last: list[float], expected: str) -> None:
    values = np.full((N_ROWS, len(TOKENS)), -9.0, dtype=np.float32)
    values[:, -1] = last
    sentences = said(DIFFERENCE, values, ("Rome", "Lima"))
    assert sentences[0].startswith('The logit of "Rome" less that of "Lima"')
    assert '"Rome" is ahead of "Lima" after' in sentences[1]
    assert expected in sentences[2]
