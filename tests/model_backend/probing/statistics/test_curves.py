"""ROC curves equal scikit-learn's, and bins count every score."""

import numpy as np
import pytest
from sklearn.metrics import auc, roc_auc_score
from sklearn.metrics import roc_curve as sklearn_roc_curve

from model_backend import bin_scores, roc_curve


@pytest.mark.parametrize("levels", [3, 7, 1000])
def test_a_roc_curve_equals_scikit_learns_with_ties(levels: int) -> None:
    rng = np.random.default_rng(levels)
    is_correct = rng.random(200) < 0.3
    scores = rng.integers(levels, size=200) / levels
    curve = roc_curve(scores, is_correct)
    false, true, _ = sklearn_roc_curve(is_correct, scores, drop_intermediate=False)
    np.testing.assert_allclose(curve.false_positive_rate, false)
    np.testing.assert_allclose(curve.true_positive_rate, true)
    area = auc(curve.false_positive_rate, curve.true_positive_rate)
    assert area == pytest.approx(roc_auc_score(is_correct, scores))


def test_missing_scores_are_left_out_of_curves_and_bins() -> None:
    scores = np.array([0.1, np.nan, 0.9, np.nan])
    is_correct = np.array([False, True, True, False])
    assert roc_curve(scores, is_correct).true_positive_rate.tolist() == [0, 1, 1]
    bins = bin_scores(scores, is_correct)
    assert (bins.n_right.sum(), bins.n_wrong.sum()) == (1, 1)


def test_bins_count_every_score_and_give_the_share_of_right_answers() -> None:
    scores = np.array([0.0, 0.05, 0.25, 0.95, 1.0])
    bins = bin_scores(scores, np.array([False, True, False, True, True]))
    assert bins.n_right.tolist() == [1, 0, 0, 0, 0, 0, 0, 0, 0, 2]
    assert bins.n_wrong.tolist() == [1, 0, 1, 0, 0, 0, 0, 0, 0, 0]
    assert bins.share_right[0] == 0.5
    assert bins.mean_score[9] == pytest.approx(0.975)
    assert np.isnan(bins.share_right[1])


def test_no_scores_at_all_give_a_curve_of_one_point() -> None:
    empty = np.array([], dtype=float)
    assert roc_curve(empty, empty.astype(bool)).true_positive_rate.tolist() == [0]
