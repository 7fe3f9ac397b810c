"""Weights and intercepts of many regressions, one in each column, with the arithmetic they need."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True, eq=False)
class Fits:
    """Solutions, gradients or steps: a vector of weights and an intercept for every column."""

    weights: Float[np.ndarray, "rank column"]
    intercepts: Float[np.ndarray, " column"]

    def scores_of(
        self, values: Float[np.ndarray, "example rank"]
    ) -> Float[np.ndarray, "example column"]:
        """Log-odds of a positive label, for every example by every column."""
        return values @ self.weights + self.intercepts

    def select(self, columns: np.ndarray | slice) -> "Fits":
        """Some of the columns, by number, mask or slice."""
        return Fits(self.weights[:, columns], self.intercepts[columns])

    def dot(self, other: "Fits") -> Float[np.ndarray, " column"]:
        products = np.einsum("rc,rc->c", self.weights, other.weights)
        return products + self.intercepts * other.intercepts

    def to_float32(self) -> "Fits":
        return Fits(self.weights.astype(np.float32), self.intercepts.astype(np.float32))

    def __add__(self, other: "Fits") -> "Fits":
        return Fits(self.weights + other.weights, self.intercepts + other.intercepts)

    def __sub__(self, other: "Fits") -> "Fits":
        return Fits(self.weights - other.weights, self.intercepts - other.intercepts)

    def __mul__(self, factor: "Fits | np.ndarray | float") -> "Fits":
        """Entry by entry, or every column by a number of its own."""
        if isinstance(factor, Fits):
            return Fits(self.weights * factor.weights, self.intercepts * factor.intercepts)
        return Fits(self.weights * factor, self.intercepts * factor)
