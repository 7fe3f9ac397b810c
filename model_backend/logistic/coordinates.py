"""One cell's activations, turned once into numbers that suit fitting; pure NumPy, in float64.

With clearly more examples than dimensions these are coordinates whose columns are orthogonal (one
eigendecomposition). Else a fit depends on the activations by their Gram matrix alone, and weights
are sums of examples: one weight for each of them.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from jaxtyping import Float

TALL = 1.5
"""With more examples than so many times the dimensions, orthogonal coordinates cost less."""

ALIKE = 1e-12
"""Examples are alike if the square of their distance is this small a part of that from the mean."""


@dataclass(frozen=True, eq=False)
class Coordinates:
    """Every linear function of the activations is ``values @ weights`` and a constant."""

    values: Float[np.ndarray, "example rank"]
    eigenvalues: Float[np.ndarray, " rank"] | None
    """Of ``values.T @ values``, which is diagonal; None where the values are the Gram matrix."""
    basis: Float[np.ndarray, "source rank"]
    """``(activations - mean) @ basis`` are the values; see also ``turned``."""
    mean: Float[np.ndarray, " hidden"]
    smoothers: OrderedDict[float, np.ndarray] = field(default_factory=OrderedDict)
    """What fits of this cell have found out and can use again; see ``dual``."""

    def spread(self, seen: Float[np.ndarray, "example column"]) -> Float[np.ndarray, " column"]:
        """Mean squared distance of the seen examples from their mean; 1 where they are alike."""
        share = seen / np.maximum(seen.sum(axis=0), 1)
        means = self.values.T @ share
        if self.eigenvalues is None:
            squares, of_mean = self.values.diagonal(), (share * means).sum(axis=0)
        else:
            squares, of_mean = (self.values**2).sum(axis=1), (means**2).sum(axis=0)
        squares = squares @ share
        spread = squares - of_mean
        return np.where(spread > ALIKE * squares, spread, 1.0)

    @cached_property
    def turned(self) -> "Coordinates":
        """Orthogonal coordinates of the same examples, where the values are their Gram matrix.

        Their basis is of weights: ``turned.basis @ weights`` are weights of examples.
        """
        eigenvalues, vectors = _eigen(self.values)
        lengths = np.sqrt(eigenvalues)
        return Coordinates(vectors * lengths, eigenvalues, vectors / lengths, self.mean)


def find_coordinates(features: Float[np.ndarray, "example hidden"]) -> Coordinates:
    """Coordinates of some activations.

    The mean that is taken off changes no fit, since intercepts are not penalised. Examples lie at
    about distance 1 from it, whatever the activations' own unit.
    """
    features = features.astype(np.float64)
    rounding = (32 * np.finfo(float).eps) ** 2 * np.vdot(features, features)
    mean = features.mean(axis=0)
    features -= mean
    if np.vdot(features, features) <= rounding:
        features[:] = 0
    n_examples, n_hidden = features.shape
    unit = np.sqrt(max(np.vdot(features, features), 1e-300) / n_examples)
    features /= unit
    if n_examples <= TALL * n_hidden:
        return Coordinates(features @ features.T, None, features.T / unit, mean)
    eigenvalues, vectors = _eigen(features.T @ features)
    return Coordinates(features @ vectors, eigenvalues, vectors / unit, mean)


def _eigen(gram: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues that are more than rounding, and their vectors."""
    eigenvalues, vectors = np.linalg.eigh(gram)
    kept = eigenvalues > max(eigenvalues[-1], 1e-300) * len(gram) * np.finfo(float).eps
    return eigenvalues[kept], vectors[:, kept]
