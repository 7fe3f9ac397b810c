"""Simulated activations with no signal or with one direction that separates the classes."""

import math

import numpy as np

from model_backend.probing.statistics.cell_fits import Design
from model_backend.probing.statistics.folds import draw_folds, shuffle_labels


def make_design(
    is_correct: np.ndarray,
    groups: np.ndarray | None = None,
    *,
    n_repeats: int = 2,
    n_permutations: int = 0,
    seed: int = 0,
) -> Design:
    """A design with five folds for given labels."""
    rng = np.random.default_rng(seed)
    groups = np.arange(len(is_correct)) if groups is None else groups
    folds = np.stack([draw_folds(is_correct, groups, 5, rng) for _ in range(n_repeats)])
    shuffled = np.array(
        [shuffle_labels(is_correct, groups, rng) for _ in range(n_permutations)], dtype=bool
    ).reshape(n_permutations, len(is_correct))
    return Design(is_correct, groups, folds, shuffled)


def draw_labels(n: int, seed: int, share: float = 0.4) -> np.ndarray:
    return np.random.default_rng([seed, 1]).random(n) < share


def draw_features(is_correct: np.ndarray, width: int, distance: float, seed: int) -> np.ndarray:
    """Gaussian activations whose classes lie ``distance`` apart along the first axis."""
    features = np.random.default_rng([seed, 2]).normal(size=(len(is_correct), width))
    features[:, 0] += distance * is_correct
    return features


def true_auc(weights: np.ndarray, distance: float) -> float:
    """Expected AUC of a probe on unlimited examples from ``draw_features``."""
    separation = weights[0] * distance / np.linalg.norm(weights) / math.sqrt(2)
    return 0.5 * (1 + math.erf(separation / math.sqrt(2)))
