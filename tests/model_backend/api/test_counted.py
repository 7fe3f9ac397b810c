"""Sentences with numbers are right for one of a thing, too."""

import numpy as np
import pytest

from model_backend import BadRequest, counted
from model_backend.probing.statistics.folds import draw_folds


def test_one_has_no_plural() -> None:
    assert [counted(n, "group") for n in (0, 1, 2, 2500)] == [
        "0 groups", "1 group", "2 groups", "2,500 groups",
    ]  # fmt: skip
    assert counted(2, "answer was", "answers were") == "2 answers were"


def test_a_single_group_is_a_group_and_not_groups() -> None:
    is_correct = np.array([True] * 6 + [False])
    groups = np.arange(7)
    with pytest.raises(BadRequest, match=r"^Only 1 group with wrong answers, and 5 folds need"):
        draw_folds(is_correct, groups, 5, np.random.default_rng(0))
