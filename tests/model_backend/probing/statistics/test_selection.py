"""The nested AUC has no selection bias, and the best set holds all cells near the best."""

import numpy as np
import pytest

from model_backend.probing.statistics.cell_fits import CellFit, Design, fit_cell
from model_backend.probing.statistics.selection import best_set, chance_thresholds, nested_best
from tests.model_backend.probing.synthetic_data import draw_features, draw_labels, make_design

pytestmark = pytest.mark.usefixtures("one_blas_thread")

N, CELLS = 160, 24
EVERYBODY = np.ones(N, dtype=bool)


def fit_cells(design: Design, distances: list[float], seed: int) -> list[CellFit]:
    fits = []
    for number, distance in enumerate(distances):
        features = draw_features(design.is_correct, 6, distance, 1000 * seed + number)
        fit = fit_cell(features, EVERYBODY, design)
        assert fit is not None
        fits.append(fit)
    return fits


def stack(fits: list[CellFit], what: str) -> np.ndarray:
    return np.stack([getattr(fit, what) for fit in fits])


def influences(fits: list[CellFit]) -> tuple[np.ndarray, np.ndarray]:
    tested = np.stack([fit.auc.test_influence for fit in fits])
    return tested, np.stack([fit.auc.train_influence for fit in fits])


def nested_and_naive(fits: list[CellFit], design: Design) -> tuple[float, float]:
    _, trained = influences(fits)
    nested, _ = nested_best(stack(fits, "inner_auc"), stack(fits, "scores"), trained, design)
    return nested.value, max(fit.auc.value for fit in fits)


@pytest.mark.slow
def test_in_noise_the_naive_best_is_above_chance_and_the_nested_one_is_not() -> None:
    pairs = []
    for seed in range(6):
        design = make_design(draw_labels(N, seed), n_repeats=1, seed=seed)
        pairs.append(nested_and_naive(fit_cells(design, [0.0] * CELLS, seed), design))
    nested, naive = np.mean(pairs, axis=0)
    assert naive > 0.56
    assert nested == pytest.approx(0.5, abs=0.035)


def test_a_planted_cell_is_the_only_one_above_chance() -> None:
    design = make_design(draw_labels(N, 0), n_permutations=20)
    distances = [0.0] * CELLS
    distances[7] = 2.0
    fits = fit_cells(design, distances, seed=5)
    auc = np.array([fit.auc.value for fit in fits])
    tested, trained = influences(fits)
    n_right, n_wrong = (
        np.full(CELLS, design.is_correct.sum()),
        np.full(CELLS, (~design.is_correct).sum()),
    )
    thresholds = chance_thresholds(stack(fits, "shuffled_auc"), n_right, n_wrong)
    assert np.flatnonzero(auc > thresholds).tolist() == [7]
    found = best_set(auc, tested, trained, design.groups, np.random.default_rng(0))
    assert np.flatnonzero(found).tolist() == [7]
    _, chosen = nested_best(stack(fits, "inner_auc"), stack(fits, "scores"), trained, design)
    assert (chosen == 7).all()


def test_two_equal_cells_are_both_in_the_best_set() -> None:
    design = make_design(draw_labels(N, 1))
    fits = fit_cells(design, [1.5, 0.0, 0.0], seed=2)
    fits.append(fits[0])
    tested, trained = influences(fits)
    auc = np.array([fit.auc.value for fit in fits])
    found = best_set(auc, tested, trained, design.groups, np.random.default_rng(0))
    assert found[0] and found[3]
    assert not found[1]


def test_a_position_with_few_answers_has_a_higher_threshold() -> None:
    rng = np.random.default_rng(0)
    shuffled = 0.5 + rng.normal(scale=[[0.02], [0.08]], size=(2, 20))
    few, many = chance_thresholds(shuffled, np.array([400, 25]), np.array([400, 25]))[::-1]
    assert few > many > 0.5


def test_without_shuffled_studies_there_is_no_threshold() -> None:
    found = chance_thresholds(np.zeros((3, 0)), np.full(3, 50), np.full(3, 50))
    assert np.isnan(found).all()
