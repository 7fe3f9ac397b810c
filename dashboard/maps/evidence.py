"""Further facts of an inspection that the reading of one of its measures may name."""

from typing import Any

import numpy as np

from dashboard.maps.inspection_map import InspectionMap
from dashboard.maps.view_options import ViewOptions
from dashboard.page.labels import text_of
from dashboard.page.requests import Request
from model_backend import Backend, Evidence, Group, Inspection, Measure, Predictions, Site


def evidence_of(
    found: InspectionMap, options: ViewOptions, request: Request, backend: Backend
) -> Evidence:
    """Find the predictions, norms, attention and chance level that a reading may use beside the
    map.
    """
    inspection, score = found.inspection, found.score
    shape = (len(inspection.top_ids), len(found.positions))
    within = np.broadcast_to(score.within_chance, score.grid.values.shape) if score else None
    return Evidence(
        predictions=_predictions(found, options, request, backend),
        chosen=_chosen(found, options, backend, request),
        norms=_values(found, Measure.RESIDUAL_NORM, shape),
        received=_values(found, Measure.ATTENTION_RECEIVED, shape),
        within_chance=within,
        ends_text=found.positions[-1] == len(inspection.token_ids) - 1,
    )


def _chosen(
    found: InspectionMap, options: ViewOptions, backend: Backend, request: Request
) -> tuple[str, ...]:
    """The texts of the tokens that the measure is of."""
    ids = options.measure.token_ids
    vocabulary = backend.vocabulary(request.get("model", found.inspection.model)) if ids else ()
    return tuple(text_of(vocabulary, token_id) for token_id in ids)


def _predictions(
    found: InspectionMap, options: ViewOptions, request: Request, backend: Backend
) -> Predictions | None:
    """The lens at ``resid_post``; None where the map is of no lens, or of another site."""
    inspection = found.inspection
    is_lens = options.measure.spec.group is Group.LENS
    after = options.site in (None, Site.RESID_POST)
    if not is_lens or not after or not inspection.top_ids.shape[2]:
        return None
    at = [position or 0 for position in found.positions]
    return Predictions(
        ids=inspection.top_ids[:, at],
        probs=inspection.top_probs[:, at],
        texts=backend.vocabulary(request.get("model", inspection.model)),
        next_probs=_grid(inspection, Measure.NEXT_TOKEN_PROBABILITY)[:, at],
        next_ranks=_grid(inspection, Measure.NEXT_TOKEN_RANK)[:, at],
    )


def _grid(inspection: Inspection, measure: Measure) -> np.ndarray[Any, Any]:
    return inspection.grid(measure).values


def _values(
    found: InspectionMap, measure: Measure, shape: tuple[int, int]
) -> np.ndarray[Any, Any] | None:
    """A measure over the map's columns, if the inspection has it for the same rows."""
    if measure not in found.inspection.grids:
        return None
    values = found.grid(measure).values
    return values if values.shape == shape else None
