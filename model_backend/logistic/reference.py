"""Plain twin of ``fit``: one logistic regression at a time, by Newton's method from a textbook.

Every step builds the whole Hessian and solves it directly, all in float64. That takes about a
hundred times as long, and nothing in it needs explaining. Tests hold the fast solver to it, and
``python -m model_backend.probing run --solver reference`` makes a whole study with it.
"""

import numpy as np
from jaxtyping import Bool, Float

from model_backend.logistic.coordinates import Coordinates
from model_backend.logistic.fits import Fits

MOST_STEPS = 30


def fit_one_by_one(
    coordinates: Coordinates,
    is_correct: Bool[np.ndarray, "example column"],
    is_seen: Bool[np.ndarray, "example column"],
    penalty: Float[np.ndarray, " column"],
    *,
    tolerance: float = 1e-5,
) -> Fits:
    """The same fits as ``fit_probes``; the last Newton step of each changes no score by more."""
    inputs, basis = _orthogonal(coordinates)
    ridge = coordinates.mean_squared_distance(is_seen.astype(float)) / penalty
    weights, intercepts = np.empty((basis.shape[0], len(ridge))), np.empty(len(ridge))
    for column, seen in enumerate(is_seen.T):
        solution = _solve(inputs[seen], is_correct[seen, column], ridge[column], tolerance)
        weights[:, column], intercepts[column] = basis @ solution[:-1], solution[-1]
    return Fits(weights, intercepts)


def influence_one_by_one(
    coordinates: Coordinates,
    fits: Fits,
    is_correct: Bool[np.ndarray, "example column"],
    is_seen: Bool[np.ndarray, "example column"],
    *,
    penalty: Float[np.ndarray, " column"],
    slopes: Float[np.ndarray, "example column"],
) -> Float[np.ndarray, "example column"]:
    """The same as ``training_influence``: ``slopes @ inputs @ Hessian^-1 @ gradients``."""
    inputs, _ = _orthogonal(coordinates)
    scores, influence = fits.scores_of(coordinates.values), np.zeros(is_correct.shape)
    ridge = coordinates.mean_squared_distance(is_seen.astype(float)) / penalty
    for column, seen in enumerate(is_seen.T):
        probs = _sigmoid(scores[seen, column])
        direction = np.linalg.solve(
            _hessian(inputs[seen], probs, ridge[column]), inputs.T @ slopes[:, column]
        )
        errors = is_correct[seen, column] - probs
        influence[seen, column] = errors * (inputs[seen] @ direction)
    return influence


def _orthogonal(coordinates: Coordinates) -> tuple[np.ndarray, np.ndarray]:
    """Inputs with a column of ones, and what turns their weights into those of ``coordinates``."""
    values, basis = coordinates.values, np.eye(coordinates.values.shape[1])
    if coordinates.eigenvalues is None:
        values, basis = coordinates.orthogonal.values, coordinates.orthogonal.basis
    return np.column_stack([values, np.ones(len(values))]), basis


def _solve(
    inputs: Float[np.ndarray, "seen input"],
    is_correct: Bool[np.ndarray, " seen"],
    ridge: float,
    tolerance: float,
) -> Float[np.ndarray, " input"]:
    """Minimise ``ridge / 2 |w|^2`` plus the log losses; the last input is one, its weight free."""

    def loss(weights: np.ndarray) -> float:
        scores = inputs @ weights
        losses = np.logaddexp(0, scores) - is_correct * scores
        return float(losses.sum() + ridge / 2 * (weights[:-1] ** 2).sum())

    weights = np.zeros(inputs.shape[1])
    for _ in range(MOST_STEPS):
        probs = _sigmoid(inputs @ weights)
        gradient = inputs.T @ (probs - is_correct) + ridge * np.append(weights[:-1], 0)
        step = np.linalg.solve(_hessian(inputs, probs, ridge), gradient)
        size = 1.0
        while loss(weights - size * step) > loss(weights) + 1e-9 and size > 1e-6:
            size /= 2
        weights = weights - size * step
        if np.abs(inputs @ step).max() <= tolerance:
            break
    return weights


def _sigmoid(scores: np.ndarray) -> np.ndarray:
    return (1 + np.tanh(scores / 2)) / 2


def _hessian(inputs: np.ndarray, probs: np.ndarray, ridge: float) -> np.ndarray:
    """Second derivatives: ``sum p (1 - p) x x^T``, and ``ridge`` for all weights but the last."""
    penalty = np.full(inputs.shape[1], ridge)
    penalty[-1] = 0
    return (inputs.T * (probs * (1 - probs))) @ inputs + np.diag(penalty)
