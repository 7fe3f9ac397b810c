"""ROC curve, score histogram and calibration of one cell."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

N_BINS = 10


@dataclass(frozen=True, eq=False)
class RocCurve:
    """A receiver operating characteristic: true against false positive rate."""

    false_positive_rate: Float[np.ndarray, " point"]
    true_positive_rate: Float[np.ndarray, " point"]


@dataclass(frozen=True, eq=False)
class ScoreBins:
    """Scores between 0 and 1 in bins of equal width."""

    edges: Float[np.ndarray, " edge"]
    n_right: Int[np.ndarray, " bin"]
    n_wrong: Int[np.ndarray, " bin"]
    mean_score: Float[np.ndarray, " bin"]
    """NaN in an empty bin, like ``share_right``."""
    share_right: Float[np.ndarray, " bin"]
    """Share of right answers; equal to ``mean_score`` if the scores are calibrated."""


def roc_curve(
    scores: Float[np.ndarray, " example"], is_correct: Bool[np.ndarray, " example"]
) -> RocCurve:
    """ROC curve from (0, 0) to (1, 1) with a point for each distinct score; NaN scores ignored."""
    known = ~np.isnan(scores)
    scores, is_correct = scores[known], is_correct[known]
    order = np.argsort(-scores, kind="stable")
    right = np.cumsum(is_correct[order])
    wrong = np.cumsum(~is_correct[order])
    # The last of each run of equal scores, since a curve has no points within a tie.
    last = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))[: len(order)]
    return RocCurve(
        np.concatenate([[0.0], wrong[last] / max(int((~is_correct).sum()), 1)]),
        np.concatenate([[0.0], right[last] / max(int(is_correct.sum()), 1)]),
    )


def bin_scores(
    scores: Float[np.ndarray, " example"], is_correct: Bool[np.ndarray, " example"]
) -> ScoreBins:
    """Count right and wrong answers by score in ``N_BINS`` bins; NaN scores are ignored."""
    known = ~np.isnan(scores)
    scores, is_correct = scores[known], is_correct[known]
    edges = np.linspace(0, 1, N_BINS + 1)
    bins = np.clip((scores * N_BINS).astype(int), 0, N_BINS - 1)
    right = np.bincount(bins[is_correct], minlength=N_BINS)
    count = np.bincount(bins, minlength=N_BINS)
    total = np.bincount(bins, weights=scores, minlength=N_BINS)
    with np.errstate(invalid="ignore"):
        return ScoreBins(edges, right, count - right, total / count, right / count)
