"""The nine AUC maps of Orgad et al. 2024, for comparison with maps of studies.

``published_maps.json`` holds numbers read from figures 2 and 6 of arXiv 2410.02707v4, with an error
of about 0.005. They are results of that paper, not measurements of this project.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from model_backend.api.maps.grid import LayerTokenGrid, cell_frame

if TYPE_CHECKING:
    import pandas

FILE = Path(__file__).parent / "published_maps.json"

READING_ERROR = 0.005


@dataclass(frozen=True, eq=False)
class PublishedMap:
    """One map of the paper. As in the paper, layer 0 is the output of the first block."""

    dataset: str
    model: str
    grid: LayerTokenGrid
    metric: str
    """The paper's method of measuring; it draws values below 0.5 as 0.5."""
    source: str
    reading_error: float = READING_ERROR

    def to_pandas(self) -> "pandas.DataFrame":
        """One line for every cell: row, layer, position, AUC."""
        positions = {"position": self.grid.token_labels}
        return cell_frame(self.grid.layer_labels, positions, {"auc": self.grid.values})


@cache
def published_maps() -> tuple[PublishedMap, ...]:
    """Read all nine maps, in the order of the file."""
    content = json.loads(FILE.read_text(encoding="utf-8"))
    return tuple(_make_map(entry, content) for entry in content["maps"])


def _make_map(entry: dict, content: dict) -> PublishedMap:
    values = np.array(entry["auc"], dtype=np.float32)
    values.flags.writeable = False
    labels = tuple(str(layer) for layer in range(len(values)))
    name = f"probe AUC, {entry['dataset']}"
    grid = LayerTokenGrid(
        name,
        values,
        labels,
        tuple(entry["positions"]),
        "AUC",
        0.5,
        named_columns=True,
        clipped_at=0.5,
    )
    return PublishedMap(
        entry["dataset"], content["model"], grid, content["metric"], content["source"]
    )
