"""Fits one row of a map at a time; each fitted row is written atomically."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from itertools import islice
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float
from threadpoolctl import threadpool_limits

from model_backend.probing.atomic_files import read_arrays, write_arrays
from model_backend.probing.statistics.auc import FoldedAuc
from model_backend.probing.statistics.cell_fits import CellFit, Design, fit_cell

STATED = ("auprc", "scores", "inner_auc", "shuffled_auc", "penalty", "fold_penalties")
"""Fields of a row that are a cell's own."""
STORED = {"test_influence": "tested", "train_influence": "taught"}
"""Names of arrays in the files of unfinished studies, where they differ; they never change."""


@dataclass(frozen=True, eq=False)
class FittedRow:
    """Results of the probes of one row, with one entry per position; NaN for empty cells."""

    auc: Float[np.ndarray, " position"]
    test_influence: Float[np.ndarray, "position example"]
    train_influence: Float[np.ndarray, "position example"]
    auprc: Float[np.ndarray, " position"]
    scores: Float[np.ndarray, "position repeat example"]
    inner_auc: Float[np.ndarray, "position repeat fold"]
    shuffled_auc: Float[np.ndarray, "position permutation"]
    penalty: Float[np.ndarray, " position"]
    fold_penalties: Float[np.ndarray, "position repeat fold"]
    weights: Float[np.ndarray, "position hidden"]
    intercept: Float[np.ndarray, " position"]

    def folded(self, position: int) -> FoldedAuc:
        """The AUC of a cell with the influence of every example on its error."""
        influences = self.test_influence[position], self.train_influence[position]
        return FoldedAuc(float(self.auc[position]), *influences)


def fit_row(
    activations: Iterable[Float[np.ndarray, "example hidden"]],
    present: Bool[np.ndarray, "position example"],
    design: Design,
    *,
    advance: Callable[[int], None],
) -> FittedRow:
    """Fit every cell of a row in parallel.

    Args:
        activations: the activations of each position in turn.
        present: True for the examples that have a position.
        advance: called with the number of fitted cells; an exception from it ends the fit.
    """
    fits: list[CellFit | None] = []
    n_hidden = 0
    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    # For matrix products this small, BLAS threads cost more time than they save.
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(workers, "cell") as pool:
        places = ((each[there], there) for each, there in zip(activations, present, strict=True))
        while some := list(islice(places, workers)):
            n_hidden = some[0][0].shape[1]
            cells = [pool.submit(fit_cell, each, there, design) for each, there in some]
            del some  # free the activations once they are fitted
            fits.extend(cell.result() for cell in cells)
            advance(len(fits))
    return _row(fits, design, n_hidden)


def write_row(path: Path, row: FittedRow) -> None:
    """Write a fitted row as NPZ."""
    write_arrays(path, {STORED.get(name, name): array for name, array in vars(row).items()})


def read_row(path: Path) -> FittedRow:
    """Read a row from ``write_row``; an older one has no values of C for each fold."""
    arrays = read_arrays(path)
    names = {field.name for field in fields(FittedRow)} - {"fold_penalties"}
    known = {name: arrays[STORED.get(name, name)] for name in names}
    inner = known["inner_auc"]
    penalties = arrays.get("fold_penalties", np.full_like(inner, np.nan))
    return FittedRow(**known, fold_penalties=penalties)


def _row(fits: list[CellFit | None], design: Design, n_hidden: int) -> FittedRow:
    n_positions, (n_repeats, n_examples) = len(fits), design.folds.shape
    n_permutations = len(design.shuffled)
    row = FittedRow(
        auc=np.full(n_positions, np.nan),
        test_influence=np.zeros((n_positions, n_examples), np.float32),
        train_influence=np.zeros((n_positions, n_examples), np.float32),
        auprc=np.full(n_positions, np.nan),
        scores=np.full((n_positions, n_repeats, n_examples), np.nan, np.float32),
        inner_auc=np.full((n_positions, n_repeats, design.n_folds), np.nan),
        shuffled_auc=np.full((n_positions, n_permutations), np.nan),
        penalty=np.full(n_positions, np.nan),
        fold_penalties=np.full((n_positions, n_repeats, design.n_folds), np.nan),
        weights=np.full((n_positions, n_hidden), np.nan, np.float32),
        intercept=np.full(n_positions, np.nan),
    )
    for position, fit in enumerate(fits):
        if fit is not None:
            row.auc[position] = fit.auc.value
            row.test_influence[position] = fit.auc.test_influence
            row.train_influence[position] = fit.auc.train_influence
            for name in STATED:
                getattr(row, name)[position] = getattr(fit, name)
            row.weights[position], row.intercept[position] = fit.weights, fit.intercept
    return row
