"""One number for every layer and token position: the only thing that is drawn as a heatmap."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True, eq=False)
class LayerTokenGrid:
    """One number for every layer and token position, with what is needed to label it.

    Rows go from the embedding (row 0) to the last block. A cell that has no value is NaN.

    Raises:
        ValueError: the labels do not fit the values.
    """

    name: str
    values: Float[np.ndarray, "row token"]
    layer_labels: tuple[str, ...]
    token_labels: tuple[str, ...]
    unit: str = ""
    midpoint: float | None = None
    """The value that means "nothing here" (0.5 for an AUC); None when there is none."""
    site: str = ""
    """Where in the blocks it was taken, such as ``resid_mid``; empty where that is no question."""
    named_columns: bool = False
    """Whether a column is a named position over many texts (``last_q``), not a token of one."""
    column_names: tuple[str, ...] = ()
    """What the columns are called where they are not simply the positions of a text."""
    column_positions: tuple[int | None, ...] = ()
    """The token that each of such columns stands for: some may be the same one, None is missing."""
    clipped_at: float | None = None
    """Where the source drew lower values as this one; None where values are as measured."""
    source: str = ""
    """What the numbers rest on besides the text and its model, in words: the study of a score."""

    def __post_init__(self) -> None:
        labels = (len(self.layer_labels), len(self.token_labels))
        if self.values.shape != labels:
            raise ValueError(f"values have shape {self.values.shape}, labels say {labels}")


def layer_labels(n_layers: int) -> tuple[str, ...]:
    """The names of the rows of a model with ``n_layers`` blocks: ``embed, 1, 2, ... n_layers``."""
    return ("embed", *(str(layer) for layer in range(1, n_layers + 1)))
