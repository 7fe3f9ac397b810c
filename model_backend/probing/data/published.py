"""The nine AUC maps of Orgad et al. 2024, to look at and to lay beside one's own.

The numbers stand in ``published_maps.json``: read back from figures 2 and 6 of arXiv 2410.02707v4,
with an error of about 0.005. They are facts of that paper, not measurements of this project.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from model_backend.api.grid import LayerTokenGrid

FILE = Path(__file__).parent / "published_maps.json"

READING_ERROR = 0.005


@dataclass(frozen=True, eq=False)
class PublishedMap:
    """One map of the paper; its first layer is called 0, as there: that of the first block."""

    dataset: str
    model: str
    grid: LayerTokenGrid
    metric: str
    """How the paper measured it; values under 0.5 were drawn as 0.5."""
    source: str
    reading_error: float = READING_ERROR


@cache
def published_maps() -> tuple[PublishedMap, ...]:
    """All nine, in the order of the file."""
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
