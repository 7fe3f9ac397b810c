"""Fits all probes of one cell: choice of C, tests on held-out folds, shuffled labels, final probe.

For each fold, C is chosen by the log loss on a second fold of probes trained without both. A probe
trained without two folds serves both of them, so five folds need ten fits instead of twenty. The
AUCs of the same probes choose among cells, for the nested AUC. (With C chosen by AUC, probes ranked
equally well but gave all answers nearly the same probability.)
"""

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from jaxtyping import Bool, Float, Int

from model_backend.api.study_requests import FEWEST_OF_A_CLASS
from model_backend.logistic.coordinates import Coordinates, find_coordinates
from model_backend.logistic.fits import Fits
from model_backend.logistic.solvers import SOLVERS
from model_backend.probing.statistics.auc import (
    FoldedAuc,
    auc_slopes,
    average_precision,
    folded_auc,
)

PENALTIES = (0.1, 1.0, 10.0, 100.0, 1000.0)
"""Values of C, small ones first, so that the more regularised probe wins a tie."""

TOLERANCE = 5e-4
"""Bound on the error of a score in log-odds (see ``newton``); actual errors stay below 1e-4."""


@dataclass(frozen=True, eq=False)
class Design:
    """Labels, groups, folds and shuffled labels, which all cells of a study share."""

    is_correct: Bool[np.ndarray, " example"]
    groups: Int[np.ndarray, " example"]
    folds: Int[np.ndarray, "repeat example"]
    shuffled: Bool[np.ndarray, "permutation example"]
    penalties: tuple[float, ...] = PENALTIES
    solver: str = "fast"
    """A name in ``SOLVERS``."""

    @property
    def n_folds(self) -> int:
        """Number of folds in each repeat."""
        return int(self.folds.max()) + 1

    def only(self, kept: Bool[np.ndarray, " example"]) -> "Design":
        """The same design restricted to the examples where ``kept`` is True."""
        return replace(
            self,
            is_correct=self.is_correct[kept],
            groups=self.groups[kept],
            folds=self.folds[:, kept],
            shuffled=self.shuffled[:, kept],
        )

    def allows_fitting(self) -> bool:
        """True with at least ``FEWEST_OF_A_CLASS`` right and as many wrong answers."""
        return bool(min(self.is_correct.sum(), (~self.is_correct).sum()) >= FEWEST_OF_A_CLASS)


@dataclass(frozen=True, eq=False)
class CellFit:
    """Scores, AUCs and final probe of one cell."""

    scores: Float[np.ndarray, "repeat example"]
    """Log-odds of being right, from probes trained without the example; NaN where missing."""
    auc: FoldedAuc
    auprc: float
    """Average precision in finding wrong answers, over folds."""
    inner_auc: Float[np.ndarray, "repeat fold"]
    """AUC of this cell without the fold; the nested AUC chooses cells by it."""
    shuffled_auc: Float[np.ndarray, " permutation"]
    penalty: float
    """C of the final probe."""
    fold_penalties: Float[np.ndarray, "repeat fold"]
    """C of the probes that scored each fold."""
    weights: Float[np.ndarray, " hidden"]
    """Weights of the final probe, fitted on all examples, for raw activations."""
    intercept: float


def fit_cell(
    features: Float[np.ndarray, "present hidden"],
    present: Bool[np.ndarray, " example"],
    design: Design,
) -> CellFit | None:
    """Fit and test all probes of one cell; None if too few answers have this position.

    Args:
        features: activations of the examples where ``present`` is True.
    """
    part = design.only(present)
    if not part.allows_fitting():
        return None
    cell = Cell(find_coordinates(features), part)
    inner, penalties = cell.choose()
    tested = cell.test(penalties)
    weights, intercept, penalty = cell.keep(penalties)
    auc = FoldedAuc(
        tested.auc.value,
        _among_all(tested.auc.test_influence, present, 0.0),
        _among_all(tested.auc.train_influence, present, 0.0),
    )
    return CellFit(
        scores=_among_all(tested.scores, present, np.nan),
        auc=auc,
        auprc=cell.auprc(tested.scores),
        inner_auc=inner,
        shuffled_auc=cell.shuffle(penalties[0]),
        penalty=penalty,
        fold_penalties=penalties,
        weights=weights,
        intercept=intercept,
    )


@dataclass(frozen=True, eq=False)
class HeldOutResult:
    """The probes of a cell for each repeat and fold, with their held-out scores and AUC."""

    fits: Fits
    scores: Float[np.ndarray, "repeat present"]
    auc: FoldedAuc


