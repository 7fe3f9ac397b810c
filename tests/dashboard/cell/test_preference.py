"""Which of two tokens is ahead, in words."""

from collections.abc import Sequence

import numpy as np
import pytest

from dashboard.cell.preference import lead, times
from model_backend import Attribution, Prediction, layer_labels


def found(gaps: Sequence[float], chances: Sequence[float]) -> Attribution:
    """The embedding, then a layer for each gap; ``chances`` are those of both tokens together."""
    n_layers, nothing = len(gaps), np.zeros(len(gaps), dtype=np.float32)
    return Attribution(
        position=3,
        row=n_layers,
        layer_labels=layer_labels(n_layers),
        token=Prediction(1, "a", chances[-1]),
        other=Prediction(2, "b", chances[-1]),
        chances=np.array([[0.0, *chances]] * 2, dtype=np.float32).T,
        difference=np.array([9.0, *gaps], dtype=np.float32),
        embedding=0.0,
        attention=nothing,
        mlp=nothing,
        rest=float(gaps[-1]),
    )


@pytest.mark.parametrize(
    ("gaps", "chances", "expected"),
    [
        ([1, 2, 3, 4], [0.1] * 4, "is ahead at every layer"),
        ([-1, -2, -3, -4], [0.1] * 4, "is behind at every layer"),
        ([1, -2, 3, 4], [0.1] * 4, "is ahead from layer 3 on"),
        ([9, 2, 3, -4], [0.001, 0.1, 0.2, 0.9], "is ahead at 2 layers, most at 3, and not in the"),
        ([9, -2, -3, -4], [0.001, 0.1, 0.2, 0.9], "is never ahead where either is at 1.0 %"),
    ],
)
def test_the_layers_that_prefer_a_token_are_named(
    gaps: list[float], chances: list[float], expected: str
) -> None:
    assert lead(found(gaps, chances)).startswith(expected)


def test_a_difference_is_told_as_how_many_times_as_likely() -> None:
    assert times(np.log(10)) == "10.0 times as likely"
    assert times(-np.log(2)) == "2.00 times as unlikely"
    assert times(0.01) == "as likely"
