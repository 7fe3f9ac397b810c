"""Fitted rows survive a restart, also those that an older version wrote."""

from dataclasses import fields
from pathlib import Path

import numpy as np

from model_backend.probing.atomic_files import read_arrays, write_arrays
from model_backend.probing.statistics.row_fits import FittedRow, fit_row, read_row, write_row
from tests.model_backend.probing.synthetic_data import draw_features, draw_labels, make_design

N = 80
OLD_NAMES = {
    *("auc", "tested", "taught", "auprc", "scores", "inner_auc", "shuffled_auc", "penalty"),
    *("weights", "intercept"),
}
"""Arrays of a row in the folder of an unfinished study, as every version so far wrote them."""


def make_row() -> FittedRow:
    design = make_design(draw_labels(N, 0), n_repeats=1, n_permutations=2)
    features = draw_features(design.is_correct, 4, 2.0, seed=1)
    return fit_row([features], np.ones((1, N), dtype=bool), design, advance=lambda _: None)


def test_a_row_that_is_written_is_read_again(tmp_path: Path) -> None:
    row = make_row()
    write_row(tmp_path / "row.npz", row)
    again = read_row(tmp_path / "row.npz")
    for field in fields(FittedRow):
        np.testing.assert_array_equal(getattr(again, field.name), getattr(row, field.name))
    assert np.abs(again.train_influence).sum() > 0


def test_the_names_of_arrays_in_files_never_change(tmp_path: Path) -> None:
    row = make_row()
    write_row(tmp_path / "row.npz", row)
    arrays = read_arrays(tmp_path / "row.npz")
    assert set(arrays) == OLD_NAMES | {"fold_penalties"}
    del arrays["fold_penalties"]  # older versions did not write them
    arrays["tested"], arrays["taught"] = arrays["tested"] + 1, arrays["taught"] + 2
    write_arrays(tmp_path / "old.npz", arrays)
    old = read_row(tmp_path / "old.npz")
    np.testing.assert_array_equal(old.test_influence, row.test_influence + 1)
    np.testing.assert_array_equal(old.train_influence, row.train_influence + 2)
    assert np.isnan(old.fold_penalties).all() and (row.fold_penalties > 0).all()
