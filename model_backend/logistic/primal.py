"""Newton steps on weights of orthogonal coordinates: for more examples than dimensions."""

import numpy as np
from jaxtyping import Float

from model_backend.logistic.coordinates import Coordinates
from model_backend.logistic.newton import MOST_INNER_STEPS, Fits, Problem


class PrimalProblem(Problem):
    """Weights are ``w`` itself."""

    def __init__(
        self, coordinates: Coordinates, labels: np.ndarray, seen: np.ndarray, ridge: np.ndarray
    ) -> None:
        super().__init__(coordinates, labels, seen, ridge)
        assert coordinates.eigenvalues is not None
        self.eigenvalues = coordinates.eigenvalues
        self.transposed = np.ascontiguousarray(self.values.T)
        self.transposed32 = self.transposed.astype(np.float32)

    def gradient_of(self, errors: np.ndarray) -> Fits:
        return Fits(self.transposed @ errors, errors.sum(axis=0))

    def length(
        self, gradient: Fits, near: Float[np.ndarray, " column"]
    ) -> Float[np.ndarray, " column"]:
        return np.sqrt(gradient.dot(gradient))

    def square(self, fits: Fits, scores: np.ndarray) -> Float[np.ndarray, " column"]:
        return np.einsum("rc,rc->c", fits.weights, fits.weights)

    def _longest(self) -> float:
        return float(np.sqrt(1 + (self.values**2).sum(axis=1).max(initial=0)))

    def divide_by_hessian(
        self, probs: np.ndarray, right: Fits, target: Float[np.ndarray, " column"]
    ) -> Fits:
        """Preconditioned conjugate gradients.

        If every example had the same curvature and all were seen, the Hessian would be diagonal
        in these coordinates: that is the preconditioner. In float32, which is twice as fast: what
        a step misses, the next one finds, for its gradient is in float64.
        """
        size = np.maximum(np.sqrt(right.dot(right)), 1e-300)
        right, target = right.times(1 / size).single(), np.maximum(target, 1e-5)
        curvature = (self.seen * probs * (1 - probs)).astype(np.float32)
        total = np.maximum(curvature.sum(axis=0), 1e-12)
        ridge = self.ridge.astype(np.float32)
        bent = np.outer(self.eigenvalues, total / len(probs)) + ridge
        scale = Fits(1 / bent, 1 / total).single()
        x, left = right.times(0.0), right
        q = left.scaled(scale)
        way, rho = q, left.dot(q)
        is_far = np.ones(len(ridge), dtype=bool)
        for _ in range(MOST_INNER_STEPS):
            bent = curvature * way.scores_of(self.values32)
            image = Fits(self.transposed32 @ bent + ridge * way.weights, bent.sum(axis=0))
            # Columns that are there already stand still: in float32 they would be led astray.
            length = np.where(is_far, rho / np.maximum(way.dot(image), 1e-30), 0)
            x, left = x.plus(way, length), left.plus(image, -length)
            is_far = left.dot(left) > target**2
            if not is_far.any():
                break
            q = left.scaled(scale)
            rho, before = left.dot(q), rho
            way = q.plus(way, rho / np.maximum(before, 1e-30))
        return x.times(size)
