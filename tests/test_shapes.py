"""While tests run, arrays of a wrong shape are refused wherever an annotation names one."""

import numpy as np
import pytest
import torch
from jaxtyping import TypeCheckError

from model_backend.engine.patching.suffixes import _additive
from model_backend.probing.statistics.auc import FoldedAuc
from model_backend.probing.statistics.folds import draw_folds


def test_a_function_refuses_two_lengths_of_one_axis() -> None:
    with pytest.raises(TypeCheckError, match="groups"):
        draw_folds(np.ones(9, bool), np.arange(8), 2, np.random.default_rng(0))


def test_a_name_for_a_shape_counts_too() -> None:
    with pytest.raises(TypeCheckError, match="sees"):
        _additive(torch.ones(2, 3, dtype=torch.bool), torch.ones(1))


def test_so_does_a_data_class() -> None:
    FoldedAuc(0.5, np.zeros(3), np.zeros(3))
    with pytest.raises(TypeCheckError, match="influence"):
        FoldedAuc(0.5, np.zeros(3), np.zeros((3, 1)))
