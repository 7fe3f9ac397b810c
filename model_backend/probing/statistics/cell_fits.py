"""All probes of one cell: chosen, tested on held-out folds, shuffled, and one that is kept.

C is chosen, fold by fold, by the log loss of probes that saw neither this fold nor a second one, on
the second. A probe that did not see two folds serves both of them, so a choice among five folds
costs ten fits, not twenty. The same probes' AUCs choose among cells, for the nested AUC. (With C
chosen by AUC too, probes ranked as well and called all answers about equally likely.)
"""

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from jaxtyping import Bool, Float, Int

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
"""Values of C that are tried, small ones first: of equals the more regularised is taken."""

TOLERANCE = 5e-4
"""Of a score, in log-odds; a bound (see ``newton``), and what is reached stays below 1e-4."""

FEWEST_OF_A_CLASS = 20
"""With fewer right, or fewer wrong, answers a cell is left empty: nothing could be said of it."""


@dataclass(frozen=True, eq=False)
class Design:
    """What every cell of a study is fitted with: labels, groups, folds and shuffled labels."""

    is_right: Bool[np.ndarray, " example"]
    groups: Int[np.ndarray, " example"]
    folds: Int[np.ndarray, "repeat example"]
    shuffled: Bool[np.ndarray, "permutation example"]
    penalties: tuple[float, ...] = PENALTIES
    solver: str = "fast"
    """A name in ``SOLVERS``."""

    @property
    def n_folds(self) -> int:
        return int(self.folds.max()) + 1

    def only(self, kept: Bool[np.ndarray, " example"]) -> "Design":
        """The same design for some of the examples."""
        return replace(
            self,
            is_right=self.is_right[kept],
            groups=self.groups[kept],
            folds=self.folds[:, kept],
            shuffled=self.shuffled[:, kept],
        )

    def allows_fitting(self) -> bool:
        """Whether there are enough right and enough wrong answers."""
        return bool(min(self.is_right.sum(), (~self.is_right).sum()) >= FEWEST_OF_A_CLASS)


@dataclass(frozen=True, eq=False)
class CellFit:
    """What the probes of one cell found."""

    scores: Float[np.ndarray, "repeat example"]
    """Log-odds of being right, by probes that had not seen the example; NaN where missing."""
    auc: FoldedAuc
    auprc: float
    """Average precision in finding wrong answers, over folds."""
    inner_auc: Float[np.ndarray, "repeat fold"]
    """What was known of this cell without the fold: by this it is chosen, or not."""
    shuffled_auc: Float[np.ndarray, " permutation"]
    penalty: float
    weights: Float[np.ndarray, " hidden"]
    """Of the probe that is kept, fitted on all examples, in units of the activations."""
    intercept: float


