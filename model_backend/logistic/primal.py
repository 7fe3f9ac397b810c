"""Newton steps on weights of orthogonal coordinates, for more examples than dimensions."""

import numpy as np
from jaxtyping import Float

from model_backend.logistic.coordinates import Coordinates
from model_backend.logistic.fits import Fits
from model_backend.logistic.newton import MOST_INNER_STEPS, Problem


class PrimalProblem(Problem):
    """``Fits.weights`` are the weights ``w`` themselves."""

    def __init__(
        self, coordinates: Coordinates, labels: np.ndarray, seen: np.ndarray, ridge: np.ndarray
    ) -> None:
        super().__init__(coordinates, labels, seen, ridge)
        assert coordinates.eigenvalues is not None
        self.eigenvalues = coordinates.eigenvalues
        self.transposed = np.ascontiguousarray(self.values.T)
        self.transposed32 = self.transposed.astype(np.float32)

    def squared_lengths(self) -> Float[np.ndarray, " example"]:
        return (self.values**2).sum(axis=1)

    def gradient_of(self, errors: Float[np.ndarray, "example column"]) -> Fits:
        return Fits(self.transposed @ errors, errors.sum(axis=0))

    def norm(self, gradient: Fits) -> Float[np.ndarray, " column"]:
        return np.sqrt(gradient.dot(gradient))

    def squared_weights(self, fits: Fits, scores: np.ndarray) -> Float[np.ndarray, " column"]:
        return np.einsum("rc,rc->c", fits.weights, fits.weights)

    def divide_by_hessian(
        self,
        probs: Float[np.ndarray, "example column"],
        gradient: Fits,
        target: Float[np.ndarray, " column"],
    ) -> tuple[Fits, Float[np.ndarray, "example column"]]:
        """Run preconditioned conjugate gradients in float32.

        If all examples had the same variance ``p (1 - p)`` and all were seen, the Hessian would be
        diagonal in these coordinates. That diagonal is the preconditioner. Float32 is twice as
        fast, and the next step corrects its errors because gradients are float64.
        """
        size = np.maximum(np.sqrt(gradient.dot(gradient)), 1e-300)
        residual, target = (gradient * (1 / size)).to_float32(), np.maximum(target, 1e-5)
        variance = (self.seen * probs * (1 - probs)).astype(np.float32)
        ridge = self.ridge.astype(np.float32)
        inverse = self._inverse_diagonal(variance, ridge)
        step, moved = residual * np.float32(0), np.zeros_like(variance)
        direction = residual * inverse
        rho = residual.dot(direction)
        is_active = np.ones(len(ridge), dtype=bool)
        for _ in range(MOST_INNER_STEPS):
            scores = direction.scores_of(self.values32)
            errors = variance * scores
            hessian_direction = Fits(
                self.transposed32 @ errors + ridge * direction.weights, errors.sum(axis=0)
            )
            curvature = direction.dot(hessian_direction)
            # Solved columns stand still, because rounding would lead them astray.
            length = np.where(is_active, rho / np.maximum(curvature, 1e-30), 0)
            step, moved = step + direction * length, moved + scores * length
            residual = residual - hessian_direction * length
            is_active = residual.dot(residual) > target**2
            if not is_active.any():
                break
            preconditioned = residual * inverse
            rho, before = residual.dot(preconditioned), rho
            direction = preconditioned + direction * (rho / np.maximum(before, 1e-30))
        return step * size, moved * size

    def _inverse_diagonal(self, variance: np.ndarray, ridge: np.ndarray) -> Fits:
        total = np.maximum(variance.sum(axis=0), 1e-12)
        diagonal = np.outer(self.eigenvalues, total / len(variance)) + ridge
        return Fits(1 / diagonal, 1 / total).to_float32()
