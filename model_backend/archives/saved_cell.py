"""Opens a cell of a saved map with the parts that the file holds."""

import numpy as np

from model_backend.api.cell_detail import CellDetail, CellPart, Prediction
from model_backend.api.errors import BadRequest
from model_backend.api.inspections import Inspection
from model_backend.api.maps.measures import Measure
from model_backend.archives.archive import Archive

_KEPT = {CellPart.PREDICTIONS, CellPart.WHOLE_PATHS}
_ABSENT = "The file this map was opened from holds no such part."


def archived_cell(archive: Archive, row: int, position: int) -> CellDetail:
    """Open a cell of a saved map: its most likely predictions, and all measures.

    Raises:
        BadRequest: there is no such cell.
    """
    inspection, tokens = archive.inspection, _tokens(archive)
    n_rows, n_tokens, _ = inspection.top_ids.shape
    if row >= n_rows or position >= n_tokens:
        raise BadRequest(
            f"There is no cell at row {row}, position {position}: this map has {n_rows} rows and "
            f"{n_tokens} positions."
        )
    ids = inspection.top_ids[row, position].tolist()
    probs = inspection.top_probs[row, position].tolist()
    texts = [archive.texts.get(token_id, f"id {token_id}") for token_id in ids]
    paths = _paths(inspection, position, ids)
    values = {m: float(grid.values[row, position]) for m, grid in inspection.grids.items()}
    sites = inspection.grids_at.items()
    at = {s: {m: float(g.values[row, position]) for m, g in held.items()} for s, held in sites}
    return CellDetail(
        row=row,
        position=position,
        token_id=int(inspection.token_ids[position]),
        token_text=tokens[position],
        predictions=tuple(map(Prediction, ids, texts, probs)),
        paths=paths,
        next_token=_next_token(archive, values, position),
        next_token_rank=_rank(values, position, n_tokens),
        layer_labels=next(iter(inspection.grids.values())).layer_labels,
        values=values,
        values_at=at,
        token_labels=tokens,
        absent=dict.fromkeys(set(CellPart) - _KEPT, _ABSENT) | _not_told(inspection, paths),
    )


def _not_told(inspection: Inspection, paths: np.ndarray) -> dict[CellPart, str]:
    """Notes on missing parts of the predictions, or on missing predictions."""
    n_kept = paths.shape[1]
    if not n_kept:
        reason = inspection.why_absent(Measure.LENS_CONFIDENCE) or _ABSENT
        return {CellPart.PREDICTIONS: reason}
    if not np.isnan(paths).any():
        return {}
    said = (
        f"The file keeps the {n_kept} likeliest tokens of each cell; where a token is not among "
        "them its line is broken."
    )
    return {CellPart.WHOLE_PATHS: said}


def _paths(inspection: Inspection, position: int, ids: list[int]) -> np.ndarray:
    """Probabilities of these ids at every row; NaN for an id that the row does not keep."""
    there = inspection.top_ids[:, position, :, None] == np.array(ids)
    probs = np.where(there, inspection.top_probs[:, position, :, None], -np.inf)
    best = probs.max(axis=1, initial=-np.inf)
    return np.where(np.isfinite(best), best, np.nan).astype(np.float32)


def _next_token(archive: Archive, values: dict[Measure, float], position: int) -> Prediction | None:
    tokens, probability = _tokens(archive), values.get(Measure.NEXT_TOKEN_PROBABILITY)
    if position + 1 >= len(tokens) or probability is None or np.isnan(probability):
        return None
    token_id = int(archive.inspection.token_ids[position + 1])
    return Prediction(token_id, tokens[position + 1], probability)


def _rank(values: dict[Measure, float], position: int, n_tokens: int) -> int | None:
    rank = values.get(Measure.NEXT_TOKEN_RANK, np.nan)
    return int(rank) if np.isfinite(rank) and position + 1 < n_tokens else None


def _tokens(archive: Archive) -> tuple[str, ...]:
    return next(iter(archive.inspection.grids.values())).token_labels
