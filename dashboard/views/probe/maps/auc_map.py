"""Maps of AUCs: what those of studies and the published ones share, and the published ones.

Each has a name: ``published/TriviaQA`` or ``study/<id>/<site>``. It stands in the address and is
all that the browser keeps of the map.
"""

import numpy as np
from jaxtyping import Float

from dashboard.maps.map_data import Colours, MapData
from model_backend import MapKind, Provenance, PublishedMap

CHANCE, PERFECT = 0.5, 1.0
STEPS = 20
"""The colours of AUCs end at multiples of 0.05."""
AUC = "AUC"


def auc_colours(values: Float[np.ndarray, "row position"]) -> Colours:
    """Colours from 0.5, or from a lower round number where a cell lies below it, to 1.0."""
    lowest = float(np.nanmin(values, initial=CHANCE))
    return Colours(ends=(float(np.floor(lowest * STEPS) / STEPS), PERFECT), steps=STEPS)


def published_map(found: PublishedMap) -> MapData:
    """A map of the paper; its row 0 is the output of the first block."""
    n_rows = len(found.grid.layer_labels)
    return MapData(
        grid=found.grid,
        request={"map": f"published/{found.dataset}"},
        kind=MapKind.AUC,
        title=f"{found.dataset}, {found.model}",
        short_name=AUC,
        colours=auc_colours(found.grid.values),
        first_layer=1,
        facts=(f"{n_rows} layers", f"{len(found.grid.token_labels)} positions", "published"),
        notes=(f"{found.metric}.", f"Source: {found.source}.",
               "The paper gives neither intervals nor baselines for single cells."),
        provenance=Provenance(
            found.model,
            details={"source": found.source, "metric": found.metric, "dataset": found.dataset,
                     "reading error": str(found.reading_error)},
        ),
    )  # fmt: skip