@dataclass(frozen=True, eq=False)
class Cell:
    """The examples of one cell, in the coordinates of the solver."""

    coordinates: Coordinates
    design: Design

    def choose(self) -> tuple[np.ndarray, np.ndarray]:
        """Choose C for every repeat and fold without that fold; return the AUCs and the values of
        C."""
        design, pairs = self.design, list(combinations(range(self.design.n_folds), 2))
        grid = np.array(design.penalties)
        seen = np.stack(
            [(folds != one) & (folds != two) for folds in design.folds for one, two in pairs],
            axis=1,
        )
        labels = design.is_correct[:, None]
        scores = self._scores(labels, seen.repeat(len(grid), axis=1), np.tile(grid, seen.shape[1]))
        scores = scores.reshape(len(scores), len(design.folds), len(pairs), len(grid))
        inner = np.zeros((len(design.folds), design.n_folds))
        penalties = np.zeros_like(inner)
        for repeat, folds in enumerate(design.folds):
            for fold in range(design.n_folds):
                others = [(n, sum(pair) - fold) for n, pair in enumerate(pairs) if fold in pair]
                held_out = _held_out(scores[:, repeat], folds, others)
                best = _log_losses(held_out, design.is_correct).argmin()
                penalties[repeat, fold] = grid[best]
                auc = folded_auc(held_out[None, :, best], design.is_correct, folds[None])
                inner[repeat, fold] = auc.value
        return inner, penalties

    def test(self, penalties: Float[np.ndarray, "repeat fold"]) -> HeldOutResult:
        """Score every example with probes trained without it, and compute the AUC of the scores."""
        design = self.design
        n_repeats, n_folds = penalties.shape
        seen = np.concatenate(
            [folds[:, None] != np.arange(n_folds) for folds in design.folds], axis=1
        )
        labels = np.broadcast_to(design.is_correct[:, None], seen.shape)
        fits = self._fit(labels, seen, penalties.ravel())
        columns = fits.scores_of(self.coordinates.values)
        scores = columns.reshape(len(columns), n_repeats, n_folds)
        each = np.arange(len(columns))
        held_out = np.stack([scores[each, repeat, f] for repeat, f in enumerate(design.folds)])
        auc = folded_auc(held_out, design.is_correct, design.folds)
        slopes = np.zeros_like(columns)
        for column, tested in enumerate(~seen.T):
            slopes[tested, column] = auc_slopes(columns[tested, column], design.is_correct[tested])
        influence = SOLVERS[design.solver].influence(
            self.coordinates, fits, labels, seen, penalty=penalties.ravel(), slopes=slopes
        )
        auc = FoldedAuc(auc.value, auc.test_influence, influence.mean(axis=1))
        return HeldOutResult(fits, held_out, auc)

    def shuffle(self, penalties: Float[np.ndarray, " fold"]) -> Float[np.ndarray, " permutation"]:
        """AUCs with shuffled labels, on the folds and with the values of C of the first repeat."""
        shuffled, folds = self.design.shuffled, self.design.folds[0]
        seen = folds[:, None] != np.arange(len(penalties))
        scores = self._scores(
            shuffled.T.repeat(len(penalties), axis=1),
            np.tile(seen, len(shuffled)),
            np.tile(penalties, len(shuffled)),
        )
        scores = scores.reshape(len(folds), len(shuffled), len(penalties))
        each = np.arange(len(folds))
        return np.array(
            [
                folded_auc(scores[each, number, folds][None], labels, folds[None]).value
                for number, labels in enumerate(shuffled)
            ]
        )

    def keep(self, penalties: np.ndarray) -> tuple[np.ndarray, float, float]:
        """Fit the final probe on all examples; return its weights and intercept, and C."""
        penalty = float(np.exp(np.median(np.log(penalties))))
        labels = self.design.is_correct[:, None]
        fits = self._fit(labels, np.ones_like(labels), np.array([penalty]))
        weights = self.coordinates.basis @ fits.weights[:, 0]
        return weights, float(fits.intercepts[0] - weights @ self.coordinates.mean), penalty

    def auprc(self, scores: Float[np.ndarray, "repeat present"]) -> float:
        """Average precision for finding wrong answers, mean over folds."""
        values = [
            average_precision(-repeat[folds == fold], ~self.design.is_correct[folds == fold])
            for repeat, folds in zip(scores, self.design.folds, strict=True)
            for fold in range(self.design.n_folds)
        ]
        return float(np.nanmean(values))

    def _scores(self, labels: np.ndarray, seen: np.ndarray, penalty: np.ndarray) -> np.ndarray:
        labels = np.broadcast_to(labels, seen.shape)
        return self._fit(labels, seen, penalty).scores_of(self.coordinates.values)

    def _fit(self, labels: np.ndarray, seen: np.ndarray, penalty: np.ndarray) -> Fits:
        fit = SOLVERS[self.design.solver].fit
        return fit(self.coordinates, labels, seen, penalty, tolerance=TOLERANCE)


def _held_out(
    scores: Float[np.ndarray, "present pair penalty"],
    folds: Int[np.ndarray, " present"],
    tested: list[tuple[int, int]],
) -> Float[np.ndarray, "present penalty"]:
    """Scores of some folds, each from the probes of its pair of folds; NaN for other examples."""
    held_out = np.full((len(scores), scores.shape[2]), np.nan)
    for pair, fold in tested:
        held_out[folds == fold] = scores[folds == fold, pair]
    return held_out


def _log_losses(
    scores: Float[np.ndarray, "present penalty"], is_correct: Bool[np.ndarray, " present"]
) -> Float[np.ndarray, " penalty"]:
    known = ~np.isnan(scores[:, 0])
    scores = scores[known]
    return (np.logaddexp(0, scores) - is_correct[known, None] * scores).sum(axis=0)


def _among_all(values: np.ndarray, present: np.ndarray, missing: float) -> np.ndarray:
    """Spread values of present examples over all examples, with ``missing`` for the rest."""
    spread = np.full((*values.shape[:-1], len(present)), missing)
    spread[..., present] = values
    return spread
