"""AUCs with intervals, folds, fits of a cell, and selection of the best cell."""