def fit_cell(
    features: Float[np.ndarray, "present hidden"],
    present: Bool[np.ndarray, " example"],
    design: Design,
) -> CellFit | None:
    """Fit and test all probes of one cell; None where too few answers have it.

    ``features`` has a row for each example that is ``present``.
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
        weights=weights,
        intercept=intercept,
    )


@dataclass(frozen=True, eq=False)
class Tested:
    """The probes of a cell, one for each repeat and fold, and how they did on the rest."""

    fits: Fits
    scores: Float[np.ndarray, "repeat present"]
    auc: FoldedAuc


@dataclass(frozen=True, eq=False)
class Cell:
    """The examples that have a cell, in coordinates."""

    coordinates: Coordinates
    design: Design

    def choose(self) -> tuple[np.ndarray, np.ndarray]:
        """For every repeat and fold, what the AUC is with the best C, and that C, both found
        without that fold."""
        design, pairs = self.design, list(combinations(range(self.design.n_folds), 2))
        grid = np.array(design.penalties)
        seen = np.stack(
            [(folds != one) & (folds != two) for folds in design.folds for one, two in pairs],
            axis=1,
        )
        labels = design.is_right[:, None]
        scores = self._scores(labels, seen.repeat(len(grid), axis=1), np.tile(grid, seen.shape[1]))
        scores = scores.reshape(len(scores), len(design.folds), len(pairs), len(grid))
        inner = np.zeros((len(design.folds), design.n_folds))
        penalties = np.zeros_like(inner)
        for repeat, folds in enumerate(design.folds):
            for fold in range(design.n_folds):
                others = [(n, sum(pair) - fold) for n, pair in enumerate(pairs) if fold in pair]
                held_out = _held_out(scores[:, repeat], folds, others)
                best = _log_losses(held_out, design.is_right).argmin()
                penalties[repeat, fold] = grid[best]
                auc = folded_auc(held_out[None, :, best], design.is_right, folds[None])
                inner[repeat, fold] = auc.value
        return inner, penalties

    def test(self, penalties: Float[np.ndarray, "repeat fold"]) -> Tested:
        """Scores of every example by probes that had not seen it, and what they are worth."""
        design = self.design
        n_repeats, n_folds = penalties.shape
        seen = np.concatenate(
            [folds[:, None] != np.arange(n_folds) for folds in design.folds], axis=1
        )
        labels = np.broadcast_to(design.is_right[:, None], seen.shape)
        fits = self._fit(labels, seen, penalties.ravel())
        columns = fits.scores_of(self.coordinates.values)
        scores = columns.reshape(len(columns), n_repeats, n_folds)
        each = np.arange(len(columns))
        held_out = np.stack([scores[each, repeat, f] for repeat, f in enumerate(design.folds)])
        auc = folded_auc(held_out, design.is_right, design.folds)
        slopes = np.zeros_like(columns)
        for column, tested in enumerate(~seen.T):
            slopes[tested, column] = auc_slopes(columns[tested, column], design.is_right[tested])
        influence = SOLVERS[design.solver].influence(
            self.coordinates, fits, labels, seen, penalty=penalties.ravel(), slopes=slopes
        )
        auc = FoldedAuc(auc.value, auc.test_influence, influence.mean(axis=1))
        return Tested(fits, held_out, auc)

    def shuffle(self, penalties: Float[np.ndarray, " fold"]) -> Float[np.ndarray, " permutation"]:
        """AUCs with shuffled labels, on the folds of the first repeat and with its values of C."""
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
        """Weights, intercept and C of a probe fitted on all examples, in units of activations."""
        penalty = float(np.exp(np.median(np.log(penalties))))
        labels = self.design.is_right[:, None]
        fits = self._fit(labels, np.ones_like(labels), np.array([penalty]))
        weights = self.coordinates.basis @ fits.weights[:, 0]
        return weights, float(fits.intercepts[0] - weights @ self.coordinates.mean), penalty

    def auprc(self, scores: Float[np.ndarray, "repeat present"]) -> float:
        """Average precision in finding the wrong answers, mean over folds."""
        values = [
            average_precision(-repeat[folds == fold], ~self.design.is_right[folds == fold])
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
    """Scores of some folds, each by the probes of a pair of folds; NaN for all other examples."""
    held_out = np.full((len(scores), scores.shape[2]), np.nan)
    for pair, fold in tested:
        held_out[folds == fold] = scores[folds == fold, pair]
    return held_out


def _log_losses(
    scores: Float[np.ndarray, "present penalty"], is_right: Bool[np.ndarray, " present"]
) -> Float[np.ndarray, " penalty"]:
    known = ~np.isnan(scores[:, 0])
    scores = scores[known]
    return (np.logaddexp(0, scores) - is_right[known, None] * scores).sum(axis=0)


def _among_all(values: np.ndarray, present: np.ndarray, missing: float) -> np.ndarray:
    """Values of the examples that are present, among those of all examples."""
    spread = np.full((*values.shape[:-1], len(present)), missing)
    spread[..., present] = values
    return spread
