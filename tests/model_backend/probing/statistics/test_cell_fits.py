"""The probes of a cell find a planted direction, and nothing in noise."""

from dataclasses import replace

import numpy as np
import pytest

from model_backend.api.errors import BadRequest
from model_backend.probing.statistics.auc import estimate_auc
from model_backend.probing.statistics.cell_fits import fit_cell
from model_backend.probing.statistics.folds import draw_folds, group_numbers, shuffle_labels
from tests.model_backend.probing.synthetic_data import draw_features, draw_labels, make_design

pytestmark = pytest.mark.usefixtures("one_blas_thread")

N = 300
EVERYBODY = np.ones(N, dtype=bool)


def test_a_planted_direction_is_found_and_noise_gives_chance() -> None:
    is_correct = draw_labels(N, seed=0)
    design = make_design(is_correct, n_permutations=20)
    planted = fit_cell(draw_features(is_correct, 16, 2.5, seed=0), EVERYBODY, design)
    empty = fit_cell(draw_features(is_correct, 16, 0.0, seed=1), EVERYBODY, design)
    assert planted is not None and empty is not None
    assert planted.auc.value > 0.9
    interval = estimate_auc(empty.auc, is_correct, design.groups)
    assert interval.low < 0.5 < interval.high
    assert planted.shuffled_auc.mean() == pytest.approx(0.5, abs=0.03)
    assert planted.shuffled_auc.max() < 0.65


def test_no_probe_is_tested_on_its_training_examples() -> None:
    """With random labels and many dimensions only memorised examples could score above chance."""
    is_correct = draw_labels(N, seed=2)
    wide = draw_features(is_correct, 600, 0.0, seed=2)
    found = fit_cell(wide, EVERYBODY, make_design(is_correct))
    assert found is not None
    assert 0.38 < found.auc.value < 0.62


def test_answers_without_a_position_have_no_score_and_no_influence() -> None:
    is_correct = draw_labels(N, seed=3)
    features = draw_features(is_correct, 8, 1.5, seed=3)
    present = np.arange(N) % 3 != 0
    design = make_design(is_correct)
    found = fit_cell(features[present], present, design)
    assert found is not None
    assert (np.isnan(found.scores) == ~present).all()
    assert (found.auc.test_influence[~present] == 0).all()


def test_a_cell_with_too_few_wrong_answers_is_left_empty() -> None:
    is_correct = np.arange(N) >= 15
    assert (
        fit_cell(draw_features(is_correct, 8, 1.0, seed=0), EVERYBODY, make_design(is_correct))
        is None
    )


def test_the_final_probe_applies_to_raw_activations() -> None:
    is_correct = draw_labels(N, seed=4)
    features = 50 + 7 * draw_features(is_correct, 8, 2.0, seed=4)
    found = fit_cell(features, EVERYBODY, make_design(is_correct))
    assert found is not None
    scores = features @ found.weights + found.intercept
    assert scores[is_correct].mean() > 0.5 > -0.5 > scores[~is_correct].mean()
    probs = 1 / (1 + np.exp(-scores))
    assert probs.mean() == pytest.approx(is_correct.mean(), abs=0.01)


def test_equal_studies_give_equal_numbers() -> None:
    is_correct = draw_labels(N, seed=5)
    features = draw_features(is_correct, 8, 1.0, seed=5)
    one, other = (fit_cell(features, EVERYBODY, make_design(is_correct, seed=9)) for _ in range(2))
    assert one is not None and other is not None
    np.testing.assert_array_equal(one.scores, other.scores)


def test_c_is_chosen_without_the_fold_that_it_is_tested_on() -> None:
    """Changes in a fold do not change the AUC without it."""
    is_correct = draw_labels(N, seed=6)
    design = make_design(is_correct, n_repeats=1)
    features = draw_features(is_correct, 8, 1.0, seed=6)
    first = design.folds[0] == 0
    changed = features.copy()
    changed[first] = features[first][::-1]
    one, other = (fit_cell(each, EVERYBODY, design) for each in (features, changed))
    assert one is not None and other is not None
    # Only the scale of the coordinates differs, by rounding.
    assert one.inner_auc[0, 0] == pytest.approx(other.inner_auc[0, 0], abs=1e-3)
    assert one.inner_auc[0, 1] != pytest.approx(other.inner_auc[0, 1], abs=1e-3)


def test_folds_keep_groups_whole_and_balance_classes() -> None:
    rng = np.random.default_rng(0)
    groups = np.sort(rng.integers(120, size=400))
    is_correct = rng.random(400) < 0.25
    folds = draw_folds(is_correct, groups, 5, rng)
    assert all(len(set(folds[groups == group])) == 1 for group in set(groups))
    share = [is_correct[folds == fold].mean() for fold in range(5)]
    assert max(share) - min(share) < 0.05
    assert np.bincount(folds).min() > 0.8 * 400 / 5


def test_too_few_groups_of_a_class_are_refused_with_the_number() -> None:
    is_correct = np.arange(100) >= 3
    with pytest.raises(BadRequest, match="Only 3 groups with wrong answers, and 5 folds"):
        draw_folds(is_correct, np.arange(100), 5, np.random.default_rng(0))


def test_shuffling_moves_the_labels_of_a_group_together() -> None:
    groups = np.repeat(np.arange(50), 4)
    is_correct = np.repeat(np.arange(50) % 2 == 0, 4)
    shuffled = shuffle_labels(is_correct, groups, np.random.default_rng(0))
    assert all(len(set(shuffled[groups == group])) == 1 for group in range(50))
    assert shuffled.sum() == is_correct.sum()
    assert (shuffled != is_correct).any()


def test_an_example_without_a_group_is_a_group_of_its_own() -> None:
    numbers = group_numbers(["a", "", "a", ""])
    assert numbers[0] == numbers[2]
    assert len(set(numbers.tolist())) == 3


def test_a_design_of_some_examples_keeps_their_folds() -> None:
    design = make_design(draw_labels(N, seed=7))
    kept = np.arange(N) < 100
    assert (design.only(kept).folds == design.folds[:, :100]).all()
    assert not replace(design, is_correct=EVERYBODY).allows_fitting()
