"""Newton's method for many ridge-penalised logistic regressions at once, one in each column.

Each step solves a linear system by preconditioned conjugate gradients. ``primal`` and ``dual`` do
that in coordinates of their own; the loop around it, the step size and the stopping rule are here.
"""

from abc import ABC, abstractmethod
from copy import copy

import numpy as np
from jaxtyping import Float, Int

from model_backend.logistic.coordinates import Coordinates
from model_backend.logistic.fits import Fits

FORCING, FINE_FORCING = 0.08, 0.02
"""Share of the gradient that a step may leave unsolved, early and late (inexact Newton)."""

FINE_BELOW, EXACT_BELOW, CHECK_BELOW = 0.5, 0.01, 0.003
"""Largest change of a score by the step before, in log-odds, below which the next step is solved
more finely, scores are recomputed in float64, and convergence is checked: each costs a product."""

MOST_INNER_STEPS = 250


class Problem(ABC):
    """For every column, minimise ``ridge / 2 |w|^2`` plus the log losses of its seen examples.

    ``w`` are weights in units of the activations, up to a rotation. ``labels`` and ``seen`` hold
    zeros and ones, a column for each regression.
    """

    most_steps = 60

    def __init__(
        self,
        coordinates: Coordinates,
        labels: Float[np.ndarray, "example column"],
        seen: Float[np.ndarray, "example column"],
        ridge: Float[np.ndarray, " column"],
    ) -> None:
        self.values, self.values32 = coordinates.values, coordinates.values32
        self.labels, self.seen, self.ridge = labels, seen, ridge
        self.longest_example = float(np.sqrt(1 + self.squared_lengths().max(initial=0)))

    @abstractmethod
    def squared_lengths(self) -> Float[np.ndarray, " example"]:
        """Squared distance of every example from the origin."""

    @abstractmethod
    def gradient_of(self, errors: Float[np.ndarray, "example column"]) -> Fits:
        """Gradient of ``sum(errors * scores)`` with respect to weights and intercepts."""

    @abstractmethod
    def norm(self, gradient: Fits) -> Float[np.ndarray, " column"]:
        """Euclidean norm of a gradient with respect to ``w`` and the intercept, in float64."""

    @abstractmethod
    def squared_weights(self, fits: Fits, scores: np.ndarray) -> Float[np.ndarray, " column"]:
        """``|w|^2`` of fits with these scores."""

    @abstractmethod
    def divide_by_hessian(
        self,
        probs: Float[np.ndarray, "example column"],
        gradient: Fits,
        target: Float[np.ndarray, " column"],
    ) -> tuple[Fits, Float[np.ndarray, "example column"]]:
        """Solve ``Hessian @ step = gradient`` up to a share ``target`` of the gradient.

        Also returns the scores of the step, in float32 accuracy.
        """

    def select(self, columns: np.ndarray | slice) -> "Problem":
        """The same problem for some of its columns."""
        part = copy(self)
        part.labels, part.seen = self.labels[:, columns], self.seen[:, columns]
        part.ridge = self.ridge[columns]
        return part

    def solve(self, tolerance: float) -> tuple[Fits, Int[np.ndarray, " unsolved"]]:
        """Take Newton steps until no score can be further than ``tolerance`` from its final value.

        Also returns the columns that ``most_steps`` steps did not solve.

        The loss is strongly convex in the weights with constant ``ridge``, so a gradient of norm g
        bounds the error of the weights by g / ridge, and that of a score by ``longest_example``
        times as much. This is checked in float64, and only once a step has become small. Until
        then scores are sums of the scores of steps in float32, whose errors later steps correct.
        """
        fits = self._start()
        scores = np.broadcast_to(fits.intercepts, self.labels.shape).copy()
        largest_norm = tolerance * np.minimum(self.ridge, 1) / self.longest_example
        change = np.full(len(self.ridge), np.inf)
        active = np.arange(len(self.ridge))
        for _ in range(self.most_steps):
            near = active[change[active] <= EXACT_BELOW]
            scores[:, near] = fits.select(near).scores_of(self.values)
            last = active[change[active] <= CHECK_BELOW]
            norm = self.select(last).gradient_norm(fits.select(last), scores[:, last])
            active = np.setdiff1d(active, last[norm <= largest_norm[last]], assume_unique=True)
            if not len(active):
                break
            columns = slice(None) if len(active) == len(change) else active
            target = np.where(change[columns] < FINE_BELOW, FINE_FORCING, FORCING)
            step, moved = self.select(columns).step(
                fits.select(columns), scores[:, columns], target
            )
            change[columns] = np.abs(moved).max(axis=0, initial=0)
            fits.weights[:, columns] += step.weights
            fits.intercepts[columns] += step.intercepts
            scores[:, columns] += moved
        return fits, active

    def _start(self) -> Fits:
        """Zero weights, and each column's log-odds of a positive label among its seen examples."""
        positive = (self.seen * self.labels).sum(axis=0)
        count = self.seen.sum(axis=0)
        intercepts = np.log((positive + 0.5) / (count - positive + 0.5))
        return Fits(np.zeros((self.values.shape[1], len(self.ridge))), intercepts)

    def step(
        self, fits: Fits, scores: np.ndarray, target: np.ndarray
    ) -> tuple[Fits, Float[np.ndarray, "example column"]]:
        """A Newton step of suitable length, and by how much it changes the scores."""
        probs = sigmoid(scores)
        descent = self.negative_gradient(fits, probs)
        step, moved = self.divide_by_hessian(probs, descent, target)
        size = self.step_size(fits, scores, step, moved)
        return step * size, moved * size

    def negative_gradient(self, fits: Fits, probs: np.ndarray) -> Fits:
        descent = self.gradient_of(self.seen * (self.labels - probs))
        return Fits(descent.weights - self.ridge * fits.weights, descent.intercepts)

    def gradient_norm(self, fits: Fits, scores: np.ndarray) -> Float[np.ndarray, " column"]:
        return self.norm(self.negative_gradient(fits, sigmoid(scores)))

    def step_size(
        self, fits: Fits, scores: np.ndarray, step: Fits, moved: np.ndarray
    ) -> Float[np.ndarray, " column"]:
        """1, halved as often as needed for the loss to fall.

        The third derivative of a log loss is at most its second. So a Newton step that changes no
        score by more than 1.5 is certain to lower the loss and need not be tried.
        """
        size = np.ones(len(self.ridge))
        large = np.flatnonzero(np.abs(moved).max(axis=0, initial=0) > 1.5)
        if not len(large):
            return size
        part, fits, scores = self.select(large), fits.select(large), scores[:, large]
        step, moved, tried = step.select(large), moved[:, large], np.ones(len(large))
        before = part.loss(fits, scores)
        for _ in range(30):
            worse = part.loss(fits + step * tried, scores + tried * moved) > before
            if not worse.any():
                break
            tried[worse] /= 2
        size[large] = tried
        return size

    def loss(self, fits: Fits, scores: np.ndarray) -> Float[np.ndarray, " column"]:
        losses = np.logaddexp(0, scores) - self.labels * scores
        penalty = self.ridge / 2 * self.squared_weights(fits, scores)
        return (self.seen * losses).sum(axis=0) + penalty


def sigmoid(scores: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(scores, -500, 500)))
