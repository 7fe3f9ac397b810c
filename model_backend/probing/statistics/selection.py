"""Selects the best of many cells without selection bias, and computes thresholds of chance.

Pure functions. A cell is an index into arrays; ``report`` maps it to site, layer and position.
"""

import math

import numpy as np
from jaxtyping import Bool, Float, Int

from model_backend.probing.statistics.auc import FoldedAuc, folded_auc
from model_backend.probing.statistics.cell_fits import Design

N_BOOTSTRAP = 500
LEVEL = 0.95


def nested_best(
    inner_auc: Float[np.ndarray, "cell repeat fold"],
    scores: Float[np.ndarray, "cell repeat example"],
    train_influence: Float[np.ndarray, "cell example"],
    design: Design,
) -> tuple[FoldedAuc, Int[np.ndarray, "repeat fold"]]:
    """Choose the best cell for each fold without that fold; return the AUC and the chosen cells.

    The influence by training is the mean over the chosen cells, each as often as it was chosen.
    """
    chosen = np.where(np.isnan(inner_auc), -np.inf, inner_auc).argmax(axis=0)
    held_out = np.full(scores.shape[1:], np.nan)
    for repeat, folds in enumerate(design.folds):
        cell_of_example = chosen[repeat, folds]
        held_out[repeat] = scores[cell_of_example, repeat, np.arange(len(folds))]
    auc = folded_auc(held_out, design.is_correct, design.folds)
    trained = train_influence[chosen.ravel()].mean(axis=0)
    return FoldedAuc(auc.value, auc.test_influence, trained), chosen


def chance_thresholds(
    shuffled_auc: Float[np.ndarray, "cell permutation"],
    n_right: Int[np.ndarray, " cell"],
    n_wrong: Int[np.ndarray, " cell"],
) -> Float[np.ndarray, " cell"]:
    """AUC that the best of all cells exceeds in one of twenty studies with shuffled labels.

    In every shuffled study the maximum over cells is taken in units of each cell's standard error
    under chance, so that positions with few answers do not set the threshold for all (max-T,
    Westfall and Young). NaN without shuffled studies.
    """
    n_permutations = shuffled_auc.shape[1]
    unit = np.sqrt((n_right + n_wrong + 1) / (12.0 * np.maximum(n_right * n_wrong, 1)))
    if n_permutations == 0 or np.isnan(shuffled_auc).all():
        return np.full(len(unit), math.nan)
    largest = np.nanmax((shuffled_auc - 0.5) / unit[:, None], axis=0)
    place = min(math.ceil(LEVEL * (n_permutations + 1)), n_permutations) - 1
    return np.minimum(0.5 + np.sort(largest)[place] * unit, 1.0)


def best_set(
    auc: Float[np.ndarray, " cell"],
    test_influence: Float[np.ndarray, "cell example"],
    train_influence: Float[np.ndarray, "cell example"],
    groups: Int[np.ndarray, " example"],
    rng: np.random.Generator,
) -> Bool[np.ndarray, " cell"]:
    """The cells whose AUC is not significantly below the best one.

    The best cell is compared with all others at once; a multiplier bootstrap over groups gives the
    critical value of the largest difference.
    """
    known = np.flatnonzero(~np.isnan(auc))
    found = np.zeros(len(auc), dtype=bool)
    if not len(known):
        return found
    best = known[auc[known].argmax()]
    influences = (test_influence, train_influence)
    parts = [_group_sums(part[best] - part[known], groups) for part in influences]
    error = np.sqrt(sum((part**2).sum(axis=1) for part in parts))
    error = np.maximum(error, 1e-12)
    strays = sum(
        part @ rng.standard_normal((part.shape[1], N_BOOTSTRAP), dtype=np.float32) for part in parts
    )
    critical = np.quantile((strays / error[:, None]).max(axis=0), LEVEL)
    found[known] = (auc[best] - auc[known]) / error <= critical
    found[best] = True
    return found


def _group_sums(
    influence: Float[np.ndarray, "cell example"], groups: Int[np.ndarray, " example"]
) -> Float[np.ndarray, "cell group"]:
    n_groups = int(groups.max()) + 1
    return np.stack([np.bincount(groups, row, n_groups) for row in influence]).astype(np.float32)
