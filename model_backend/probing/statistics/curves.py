"""What stands behind one cell of a map: its ROC curve, its scores by class, its calibration."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

N_BINS = 10


@dataclass(frozen=True, eq=False)
class RocCurve:
    """A receiver operating characteristic: how many wrong answers are let in for the right ones."""

    false_positive_rate: Float[np.ndarray, " point"]
    true_positive_rate: Float[np.ndarray, " point"]


@dataclass(frozen=True, eq=False)
class ScoreBins:
    """Scores between 0 and 1 in bins of equal width."""

    edges: Float[np.ndarray, " edge"]
    n_right: Int[np.ndarray, " bin"]
    n_wrong: Int[np.ndarray, " bin"]
    mean_score: Float[np.ndarray, " bin"]
    """NaN in an empty bin, as is the next."""
    share_right: Float[np.ndarray, " bin"]
    """Calibrated scores have a share of right answers equal to their mean."""


def roc_curve(
    scores: Float[np.ndarray, " example"], is_right: Bool[np.ndarray, " example"]
) -> RocCurve:
    """From (0, 0) to (1, 1), with one point for every distinct score; NaN scores are left out."""
    known = ~np.isnan(scores)
    scores, is_right = scores[known], is_right[known]
    order = np.argsort(-scores, kind="stable")
    right = np.cumsum(is_right[order])
    wrong = np.cumsum(~is_right[order])
    # The last of every run of equal scores: a curve has no points within a tie.
    last = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))[: len(order)]
    return RocCurve(
        np.concatenate([[0.0], wrong[last] / max(int((~is_right).sum()), 1)]),
        np.concatenate([[0.0], right[last] / max(int(is_right.sum()), 1)]),
    )


def bin_scores(
    scores: Float[np.ndarray, " example"], is_right: Bool[np.ndarray, " example"]
) -> ScoreBins:
    """How many right and wrong answers got which score, and how often those were right."""
    known = ~np.isnan(scores)
    scores, is_right = scores[known], is_right[known]
    edges = np.linspace(0, 1, N_BINS + 1)
    bins = np.clip((scores * N_BINS).astype(int), 0, N_BINS - 1)
    right = np.bincount(bins[is_right], minlength=N_BINS)
    count = np.bincount(bins, minlength=N_BINS)
    total = np.bincount(bins, weights=scores, minlength=N_BINS)
    with np.errstate(invalid="ignore"):
        return ScoreBins(edges, right, count - right, total / count, right / count)
