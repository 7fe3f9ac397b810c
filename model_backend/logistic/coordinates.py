"""Change of coordinates for one matrix of activations, so that many fits on it are cheap.

With clearly more examples than dimensions the new coordinates are orthogonal columns, from one
eigendecomposition (principal components). Otherwise the values are the Gram matrix of the examples,
and weights are coefficients of examples, one for each. Everything is float64.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from jaxtyping import Float

TALL = 1.5
"""Examples per dimension above which orthogonal coordinates are cheaper than a Gram matrix."""

ALIKE = 1e-12
"""Examples are equal if their mean squared distance is below this share of their mean square."""


@dataclass(frozen=True, eq=False)
class Coordinates:
    """Coordinates in which every linear function of the activations is ``values @ weights + c``."""

    values: Float[np.ndarray, "example rank"]
    eigenvalues: Float[np.ndarray, " rank"] | None
    """Diagonal of ``values.T @ values``, which is diagonal; None if values are the Gram matrix."""
    axes: Float[np.ndarray, "source rank"]
    mean: Float[np.ndarray, " hidden"]
    unit: float = 1.0
    """Root mean square distance of the examples from their mean; the values are in this unit."""
    preconditioners: OrderedDict[float, np.ndarray] = field(default_factory=OrderedDict)
    """Matrices that ``dual`` has computed for these activations, by shift, and reuses."""

    @property
    def basis(self) -> Float[np.ndarray, "source rank"]:
        """Matrix with ``(activations - mean) @ basis == values``; in ``orthogonal``, of weights."""
        return self.axes / self.unit

    @cached_property
    def values32(self) -> Float[np.ndarray, "example rank"]:
        return self.values.astype(np.float32)

    def mean_squared_distance(
        self, seen: Float[np.ndarray, "example column"]
    ) -> Float[np.ndarray, " column"]:
        """Mean squared distance of each column's seen examples from their mean; 1 if all are alike.

        ``seen`` holds zeros and ones. Many columns see the same examples, so each distinct set is
        computed once.
        """
        sets = [column.tobytes() for column in np.packbits(seen.astype(bool), axis=0).T]
        _, first, column = np.unique(sets, return_index=True, return_inverse=True)
        share = seen[:, first] / np.maximum(seen[:, first].sum(axis=0), 1)
        means = self.values.T @ share
        if self.eigenvalues is None:
            squares, of_mean = self.values.diagonal(), (share * means).sum(axis=0)
        else:
            squares, of_mean = (self.values**2).sum(axis=1), (means**2).sum(axis=0)
        squares = squares @ share
        distance = squares - of_mean
        return np.where(distance > ALIKE * squares, distance, 1.0)[column]

    @cached_property
    def orthogonal(self) -> "Coordinates":
        """Orthogonal coordinates of the same examples, made from their Gram matrix.

        ``orthogonal.basis @ weights`` turns weights in them into coefficients of examples.
        """
        eigenvalues, vectors = _eigen(self.values)
        lengths = np.sqrt(eigenvalues)
        return Coordinates(vectors * lengths, eigenvalues, vectors / lengths, self.mean)


def find_coordinates(features: Float[np.ndarray, "example hidden"]) -> Coordinates:
    """Coordinates of some activations, centred and in units of their typical distance.

    Centring changes no fit because intercepts are not penalised. Dividing by one number makes the
    result independent of the unit of the activations.
    """
    features = features.astype(np.float64)
    rounding = (32 * np.finfo(float).eps) ** 2 * np.vdot(features, features)
    mean = features.mean(axis=0)
    features -= mean
    if np.vdot(features, features) <= rounding:
        features[:] = 0
    n_examples, n_hidden = features.shape
    unit = float(np.sqrt(max(np.vdot(features, features), 1e-300) / n_examples))
    features /= unit
    if n_examples <= TALL * n_hidden:
        return Coordinates(features @ features.T, None, features.T, mean, unit)
    eigenvalues, vectors = _eigen(features.T @ features)
    return Coordinates(features @ vectors, eigenvalues, vectors, mean, unit)


def _eigen(gram: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues that exceed rounding error, and their eigenvectors."""
    eigenvalues, vectors = np.linalg.eigh(gram)
    kept = eigenvalues > max(eigenvalues[-1], 1e-300) * len(gram) * np.finfo(float).eps
    return eigenvalues[kept], vectors[:, kept]
