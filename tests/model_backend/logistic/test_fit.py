"""Many fits at once are the fits that scikit-learn makes one by one."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from model_backend.logistic.coordinates import find_coordinates
from model_backend.logistic.fit import fit_probes, training_influence
from model_backend.probing.statistics.cell_fits import TOLERANCE
from tests.model_backend.probing.synthetic_data import draw_features, draw_labels

pytestmark = pytest.mark.usefixtures("one_blas_thread")

PENALTIES = (0.1, 10.0, 1000.0)


def scikit_learn(
    features: np.ndarray, is_correct: np.ndarray, seen: np.ndarray, penalty: float
) -> np.ndarray:
    distance = features[seen] - features[seen].mean(axis=0)
    scale = np.sqrt((distance**2).sum(axis=1).mean())
    model = LogisticRegression(C=penalty, tol=1e-12, max_iter=100_000, solver="newton-cholesky")
    model.fit(features[seen] / scale, is_correct[seen])
    return model.decision_function(features / scale)


CASES = ("random", "separable", "imbalanced", "constant column", "duplicated rows", "at odds")
SHAPES = ((300, 20), (120, 40), (120, 100), (60, 200))
"""Examples and dimensions: solved by weights of directions, the first two, or of examples."""


def make_case(name: str, n: int = 120, width: int = 40) -> tuple[np.ndarray, np.ndarray]:
    is_correct = draw_labels(n, seed=3, share=0.12 if name == "imbalanced" else 0.4)
    features = draw_features(is_correct, width, 50.0 if name == "separable" else 1.0, seed=4)
    features += 3.0
    if name == "constant column":
        features[:, 5] = 7.0
    if name == "duplicated rows":
        features[n // 2 :], is_correct[n // 2 :] = features[: n // 2], is_correct[: n // 2]
    if name == "at odds":
        features[n // 2 :] = features[: n // 2]
    return features, is_correct


@pytest.mark.parametrize("shape", SHAPES, ids="{0[0]}x{0[1]}".format)
@pytest.mark.parametrize("name", CASES)
def test_scores_are_those_of_a_tightly_converged_logistic_regression(
    name: str, shape: tuple[int, int]
) -> None:
    """As exactly as studies are fitted."""
    features, is_correct = make_case(name, *shape)
    folds = np.arange(len(is_correct)) % 4
    seen = np.stack([folds != fold for fold in range(4)] * len(PENALTIES), axis=1)
    penalties = np.repeat(PENALTIES, 4)
    coordinates = find_coordinates(features)
    labels = np.repeat(is_correct[:, None], len(penalties), axis=1)
    fits = fit_probes(coordinates, labels, seen, penalties, tolerance=TOLERANCE)
    for column, scores in enumerate(fits.scores_of(coordinates.values).T):
        expected = scikit_learn(features, is_correct, seen[:, column], penalties[column])
        np.testing.assert_allclose(scores, expected, atol=1e-4)


def test_columns_with_labels_of_their_own_do_not_disturb_each_other() -> None:
    features, is_correct = make_case("random")
    labels = np.stack([is_correct, ~is_correct, np.roll(is_correct, 7)], axis=1)
    coordinates = find_coordinates(features)
    seen, penalty = np.ones_like(labels), np.array([1.0, 10.0, 100.0])
    together = fit_probes(coordinates, labels, seen, penalty)
    for column in range(3):
        part = slice(column, column + 1)
        alone = fit_probes(coordinates, labels[:, part], seen[:, part], penalty[part])
        np.testing.assert_allclose(together.weights[:, part], alone.weights, atol=1e-6)


@pytest.mark.parametrize("shape", SHAPES, ids="{0[0]}x{0[1]}".format)
def test_weights_lead_back_to_the_activations(shape: tuple[int, int]) -> None:
    features, is_correct = make_case("random", *shape)
    coordinates = find_coordinates(features)
    labels = is_correct[:, None]
    fits = fit_probes(coordinates, labels, np.ones_like(labels), np.array([10.0]))
    weights = coordinates.basis @ fits.weights[:, 0]
    scores = (features - coordinates.mean) @ weights + fits.intercepts[0]
    np.testing.assert_allclose(scores, fits.scores_of(coordinates.values)[:, 0], atol=1e-8)


def test_activations_without_any_variance_give_the_share_of_right_answers() -> None:
    is_correct = draw_labels(50, seed=0)
    coordinates = find_coordinates(np.ones((50, 4)))
    labels = is_correct[:, None]
    fits = fit_probes(coordinates, labels, np.ones_like(labels), np.array([1.0]))
    share = is_correct.mean()
    assert fits.intercepts[0] == pytest.approx(np.log(share / (1 - share)), abs=1e-4)


def test_activations_that_are_all_alike_say_nothing_whatever_their_last_digits() -> None:
    alike = 1.1 * np.repeat(np.random.default_rng(0).normal(size=(1, 40)), 300, axis=0)
    assert find_coordinates(alike).values.shape == (300, 0)


@pytest.mark.parametrize("n_examples", [200, 1995])
def test_what_varies_only_among_the_unseen_examples_says_nothing_of_the_seen(
    n_examples: int,
) -> None:
    """As where one answer has another token than all the rest, and lies in the fold left out."""
    rng = np.random.default_rng(1)
    features = np.repeat(rng.normal(size=(1, 160)), n_examples, axis=0)
    features[0] += rng.normal(size=160)
    labels = (rng.random(n_examples) < 0.7)[:, None]
    seen = np.arange(n_examples)[:, None] > 0
    coordinates = find_coordinates(features)
    fits = fit_probes(coordinates, labels, seen, np.array([1e3]))
    share = labels[1:].mean()
    scores = fits.scores_of(coordinates.values)
    assert np.allclose(scores[1:], np.log(share / (1 - share)), atol=1e-4)
    assert abs(scores[0] - scores[1]) < 1


@pytest.mark.parametrize("shape", [(120, 40), (120, 100)], ids=["tall", "wide"])
def test_an_examples_influence_is_the_change_when_it_counts_a_little_more(
    shape: tuple[int, int],
) -> None:
    features, is_correct = make_case("random", *shape)
    coordinates = find_coordinates(features)
    labels, penalty = is_correct[:, None], np.array([3.0])
    seen = (np.arange(len(is_correct)) % 5 != 0)[:, None]
    slopes = np.random.default_rng(0).normal(size=labels.shape) * ~seen
    fits = fit_probes(coordinates, labels, seen, penalty, tolerance=1e-9)
    influence = training_influence(coordinates, fits, labels, seen, penalty=penalty, slopes=slopes)
    distance = features[seen[:, 0]] - features[seen[:, 0]].mean(axis=0)
    scale = np.sqrt((distance**2).sum(axis=1).mean())
    for example in (1, 2, 7):
        sums = []
        for change in (-1e-3, 1e-3):
            weight = seen[:, 0].astype(float)
            weight[example] += change
            model = LogisticRegression(C=3.0, tol=1e-14, max_iter=1000, solver="newton-cholesky")
            model.fit(features / scale, is_correct, sample_weight=weight)
            sums.append(float(slopes[:, 0] @ model.decision_function(features / scale)))
        assert influence[example, 0] == pytest.approx((sums[1] - sums[0]) / 2e-3, rel=0.02)
