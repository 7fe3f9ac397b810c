"""Newton's method for many logistic regressions at once, whatever their weights are weights of.

Each step's linear system is solved by conjugate gradients, which ``primal`` and ``dual`` do in
coordinates of their own.
"""

from abc import ABC, abstractmethod
from copy import copy
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from model_backend.logistic.coordinates import Coordinates

FORCING = 0.08
"""What a step may leave of the gradient."""

MOST_INNER_STEPS = 250


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


class Problem(ABC):
    """Minimise, for every column, ``ridge / 2 |w|^2 + sum of seen log losses``.

    ``w`` are the weights in coordinates whose unit is the activations' own, up to a turn.
    """

    most_steps = 60

    def __init__(
        self, coordinates: Coordinates, labels: np.ndarray, seen: np.ndarray, ridge: np.ndarray
    ) -> None:
        self.values = np.ascontiguousarray(coordinates.values)
        self.values32 = self.values.astype(np.float32)
        self.labels, self.seen, self.ridge = labels, seen, ridge
        self.longest = self._longest()

    @abstractmethod
    def gradient_of(self, errors: np.ndarray) -> Fits:
        """The derivative of ``errors``' product with the scores."""

    @abstractmethod
    def length(
        self, gradient: Fits, near: Float[np.ndarray, " column"]
    ) -> Float[np.ndarray, " column"]:
        """Of a gradient, in the unit of ``w`` and the intercept; above ``near`` roughly."""

    @abstractmethod
    def square(self, fits: Fits, scores: np.ndarray) -> Float[np.ndarray, " column"]:
        """``|w|^2`` of fits that give such scores."""

    @abstractmethod
    def divide_by_hessian(
        self, probs: np.ndarray, right: Fits, target: Float[np.ndarray, " column"]
    ) -> Fits:
        """Solve Hessian @ x = right, up to what is about ``target`` of its length."""

    @abstractmethod
    def _longest(self) -> float:
        """The length of the longest example, with a 1 for the intercept."""

    def only(self, kept: np.ndarray) -> "Problem":
        """The same problem for some of its columns."""
        if kept.dtype == bool and kept.all():
            return self
        part = copy(self)
        part.labels, part.seen = self.labels[:, kept], self.seen[:, kept]
        part.ridge = self.ridge[kept]
        return part

    def solve(self, tolerance: float) -> tuple[Fits, np.ndarray]:
        """Newton steps until no score can be further than ``tolerance`` from its final value.

        Also returns the columns for which ``most_steps`` were not enough.

        The loss is at least ``ridge`` strongly convex in the weights, so a gradient of length g
        leaves weights within g / ridge of the solution, and scores within ``longest`` times that.
        """
        fits = self._start()
        scores = np.broadcast_to(fits.intercepts, self.labels.shape).copy()
        enough = tolerance * np.minimum(self.ridge, 1) / self.longest
        open_ = np.arange(len(self.ridge))
        now = self
        for _ in range(self.most_steps):
            at, theirs = fits.only(open_), scores[:, open_]
            probs = sigmoid(theirs)
            down = now.downhill(at, probs)
            length = now.length(down, 10 * enough[open_])
            far = length > enough[open_]
            open_ = open_[far]
            if not len(open_):
                break
            now, at, theirs, down = now.only(far), at.only(far), theirs[:, far], down.only(far)
            # A rough step is soon made good by the next, whose curvature is truer.
            target = np.maximum(FORCING, 0.3 * enough[open_] / length[far])
            step = now.divide_by_hessian(probs[:, far], down, target)
            moved = step.scores_of(now.values)
            size = now.step_size(at, theirs, step, moved)
            fits.weights[:, open_] += size * step.weights
            fits.intercepts[open_] += size * step.intercepts
            scores[:, open_] += size * moved
        return fits, open_

    def _start(self) -> Fits:
        """No weights, and the log-odds of being right among what each column sees."""
        right = (self.seen * self.labels).sum(axis=0)
        count = self.seen.sum(axis=0)
        intercepts = np.log((right + 0.5) / (count - right + 0.5))
        return Fits(np.zeros((self.values.shape[1], len(self.ridge))), intercepts)

    def downhill(self, at: Fits, probs: np.ndarray) -> Fits:
        """The gradient, turned round."""
        errors = self.gradient_of(self.seen * (self.labels - probs))
        return Fits(errors.weights - self.ridge * at.weights, errors.intercepts)

    def step_size(
        self, at: Fits, scores: np.ndarray, step: Fits, moved: np.ndarray
    ) -> Float[np.ndarray, " column"]:
        """1, or as often halved as the loss needs to fall.

        The third derivative of a log loss is at most its second. So a Newton step that moves no
        score by more than 1.5 lowers the loss for certain, and nothing need be tried.
        """
        size = np.ones(len(self.ridge))
        bold = np.flatnonzero(np.abs(moved).max(axis=0, initial=0) > 1.5)
        if not len(bold):
            return size
        now, at, scores = self.only(bold), at.only(bold), scores[:, bold]
        step, moved, tried = step.only(bold), moved[:, bold], np.ones(len(bold))
        before = now.loss(at, scores)
        for _ in range(30):
            worse = now.loss(at.plus(step, tried), scores + tried * moved) > before
            if not worse.any():
                break
            tried[worse] /= 2
        size[bold] = tried
        return size

    def loss(self, at: Fits, scores: np.ndarray) -> Float[np.ndarray, " column"]:
        losses = np.logaddexp(0, scores) - self.labels * scores
        return (self.seen * losses).sum(axis=0) + self.ridge / 2 * self.square(at, scores)


def sigmoid(scores: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(scores, -500, 500)))
