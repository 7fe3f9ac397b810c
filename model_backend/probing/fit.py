"""Many logistic regressions on the same activations, solved together; pure NumPy, in float64.

Every fit of a cell (folds, values of C, shuffled labels) sees the same activations and differs only
in its labels and in which examples it may look at. So the activations are turned once into
coordinates ``Z`` whose columns are orthogonal (one eigendecomposition, of the smaller of the two
Gram matrices), and all fits are columns of one masked Newton problem: two matrix products move
every one of them a step. Each step's linear system is solved by conjugate gradients, which the
eigenvalues precondition well.
"""

from copy import copy
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

TOLERANCE = 1e-5
"""How far a score may be from that of the exact solution; a bound, seldom reached."""

ALIKE = 1e-12
"""Examples are alike if the square of their distance is this small a part of that from the mean."""

MOST_STEPS, MOST_INNER_STEPS = 60, 250
MOST_NUMBERS = 4_000_000
"""Examples times columns that are worked on at once: it bounds memory."""


@dataclass(frozen=True, eq=False)
class Coordinates:
    """One cell's activations in coordinates that suit fitting."""

    values: Float[np.ndarray, "example rank"]
    """Every linear function of the activations is one of these, with weights of the same length."""
    eigenvalues: Float[np.ndarray, " rank"]
    """Of ``values.T @ values``, which is diagonal."""
    basis: Float[np.ndarray, "hidden rank"]
    """``(activations - mean) @ basis`` are the values."""
    mean: Float[np.ndarray, " hidden"]


@dataclass(frozen=True, eq=False)
class Fits:
    """The solutions, one in each column."""

    weights: Float[np.ndarray, "rank column"]
    intercepts: Float[np.ndarray, " column"]

    def scores_of(
        self, values: Float[np.ndarray, "example rank"]
    ) -> Float[np.ndarray, "example column"]:
        """Log-odds of being right, of every example by every fit."""
        return values @ self.weights + self.intercepts

    def only(self, kept: np.ndarray) -> "Fits":
        """Some of the columns."""
        return Fits(self.weights[:, kept], self.intercepts[kept])

    def times(self, factor: float | np.ndarray) -> "Fits":
        return Fits(self.weights * factor, self.intercepts * factor)

    def scaled(self, scale: "Fits") -> "Fits":
        """Entry by entry."""
        return Fits(self.weights * scale.weights, self.intercepts * scale.intercepts)

    def plus(self, other: "Fits", factor: np.ndarray) -> "Fits":
        weights = self.weights + factor * other.weights
        return Fits(weights, self.intercepts + factor * other.intercepts)

    def single(self) -> "Fits":
        """The same in float32."""
        return Fits(self.weights.astype(np.float32), self.intercepts.astype(np.float32))

    def dot(self, other: "Fits") -> np.ndarray:
        products = np.einsum("rc,rc->c", self.weights, other.weights)
        return products + self.intercepts * other.intercepts


