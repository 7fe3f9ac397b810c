"""Newton steps on coefficients of examples, for about as many dimensions as examples, or more.

The solution is a sum of examples, ``w = activations.T @ a``, and its scores are ``K @ a`` with the
Gram matrix ``K`` (representer theorem; Keerthi et al. 2005,
https://doi.org/10.1007/s10994-005-0768-5). So the width of the activations does not matter, and a
step of the conjugate gradients needs one product with an examples x examples matrix instead of two
products with the activations.
"""

import numpy as np
from jaxtyping import Float

from model_backend.logistic.coordinates import Coordinates
from model_backend.logistic.fits import Fits
from model_backend.logistic.newton import MOST_INNER_STEPS, Problem

MOST_KEPT = 12_000_000
"""Numbers that the preconditioners kept with one cell may hold together."""

SHIFT_RATIO = 4.0
"""Shifts are rounded to powers of this, so that fits can share preconditioners."""


class DualProblem(Problem):
    """``Fits.weights`` are the coefficients ``a``; so are gradients with respect to ``w``.

    Only ``K @ coefficients`` matters of a gradient. For equal examples with unequal labels and a
    large C that is nearly zero beside the coefficients, and float32 cannot resolve it. Then the
    steps do not converge within ``most_steps``, and the caller switches to orthogonal coordinates.
    """

    most_steps = 20

    def __init__(
        self, coordinates: Coordinates, labels: np.ndarray, seen: np.ndarray, ridge: np.ndarray
    ) -> None:
        super().__init__(coordinates, labels, seen, ridge)
        self.preconditioners = coordinates.preconditioners

    def squared_lengths(self) -> Float[np.ndarray, " example"]:
        return self.values.diagonal()

    def gradient_of(self, errors: Float[np.ndarray, "example column"]) -> Fits:
        return Fits(errors, errors.sum(axis=0))

    def norm(self, gradient: Fits) -> Float[np.ndarray, " column"]:
        scores = self.values @ gradient.weights
        return np.sqrt(np.maximum(_pair(gradient, scores, gradient.intercepts), 0))

    def squared_weights(self, fits: Fits, scores: np.ndarray) -> Float[np.ndarray, " column"]:
        return np.einsum("rc,rc->c", fits.weights, scores - fits.intercepts)

    def divide_by_hessian(
        self,
        probs: Float[np.ndarray, "example column"],
        gradient: Fits,
        target: Float[np.ndarray, " column"],
    ) -> tuple[Fits, Float[np.ndarray, "example column"]]:
        """Run preconditioned conjugate gradients in float32.

        If all examples had the same variance ``p (1 - p)`` and all were seen, the Hessian would be
        that variance times ``K + shift``. This is the preconditioner, with one shift for all
        columns. Applied to a residual it gives scores ``K (K + shift)^-1 @ residual``, and the
        coefficients follow from these scores without another product.
        """
        size = np.maximum(np.abs(gradient.weights).max(axis=0), 1e-300)
        residual, target = (gradient * (1 / size)).to_float32(), np.maximum(target, 1e-5)
        variance = (self.seen * probs * (1 - probs)).astype(np.float32)
        ridge, n_examples = self.ridge.astype(np.float32), np.float32(len(probs))
        shifts = ridge * n_examples / np.maximum(variance.sum(axis=0), 1e-12)
        shift, smoother = self._preconditioner(float(np.median(shifts)))
        step = direction = residual * np.float32(0)
        moved = scores = np.zeros_like(variance)
        smooth = smoother @ residual.weights
        rho = _pair(residual, smooth, residual.intercepts / n_examples)
        tolerance, before, beta = target**2 * rho, rho, np.zeros_like(rho)
        for _ in range(MOST_INNER_STEPS):
            preconditioned = Fits(
                (residual.weights - smooth) / shift, residual.intercepts / n_examples
            )
            direction = preconditioned + direction * beta
            scores = smooth + scores * beta
            errors = variance * (scores + direction.intercepts)
            hessian_direction = Fits(errors + ridge * direction.weights, errors.sum(axis=0))
            curvature = _pair(hessian_direction, scores, direction.intercepts)
            # Solved columns stand still, because rounding would lead them astray.
            is_active = (rho > tolerance) & (curvature > 0)
            length = np.where(is_active, rho / np.maximum(curvature, 1e-30), np.float32(0))
            step, moved = step + direction * length, moved + scores * length
            residual = residual - hessian_direction * length
            # At the rate of the last iteration this one was enough: save the confirming product.
            expected = rho * np.minimum(rho / np.maximum(before, 1e-30), 1)
            if (expected <= tolerance)[is_active].all():
                break
            smooth = smoother @ residual.weights
            rho, before = _pair(residual, smooth, residual.intercepts / n_examples), rho
            beta = np.where(rho > tolerance, rho / np.maximum(before, 1e-30), np.float32(0))
        return step * size, (moved + step.intercepts) * size

    def _preconditioner(self, shift: float) -> tuple[np.float32, Float[np.ndarray, "row column"]]:
        """A shift near the given one, and ``K (K + shift)^-1``, in float32."""
        known, n_examples = self.preconditioners, len(self.values)
        power = round(np.log(max(shift, 1e-5 * n_examples)) / np.log(SHIFT_RATIO))
        shift = SHIFT_RATIO**power
        if shift not in known:
            is_well_conditioned = shift >= 1e-4 * n_examples
            shifted = (self.values32 if is_well_conditioned else self.values).copy()
            shifted.flat[:: n_examples + 1] += shift
            factor = _inverse_of_factor(shifted).astype(np.float32)
            smoother = factor.T @ factor
            smoother *= np.float32(-shift)
            smoother.flat[:: n_examples + 1] += 1
            known[shift] = smoother
        known.move_to_end(shift)
        while len(known) > max(1, MOST_KEPT // n_examples**2):
            known.popitem(last=False)
        return np.float32(shift), known[shift]


def _pair(gradient: Fits, scores: np.ndarray, intercepts: np.ndarray) -> np.ndarray:
    """Inner product of a gradient with a direction that has these scores and intercepts."""
    return np.einsum("rc,rc->c", gradient.weights, scores) + gradient.intercepts * intercepts


def _inverse_of_factor(matrix: Float[np.ndarray, "row column"]) -> Float[np.ndarray, "row column"]:
    """Inverse of the lower Cholesky factor, by halves, so that most work is in large products."""
    if len(matrix) <= 64:
        return np.linalg.inv(np.linalg.cholesky(matrix))
    half = len(matrix) // 2
    inverse = np.zeros_like(matrix)
    first = _inverse_of_factor(matrix[:half, :half])
    below = matrix[half:, :half] @ first.T
    last = _inverse_of_factor(matrix[half:, half:] - below @ below.T)
    inverse[:half, :half], inverse[half:, half:] = first, last
    inverse[half:, :half] = -last @ (below @ first)
    return inverse
