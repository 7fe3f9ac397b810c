"""Newton steps on weights of examples: for about as many dimensions as examples, or more.

The solution is a sum of examples, ``w = activations.T @ a``. Its scores are ``K @ a`` with the Gram
matrix ``K``, so nothing here knows how wide the activations are, and a step of the conjugate
gradients takes one product with a matrix of examples x examples instead of two with the activations
(Wahba's representer theorem; Keerthi et al. 2005, https://doi.org/10.1007/s10994-005-0768-5).
"""

import numpy as np
from jaxtyping import Float

from model_backend.logistic.coordinates import Coordinates
from model_backend.logistic.newton import MOST_INNER_STEPS, Fits, Problem

MOST_KEPT = 12_000_000
"""Numbers of smoothers that a cell keeps."""

ROUGHEST = 0.03
"""Of the length of a gradient's weights: a length below this is not left to float32."""

FINEST = 4.0
"""Shifts are rounded to powers of this, so that fits share smoothers."""


class DualProblem(Problem):
    """Weights are ``a``; gradients, too, are given by what to multiply the examples with.

    Of such a gradient only what ``K`` leaves of it counts. Where that is next to nothing beside the
    rest, as for equal examples with unequal labels and a large C, float32 cannot see it. A few
    steps more than are ever needed else show that, and the fit is left to orthogonal coordinates.
    """

    most_steps = 20

    def __init__(
        self, coordinates: Coordinates, labels: np.ndarray, seen: np.ndarray, ridge: np.ndarray
    ) -> None:
        super().__init__(coordinates, labels, seen, ridge)
        self.smoothers = coordinates.smoothers

    def gradient_of(self, errors: np.ndarray) -> Fits:
        return Fits(errors, errors.sum(axis=0))

    def length(
        self, gradient: Fits, near: Float[np.ndarray, " column"]
    ) -> Float[np.ndarray, " column"]:
        weights = gradient.weights.astype(np.float32)
        rough = _length(self.values32, weights, gradient.intercepts)
        unsure = rough <= np.maximum(near, ROUGHEST * np.linalg.norm(weights, axis=0))
        if unsure.any():
            exact = gradient.only(unsure)
            rough[unsure] = _length(self.values, exact.weights, exact.intercepts)
        return rough

    def square(self, fits: Fits, scores: np.ndarray) -> Float[np.ndarray, " column"]:
        return np.einsum("rc,rc->c", fits.weights, scores - fits.intercepts)

    def _longest(self) -> float:
        return float(np.sqrt(1 + self.values.diagonal().max(initial=0)))

    def divide_by_hessian(
        self, probs: np.ndarray, right: Fits, target: Float[np.ndarray, " column"]
    ) -> Fits:
        """Preconditioned conjugate gradients.

        If every example had the same curvature and all were seen, the Hessian would be that
        curvature times ``K + shift``: that is the preconditioner, with one shift for all columns.
        What it makes of a residual has the scores ``smoother @ residual``, and its weights follow
        from them without another product. In float32; what a step misses, the next one finds.
        """
        size = np.maximum(np.abs(right.weights).max(axis=0), 1e-300)
        right, target = right.times(1 / size).single(), np.maximum(target, 1e-5)
        curvature = (self.seen * probs * (1 - probs)).astype(np.float32)
        ridge, n_examples = self.ridge.astype(np.float32), np.float32(len(probs))
        shifts = ridge * n_examples / np.maximum(curvature.sum(axis=0), 1e-12)
        shift, smoother = self._smoother(float(np.median(shifts)))
        x, left = right.times(0.0), right
        smooth = smoother @ left.weights
        rho = _product(left, smooth, left.intercepts / n_examples)
        enough = target**2 * rho
        way, scores = x, np.zeros_like(smooth)
        turn = np.zeros_like(rho)
        for _ in range(MOST_INNER_STEPS):
            q = Fits((left.weights - smooth) / shift, left.intercepts / n_examples)
            way, scores = q.plus(way, turn), smooth + turn * scores
            bent = curvature * (scores + way.intercepts)
            image = Fits(bent + ridge * way.weights, bent.sum(axis=0))
            bend = _product(image, scores, way.intercepts)
            # Columns that are there already stand still: in float32 they would be led astray.
            goes_on = (rho > enough) & (bend > 0)
            length = np.divide(rho, np.maximum(bend, 1e-30), out=np.zeros_like(rho), where=goes_on)
            x, left = x.plus(way, length), left.plus(image, -length)
            smooth = smoother @ left.weights
            rho, before = _product(left, smooth, left.intercepts / n_examples), rho
            if (rho <= enough).all():
                break
            turn = np.where(rho > enough, rho / np.maximum(before, 1e-30), 0)
        return x.times(size)

    def _smoother(self, shift: float) -> tuple[np.float32, Float[np.ndarray, "example example"]]:
        """A shift near this one, and ``K (K + shift)^-1``."""
        known, n_examples = self.smoothers, len(self.values)
        power = round(np.log(max(shift, 1e-5 * n_examples)) / np.log(FINEST))
        shift = FINEST**power
        if shift not in known:
            well_conditioned = shift >= 1e-4 * n_examples
            values = self.values32 if well_conditioned else self.values
            shifted = values + np.eye(n_examples, dtype=values.dtype) * values.dtype.type(shift)
            inverse = _inverse_of_factor(shifted).astype(np.float32)
            known[shift] = np.eye(n_examples, dtype=np.float32) - np.float32(shift) * (
                inverse.T @ inverse
            )
        known.move_to_end(shift)
        while len(known) > max(1, MOST_KEPT // n_examples**2):
            known.popitem(last=False)
        return np.float32(shift), known[shift]


def _product(gradient: Fits, scores: np.ndarray, intercepts: np.ndarray) -> np.ndarray:
    """Of a gradient with a direction that has such scores and intercepts."""
    return np.einsum("rc,rc->c", gradient.weights, scores) + gradient.intercepts * intercepts


def _length(values: np.ndarray, weights: np.ndarray, intercepts: np.ndarray) -> np.ndarray:
    square = np.einsum("rc,rc->c", weights, values @ weights)
    return np.sqrt(np.maximum(square, 0) + intercepts**2)


def _inverse_of_factor(matrix: Float[np.ndarray, "row column"]) -> Float[np.ndarray, "row column"]:
    """Of its lower Cholesky factor, by halves, so that nearly all of it is large products."""
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
