"""The plain twin agrees with scikit-learn, and the fast solver with the plain twin."""

import numpy as np
import pytest

from model_backend.api.study_requests import Solver
from model_backend.logistic.coordinates import find_coordinates
from model_backend.logistic.fit import fit_probes, training_influence
from model_backend.logistic.reference import fit_one_by_one, influence_one_by_one
from model_backend.logistic.solvers import SOLVERS
from tests.model_backend.logistic.test_fit import CASES, PENALTIES, make_case, scikit_learn

pytestmark = pytest.mark.usefixtures("one_blas_thread")

SHAPES = ((120, 40), (60, 200))
N_FOLDS = 4


def design(is_correct: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels, what is seen, and C, for every fold with every C."""
    folds = np.arange(len(is_correct)) % N_FOLDS
    seen = np.stack([folds != fold for fold in range(N_FOLDS)] * len(PENALTIES), axis=1)
    labels = np.repeat(is_correct[:, None], seen.shape[1], axis=1)
    return labels, seen, np.repeat(PENALTIES, N_FOLDS)


@pytest.mark.parametrize("shape", SHAPES, ids="{0[0]}x{0[1]}".format)
@pytest.mark.parametrize("name", CASES)
def test_scores_are_those_of_scikit_learn(name: str, shape: tuple[int, int]) -> None:
    features, is_correct = make_case(name, *shape)
    labels, seen, penalties = design(is_correct)
    coordinates = find_coordinates(features)
    scores = fit_one_by_one(coordinates, labels, seen, penalties).scores_of(coordinates.values)
    for column in range(len(penalties)):
        expected = scikit_learn(features, is_correct, seen[:, column], penalties[column])
        np.testing.assert_allclose(scores[:, column], expected, atol=1e-5)


@pytest.mark.parametrize("name", ["power law", "one loud dimension"])
def test_the_fast_solver_agrees_on_spectra_like_those_of_models(name: str) -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(200, 300)) * np.arange(1, 301) ** -0.75
    if name == "one loud dimension":
        features[:, 0] *= 100
    labels, seen, penalties = design(features[:, 3] + 0.3 * rng.normal(size=200) > 0)
    coordinates = find_coordinates(features)
    fast, plain = (
        fit(coordinates, labels, seen, penalties).scores_of(coordinates.values)
        for fit in (fit_probes, fit_one_by_one)
    )
    np.testing.assert_allclose(fast, plain, atol=2e-5)


@pytest.mark.parametrize("shape", SHAPES, ids="{0[0]}x{0[1]}".format)
def test_both_find_the_same_influence_of_every_example(shape: tuple[int, int]) -> None:
    features, is_correct = make_case("random", *shape)
    labels, seen, penalties = design(is_correct)
    coordinates = find_coordinates(features)
    fits = fit_one_by_one(coordinates, labels, seen, penalties)
    slopes = np.random.default_rng(0).normal(size=labels.shape) * ~seen
    fast, plain = (
        influence(coordinates, fits, labels, seen, penalty=penalties, slopes=slopes)
        for influence in (training_influence, influence_one_by_one)
    )
    np.testing.assert_allclose(fast, plain, atol=1e-3 * np.abs(plain).max())
    assert (plain[~seen] == 0).all()


def test_every_solver_that_a_study_may_name_is_there() -> None:
    assert set(SOLVERS) == set(Solver)
