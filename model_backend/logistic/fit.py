"""Many logistic regressions on the same activations, solved together; pure NumPy, in float64.

Every fit of a cell (folds, values of C, shuffled labels) sees the same activations and differs only
in its labels and in which examples it may look at. So the activations are turned once into
``coordinates``, and all fits with one C are columns of one masked Newton problem (``newton``): a
few matrix products move every one of them a step.
"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool, Float

from model_backend.logistic.coordinates import Coordinates
from model_backend.logistic.dual import DualProblem
from model_backend.logistic.newton import Fits, Problem, sigmoid
from model_backend.logistic.primal import PrimalProblem

TOLERANCE = 1e-5
"""How far a score may be from that of the exact solution; a bound, seldom reached."""

MOST_NUMBERS = 4_000_000
"""Examples times columns that are worked on at once: it bounds memory."""


def fit_probes(
    coordinates: Coordinates,
    is_right: Bool[np.ndarray, "example column"],
    is_seen: Bool[np.ndarray, "example column"],
    penalty: Float[np.ndarray, " column"],
    *,
    tolerance: float = TOLERANCE,
) -> Fits:
    """Fit one L2 logistic regression for every column, on the examples that it may see.

    ``penalty`` is scikit-learn's C, of features divided by one number: the root mean square of
    the distance of the seen examples from their mean. So C means the same for every layer, model
    and width: it is about the prior variance of a typical example's log-odds.
    """
    n_examples, n_columns = is_right.shape
    found = Fits(np.empty((coordinates.values.shape[1], n_columns)), np.empty(n_columns))
    for part in _parts(penalty, max(1, MOST_NUMBERS // max(n_examples, 1))):
        problem = _problem(coordinates, is_right[:, part], is_seen[:, part], penalty[part])
        fits, rest = problem.solve(tolerance)
        del problem  # with its own copies of the activations, before the next one makes them too
        found.weights[:, part], found.intercepts[part] = fits.weights, fits.intercepts
        rest = part[rest]
        if len(rest) and coordinates.eigenvalues is None:
            data = is_right[:, rest], is_seen[:, rest], penalty[rest]
            fits = fit_probes(coordinates.turned, *data, tolerance=tolerance)
            found.weights[:, rest] = coordinates.turned.basis @ fits.weights
            found.intercepts[rest] = fits.intercepts
    return found


def training_influence(
    coordinates: Coordinates,
    fits: Fits,
    is_right: Bool[np.ndarray, "example column"],
    is_seen: Bool[np.ndarray, "example column"],
    *,
    penalty: Float[np.ndarray, " column"],
    slopes: Float[np.ndarray, "example column"],
) -> Float[np.ndarray, "example column"]:
    """What each seen example did, by its part in the fit, to a function of the scores.

    ``slopes`` are the derivatives of that function by the scores. The derivative of a fit by the
    weight of an example is Hessian^-1 times that example's own gradient; the Hessian is divided
    into the slopes once, for all examples.
    """
    taught = np.empty(is_right.shape)
    for part in _parts(penalty, len(penalty)):
        problem = _problem(coordinates, is_right[:, part], is_seen[:, part], penalty[part])
        probs = sigmoid(fits.only(part).scores_of(coordinates.values))
        right, target = problem.gradient_of(slopes[:, part]), np.full(len(part), 1e-4)
        per_gradient = problem.divide_by_hessian(probs, right, target)
        errors = problem.seen * (problem.labels - probs)
        taught[:, part] = errors * per_gradient.scores_of(coordinates.values)
        del problem  # as above
    return taught


def _parts(penalty: np.ndarray, width: int) -> Iterator[np.ndarray]:
    """Columns of equal penalty, which take about equally many steps; ``width`` of them at most."""
    for value in np.unique(penalty):
        columns = np.flatnonzero(penalty == value)
        for start in range(0, len(columns), width):
            yield columns[start : start + width]


def _problem(
    coordinates: Coordinates, is_right: np.ndarray, is_seen: np.ndarray, penalty: np.ndarray
) -> Problem:
    kind = DualProblem if coordinates.eigenvalues is None else PrimalProblem
    seen = is_seen.astype(np.float64)
    ridge = coordinates.spread(seen) / penalty
    return kind(coordinates, is_right.astype(np.float64), seen, ridge)