def find_coordinates(features: Float[np.ndarray, "example hidden"]) -> Coordinates:
    """Orthogonal coordinates of the activations, from the smaller of the two Gram matrices.

    The mean that is taken off changes no fit, since intercepts are not penalised. Examples lie at
    about distance 1 from it, whatever the activations' own unit.
    """
    features = features.astype(np.float64)
    rounding = (32 * np.finfo(float).eps) ** 2 * (features**2).sum()
    mean = features.mean(axis=0)
    features = features - mean
    n_examples, n_hidden = features.shape
    is_wide = n_examples < n_hidden
    gram = features @ features.T if is_wide else features.T @ features
    eigenvalues, vectors = np.linalg.eigh(gram)
    kept = eigenvalues > max(eigenvalues[-1] * len(gram) * np.finfo(float).eps, rounding)
    eigenvalues, vectors = eigenvalues[kept], vectors[:, kept]
    basis = features.T @ vectors / np.sqrt(eigenvalues) if is_wide else vectors
    values = vectors * np.sqrt(eigenvalues) if is_wide else features @ vectors
    unit = np.sqrt(max(eigenvalues.sum(), 1e-300) / n_examples)
    return Coordinates(values / unit, eigenvalues / unit**2, basis / unit, mean)


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
    width = max(1, MOST_NUMBERS // max(n_examples, 1))
    parts = [Fits(np.zeros((coordinates.values.shape[1], 0)), np.zeros(0))]
    for start in range(0, n_columns, width):
        part = slice(start, start + width)
        seen = is_seen[:, part].astype(np.float64)
        ridge = _spread(coordinates, seen) / penalty[part]
        problem = _Problem(coordinates, is_right[:, part].astype(np.float64), seen, ridge)
        parts.append(problem.solve(tolerance))
    weights = np.concatenate([part.weights for part in parts], axis=1)
    return Fits(weights, np.concatenate([part.intercepts for part in parts]))


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
    seen = is_seen.astype(np.float64)
    ridge = _spread(coordinates, seen) / penalty
    problem = _Problem(coordinates, is_right.astype(np.float64), seen, ridge)
    scores = fits.scores_of(coordinates.values)
    right = Fits(problem.zt @ slopes, slopes.sum(axis=0))
    target = 1e-3 * np.sqrt(right.dot(right))
    per_gradient = problem.divide_by_hessian(scores, right, target)
    errors = seen * (problem.labels - _sigmoid(scores))
    return errors * per_gradient.scores_of(coordinates.values)


def _spread(coordinates: Coordinates, seen: np.ndarray) -> Float[np.ndarray, " column"]:
    """Mean squared distance of the seen examples from their mean, by column; 1 where they are all
    alike, which is told from rounding by ``ALIKE``."""
    count = np.maximum(seen.sum(axis=0), 1)
    squares = (coordinates.values**2).sum(axis=1) @ seen / count
    means = coordinates.values.T @ seen / count
    spread = squares - (means**2).sum(axis=0)
    return np.where(spread > ALIKE * squares, spread, 1.0)


class _Problem:
    """Minimise, for every column, ``ridge / 2 |w|^2 + sum of seen log losses``."""

    def __init__(
        self, coordinates: Coordinates, labels: np.ndarray, seen: np.ndarray, ridge: np.ndarray
    ) -> None:
        self.z = np.ascontiguousarray(coordinates.values)
        self.zt = np.ascontiguousarray(self.z.T)
        self.z32, self.zt32 = self.z.astype(np.float32), self.zt.astype(np.float32)
        self.eigenvalues = coordinates.eigenvalues
        self.labels, self.seen, self.ridge = labels, seen, ridge
        self.longest = np.sqrt(1 + (self.z**2).sum(axis=1).max(initial=0))

    def only(self, kept: np.ndarray) -> "_Problem":
        """The same problem for some of its columns."""
        part = copy(self)
        part.labels, part.seen = self.labels[:, kept], self.seen[:, kept]
        part.ridge = self.ridge[kept]
        return part

    def solve(self, tolerance: float) -> Fits:
        """Newton steps until no score can be further than ``tolerance`` from its final value.

        The loss is at least ``ridge`` strongly convex in the weights, so a gradient of length g
        leaves weights within g / ridge of the solution, and scores within ``longest`` times that.
        """
        fits = self._start()
        scores = np.broadcast_to(fits.intercepts, self.labels.shape).copy()
        enough = tolerance * np.minimum(self.ridge, 1) / self.longest
        open_ = np.arange(len(self.ridge))
        for _ in range(MOST_STEPS):
            now = self.only(open_)
            weights, theirs = fits.weights[:, open_], scores[:, open_]
            down = now.downhill(weights, theirs)
            far = np.sqrt((down.weights**2).sum(axis=0) + down.intercepts**2) > enough[open_]
            open_ = open_[far]
            if not len(open_):
                break
            now, weights, theirs = now.only(far), weights[:, far], theirs[:, far]
            step = now.newton(theirs, down.only(far), enough[open_])
            moved = step.scores_of(now.z)
            size = now.step_size(weights, theirs, step.weights, moved)
            fits.weights[:, open_] += size * step.weights
            fits.intercepts[open_] += size * step.intercepts
            scores[:, open_] += size * moved
        return fits

    def _start(self) -> Fits:
        """No weights, and the log-odds of being right among what each column sees."""
        right = (self.seen * self.labels).sum(axis=0)
        count = self.seen.sum(axis=0)
        intercepts = np.log((right + 0.5) / (count - right + 0.5))
        return Fits(np.zeros((self.z.shape[1], len(self.ridge))), intercepts)

    def downhill(self, weights: np.ndarray, scores: np.ndarray) -> Fits:
        """The gradient, turned round."""
        errors = self.seen * (self.labels - _sigmoid(scores))
        return Fits(self.zt @ errors - self.ridge * weights, errors.sum(axis=0))

    def newton(self, scores: np.ndarray, down: Fits, enough: np.ndarray) -> Fits:
        """The step to where the gradient would vanish, as exactly as this stage needs."""
        length = np.sqrt((down.weights**2).sum(axis=0) + down.intercepts**2)
        forcing = 0.1 * np.minimum(0.1, length / length.max())
        return self.divide_by_hessian(scores, down, np.maximum(forcing * length, 0.1 * enough))

    def divide_by_hessian(self, scores: np.ndarray, right: Fits, target: np.ndarray) -> Fits:
        """Solve Hessian @ x = right until what is left is shorter than ``target``.

        Preconditioned conjugate gradients. If every example had the same curvature and all were
        seen, the Hessian would be diagonal in these coordinates: that is the preconditioner. In
        float32, which is twice as fast: what a step misses, the next one finds, for its gradient
        is in float64.
        """
        target = np.maximum(target, 1e-5 * np.sqrt(right.dot(right))).astype(np.float32)
        size = np.maximum(np.sqrt(right.dot(right)), 1e-300)
        right, target = right.times(1 / size).single(), (target / size).astype(np.float32)
        probs = _sigmoid(scores)
        curvature = (self.seen * probs * (1 - probs)).astype(np.float32)
        total = np.maximum(curvature.sum(axis=0), 1e-12)
        ridge = self.ridge.astype(np.float32)
        scale = Fits(1 / (np.outer(self.eigenvalues, total / len(self.z)) + ridge), 1 / total)
        scale = scale.single()
        x, left = right.times(0.0), right
        q = left.scaled(scale)
        way, rho = q, left.dot(q)
        for _ in range(MOST_INNER_STEPS):
            bent = curvature * way.scores_of(self.z32)
            image = Fits(self.zt32 @ bent + ridge * way.weights, bent.sum(axis=0))
            length = rho / np.maximum(way.dot(image), 1e-30)
            x, left = x.plus(way, length), left.plus(image, -length)
            if (left.dot(left) <= target**2).all():
                break
            q = left.scaled(scale)
            rho, before = left.dot(q), rho
            way = q.plus(way, rho / np.maximum(before, 1e-30))
        return x.times(size)

    def step_size(
        self, weights: np.ndarray, scores: np.ndarray, step: np.ndarray, moved: np.ndarray
    ) -> np.ndarray:
        """1, or as often halved as the loss needs to fall.

        The third derivative of a log loss is at most its second. So a Newton step that moves no
        score by more than 1.5 lowers the loss for certain, and nothing need be tried.
        """
        size = np.ones(len(self.ridge))
        bold = np.flatnonzero(np.abs(moved).max(axis=0, initial=0) > 1.5)
        if not len(bold):
            return size
        now, weights, scores = self.only(bold), weights[:, bold], scores[:, bold]
        step, moved, tried = step[:, bold], moved[:, bold], np.ones(len(bold))
        before = now.loss(weights, scores)
        for _ in range(30):
            worse = now.loss(weights + tried * step, scores + tried * moved) > before
            if not worse.any():
                break
            tried[worse] /= 2
        size[bold] = tried
        return size

    def loss(self, weights: np.ndarray, scores: np.ndarray) -> np.ndarray:
        losses = np.logaddexp(0, scores) - self.labels * scores
        return (self.seen * losses).sum(axis=0) + self.ridge / 2 * (weights**2).sum(axis=0)


def _sigmoid(scores: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(scores, -500, 500)))
