"""AUC with intervals, folds, selection of the best cell, and the fits of a cell."""
