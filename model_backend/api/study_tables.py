"""The large tables of a study: its maps, and its answers, used and dropped."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float, Int

from model_backend.api.datasets import NO_ROW
from model_backend.api.maps.grid import cell_frame, load_pandas
from model_backend.api.maps.sites import Site

if TYPE_CHECKING:
    import pandas


def no_penalties() -> Float[np.ndarray, "fitted_row fitted_position repeat fold"]:
    """The values of C of a study that did not keep them for each fold."""
    return np.empty((0, 0, 0, 0))


@dataclass(frozen=True, eq=False)
class ProbeMap:
    """AUC of every layer and named position, right answers against wrong, at one site."""

    site: Site
    auc: Float[np.ndarray, "row position"]
    """Mean over folds and repeats; 0.5 is chance."""
    low: Float[np.ndarray, "row position"]
    high: Float[np.ndarray, "row position"]
    auprc: Float[np.ndarray, "row position"]
    """Average precision in finding the wrong answers; chance is the share of wrong ones."""
    shuffled: Float[np.ndarray, "row position"]
    """Mean AUC with shuffled labels."""
    random_model: Float[np.ndarray, "row position"]
    """AUC of the same study on a model with random weights; NaN where that was not asked for."""
    in_best_set: Bool[np.ndarray, "row position"]
    """Cells not distinguishable from the best."""
    threshold: Float[np.ndarray, " position"]
    """AUC that the best of all cells exceeds by chance in 5 % of shuffled studies."""
    difference: Float[np.ndarray, "row position"]
    """Probe minus the best baseline at this position, on the same answers and folds."""
    difference_low: Float[np.ndarray, "row position"]
    difference_high: Float[np.ndarray, "row position"]
    scores: Float[np.ndarray, "row position example"]
    """P(correct) of every answer by probes that had not seen it, averaged over repeats. An AUC of
    these is near ``auc``, not equal: that is the mean over folds and repeats, each by itself."""
    penalty: Float[np.ndarray, "row position"]
    """C of the probe that is kept: smaller is more regularised."""
    fold_penalties: Float[np.ndarray, "fitted_row fitted_position repeat fold"] = field(
        default_factory=no_penalties
    )
    """C of the probes behind ``scores``, by repeat and fold; no fold in an older study."""

    @property
    def cells(self) -> dict[str, np.ndarray]:
        """Every number of a cell, by name; ``scores`` are of answers."""
        left_out = ("site", "scores", "fold_penalties")
        numbers = {name: of for name, of in vars(self).items() if name not in left_out}
        return {**numbers, "threshold": np.broadcast_to(self.threshold, self.auc.shape)}

    def to_pandas(self) -> "pandas.DataFrame":
        """One line for every cell, with the numbers of its row and column.

        ``ProbeStudy.to_pandas`` has the names of layers and positions instead.
        """
        rows, columns = self.auc.shape
        frame = cell_frame(
            [str(row) for row in range(rows)], {"column": range(columns)}, self.cells
        )
        return frame.drop(columns="layer")


@dataclass(frozen=True, eq=False)
class ExampleTable:
    """The answers behind a study, one of each in every column."""

    question: tuple[str, ...]
    right_answer: tuple[str, ...]
    aliases: tuple[tuple[str, ...], ...]
    """Other right answers of each question; none where a study did not keep them."""
    answer: tuple[str, ...]
    """Text of the model's answer."""
    exact_answer: tuple[str, ...]
    group: tuple[str, ...]
    is_correct: Bool[np.ndarray, " example"]
    baselines: Float[np.ndarray, "example baseline"]
    """Higher is more likely right; in the order of ``ProbeStudy.baseline_names``."""
    indices: Int[np.ndarray, "example position"]
    """Index of each named position among the tokens of prompt and answer; -1 if missing."""
    row: tuple[int, ...] = ()
    """Number of each answer's row in the data set's file, from 0; none in an older study."""

    @property
    def n(self) -> int:
        return len(self.question)

    def to_pandas(self, baseline_names: tuple[str, ...] = ()) -> "pandas.DataFrame":
        """One line for every answer; with ``ProbeStudy.baseline_names``, its baselines too."""
        left_out = ("baselines", "indices")
        columns = {name: of for name, of in vars(self).items() if name not in left_out}
        if not self.row:
            del columns["row"]
        scores = zip(baseline_names, self.baselines.T, strict=True) if baseline_names else ()
        return load_pandas().DataFrame({**columns, **dict(scores)})


@dataclass(frozen=True)
class DroppedAnswer:
    """An answer that could not be used, so that the selection of the others can be looked at."""

    question: str
    right_answer: str
    aliases: tuple[str, ...]
    answer: str
    """Empty where the question was too long to be asked."""
    exact_answer: str
    group: str
    reason: str
    """Reason why it could not be used, of a few that are counted."""
    why: str = ""
    """The exact cause in a sentence; empty in older studies."""
    row: int = NO_ROW
    """Number of its row in the data set's file, from 0; -1 in an older study."""
