"""AUCs equal scikit-learn's, and intervals contain the true value at their stated rate."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from model_backend.logistic.coordinates import find_coordinates
from model_backend.probing.statistics.auc import (
    auc_interval,
    auc_of,
    auc_slopes,
    average_precision,
    estimate_auc,
    estimate_difference,
    folded_auc,
)
from model_backend.probing.statistics.cell_fits import Cell
from model_backend.probing.statistics.selection import chance_thresholds
from tests.model_backend.probing.synthetic_data import (
    draw_features,
    draw_labels,
    make_design,
    true_auc,
)

pytestmark = pytest.mark.usefixtures("one_blas_thread")


@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=80))
@settings(max_examples=200, deadline=None)
def test_auc_and_average_precision_equal_scikit_learns_with_ties(pairs: list) -> None:
    scores = np.array([score / 7 for score, _ in pairs])
    is_correct = np.array([label for _, label in pairs])
    if is_correct.all() or not is_correct.any():
        assert math.isnan(auc_of(scores, is_correct))
        return
    assert auc_of(scores, is_correct) == pytest.approx(roc_auc_score(is_correct, scores), abs=1e-12)
    precision = average_precision_score(is_correct, scores)
    assert average_precision(scores, is_correct) == pytest.approx(precision, abs=1e-12)


def test_an_auc_over_folds_is_the_mean_of_the_folds_aucs() -> None:
    rng = np.random.default_rng(0)
    is_correct, folds = rng.random(300) < 0.5, rng.integers(5, size=(2, 300))
    scores = rng.normal(size=(2, 300)) + is_correct
    each = [
        roc_auc_score(is_correct[row == fold], values[row == fold])
        for values, row in zip(scores, folds, strict=True)
        for fold in range(5)
    ]
    assert folded_auc(scores, is_correct, folds).value == pytest.approx(np.mean(each), abs=1e-12)


def test_slopes_are_the_derivatives_of_the_auc() -> None:
    rng = np.random.default_rng(1)
    is_correct = rng.random(4000) < 0.5
    scores = rng.normal(size=4000) + is_correct
    push = np.tanh(scores) ** 2 * (1 + is_correct)
    slopes = auc_slopes(scores, is_correct)
    moved = [auc_of(scores + step * push, is_correct) for step in (-0.05, 0.05)]
    assert slopes @ push == pytest.approx((moved[1] - moved[0]) / 0.1, rel=0.1)
    assert slopes.sum() == pytest.approx(0, abs=1e-9)
    assert slopes @ scores == pytest.approx(0, abs=1e-9)


def test_an_auc_minus_itself_is_zero_without_error() -> None:
    rng = np.random.default_rng(2)
    is_correct, folds = rng.random(100) < 0.5, rng.integers(5, size=(1, 100))
    auc = folded_auc(rng.normal(size=(1, 100)), is_correct, folds)
    difference = estimate_difference(auc, auc, np.arange(100))
    assert (difference.value, difference.low, difference.high) == (0, 0, 0)


def test_equal_answers_in_one_group_count_once() -> None:
    rng = np.random.default_rng(3)
    is_correct, folds = rng.random(100) < 0.5, rng.integers(5, size=(1, 100))
    scores = rng.normal(size=(1, 100))
    alone = folded_auc(scores, is_correct, folds)
    twice = folded_auc(scores.repeat(2, axis=1), is_correct.repeat(2), folds.repeat(2, axis=1))
    groups = np.arange(100)
    assert twice.error(groups.repeat(2)) == pytest.approx(alone.error(groups))


def test_a_perfect_auc_has_an_interval_by_the_rule_of_three() -> None:
    low, high = auc_interval(1.0, 0.0, n_fewest=30)
    assert (low, high) == (pytest.approx(0.9), 1.0)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "width", "distance"), [(200, 8, 1.0), (120, 40, 1.2), (160, 5, 0.0)])
def test_intervals_hold_the_true_auc_in_at_least_90_percent_of_simulations(
    n: int, width: int, distance: float
) -> None:
    held = 0
    for seed in range(200):
        is_correct = draw_labels(n, seed)
        features = draw_features(is_correct, width, distance, seed)
        held += _holds(features, is_correct, distance, seed)
    assert 0.90 <= held / 200 <= 0.98


def _holds(features: np.ndarray, is_correct: np.ndarray, distance: float, seed: int) -> bool:
    """True if the interval contains the mean true AUC of the tested probes."""
    design = make_design(is_correct, n_repeats=1, seed=seed)
    coordinates = find_coordinates(features)
    penalty = np.ones((1, 5))
    cell = Cell(coordinates, design)
    tested = cell.test(penalty)
    weights = coordinates.basis @ tested.fits.weights
    truth = np.mean([true_auc(column, distance) for column in weights.T])
    estimate = estimate_auc(tested.auc, is_correct, design.groups)
    return bool(estimate.low <= truth <= estimate.high)


@pytest.mark.parametrize("size", [0.0, 3.0, -4e5])
def test_equal_scores_have_zero_slopes(size: float) -> None:
    scores = np.full(40, size)
    scores[7] += 1e-13 * size
    assert not auc_slopes(scores, np.arange(40) % 2 == 0).any()


def test_intervals_stay_within_0_and_1_for_any_error() -> None:
    rng = np.random.default_rng(0)
    is_correct, folds = np.arange(60) % 2 == 0, (np.arange(60) % 5)[None]
    plain = folded_auc(rng.normal(size=(1, 60)), is_correct, folds)
    wild = replace(plain, train_influence=rng.normal(size=60) * 1e3)
    found = estimate_auc(wild, is_correct, np.arange(60))
    assert 0.001 < found.low < plain.value < found.high < 0.999
    for one, other in ((wild, plain), (plain, wild)):
        apart = estimate_difference(one, other, np.arange(60))
        assert (apart.low, apart.high) == (-1, 1)


def test_no_threshold_is_above_one() -> None:
    shuffled = np.random.default_rng(0).uniform(0, 1, size=(3, 20))
    thresholds = chance_thresholds(shuffled, np.array([30, 30, 1]), np.array([30, 30, 2]))
    assert thresholds.max() == 1
