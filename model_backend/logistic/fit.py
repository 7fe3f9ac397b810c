"""Entry point: many logistic regressions on the same activations, solved together.

All fits of a cell (folds, values of C, shuffled labels) use the same activations and differ only in
their labels and in the examples they may see. So the activations are transformed once, and all fits
with one C are columns of one masked Newton problem, moved a step by a few matrix products.
``reference`` does the same one by one, in the plainest way.
"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool, Float

from model_backend.logistic.coordinates import Coordinates
from model_backend.logistic.dual import DualProblem
from model_backend.logistic.fits import Fits
from model_backend.logistic.newton import Problem, sigmoid
from model_backend.logistic.primal import PrimalProblem

TOLERANCE = 1e-5
"""Largest error of a score, in log-odds; a bound, so that actual errors are far smaller."""

MOST_NUMBERS = 4_000_000
"""Examples times columns that are solved together, to bound memory."""


def fit_probes(
    coordinates: Coordinates,
    is_correct: Bool[np.ndarray, "example column"],
    is_seen: Bool[np.ndarray, "example column"],
    penalty: Float[np.ndarray, " column"],
    *,
    tolerance: float = TOLERANCE,
) -> Fits:
    """Fit one L2 logistic regression for every column, on the examples that it may see.

    ``penalty`` is scikit-learn's C for features divided by one number, the root mean square
    distance of the seen examples from their mean. So C means the same for every layer, model and
    width: it sets the prior variance of a typical example's log-odds.
    """
    n_examples, n_columns = is_correct.shape
    found = Fits(np.empty((coordinates.values.shape[1], n_columns)), np.empty(n_columns))
    for part in _parts(penalty, max(1, MOST_NUMBERS // max(n_examples, 1))):
        problem = _problem(coordinates, is_correct[:, part], is_seen[:, part], penalty[part])
        fits, unsolved = problem.solve(tolerance)
        del problem  # frees its copies of the activations before the next problem makes its own
        found.weights[:, part], found.intercepts[part] = fits.weights, fits.intercepts
        rest = part[unsolved]
        if len(rest) and coordinates.eigenvalues is None:
            data = is_correct[:, rest], is_seen[:, rest], penalty[rest]
            fits = fit_probes(coordinates.orthogonal, *data, tolerance=tolerance)
            found.weights[:, rest] = coordinates.orthogonal.basis @ fits.weights
            found.intercepts[rest] = fits.intercepts
    return found


def training_influence(
    coordinates: Coordinates,
    fits: Fits,
    is_correct: Bool[np.ndarray, "example column"],
    is_seen: Bool[np.ndarray, "example column"],
    *,
    penalty: Float[np.ndarray, " column"],
    slopes: Float[np.ndarray, "example column"],
) -> Float[np.ndarray, "example column"]:
    """Change of a function of the scores per unit of extra weight on each seen example.

    ``slopes`` are the derivatives of that function with respect to the scores. The derivative of a
    fit by the weight of an example is Hessian^-1 times that example's negative gradient (Koh and
    Liang 2017, https://arxiv.org/abs/1703.04730). The Hessian is symmetric, so it is divided into
    the slopes once for all examples.
    """
    influence = np.empty(is_correct.shape)
    for part in _parts(penalty, len(penalty)):
        problem = _problem(coordinates, is_correct[:, part], is_seen[:, part], penalty[part])
        probs = sigmoid(fits.select(part).scores_of(coordinates.values))
        gradient, target = problem.gradient_of(slopes[:, part]), np.full(len(part), 1e-4)
        _, change = problem.divide_by_hessian(probs, gradient, target)
        influence[:, part] = problem.seen * (problem.labels - probs) * change
        del problem  # as above
    return influence


def _parts(penalty: np.ndarray, width: int) -> Iterator[np.ndarray]:
    """Columns of equal penalty, which need about equally many steps, at most ``width`` at once."""
    for value in np.unique(penalty):
        columns = np.flatnonzero(penalty == value)
        for start in range(0, len(columns), width):
            yield columns[start : start + width]


def _problem(
    coordinates: Coordinates, is_correct: np.ndarray, is_seen: np.ndarray, penalty: np.ndarray
) -> Problem:
    kind = DualProblem if coordinates.eigenvalues is None else PrimalProblem
    seen = is_seen.astype(np.float64)
    ridge = coordinates.mean_squared_distance(seen) / penalty
    return kind(coordinates, is_correct.astype(np.float64), seen, ridge)
