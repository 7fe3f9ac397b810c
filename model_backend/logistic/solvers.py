"""The two ways to fit, by name: the fast solver and its plain twin, with the same signatures."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from model_backend.logistic.fit import fit_probes, training_influence
from model_backend.logistic.fits import Fits
from model_backend.logistic.reference import fit_one_by_one, influence_one_by_one


@dataclass(frozen=True)
class Solver:
    """Fits regressions, and says how much each example influenced them."""

    fit: Callable[..., Fits]
    """``fit_probes`` or its twin."""
    influence: Callable[..., np.ndarray]
    """``training_influence`` or its twin."""


SOLVERS: Mapping[str, Solver] = {
    "fast": Solver(fit_probes, training_influence),
    "reference": Solver(fit_one_by_one, influence_one_by_one),
}
