"""A patch map from its request: the estimate, then row after row.

The model is held for one step at a time, so that whatever else is asked of it waits for no more.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from model_backend.api.errors import BadRequest
from model_backend.api.maps.grid import layer_labels
from model_backend.api.patching import (
    PatchCell,
    PatchMap,
    PatchRequest,
    PatchSetup,
    PatchSite,
)
from model_backend.engine.patching.answers import likeliest, predictions
from model_backend.engine.patching.attribution import estimate
from model_backend.engine.patching.prepare import Prepared, prepare, run_texts
from model_backend.engine.patching.rows import Row, RowMaker
from model_backend.engine.patching.setup import describe, too_long
from model_backend.engine.running import running
from model_backend.models.loaded import LoadedModel

NO_GRADIENTS = "No estimate: gradients do not pass through this model as it was loaded."


def set_up(loaded: LoadedModel, request: PatchRequest) -> PatchSetup:
    """Facts that are shown before a map is made."""
    with running(loaded, 1):
        texts = run_texts(loaded, request)
        return describe(loaded, prepare(texts, request), request)


def patch_steps(loaded: LoadedModel, request: PatchRequest) -> Iterator[PatchMap]:
    """The map as far as it has come: first the estimate alone, at last every row exact.

    Raises:
        BackendError: it cannot be made; the text says why.
    """
    with running(loaded, 1):
        texts = run_texts(loaded, request)
        if reason := too_long(texts):
            raise BadRequest(reason)
        prepared = prepare(texts, request)
        made = _begin(loaded, prepared, request)
    yield made
    steps = RowMaker(loaded, prepared).steps()
    while True:
        with running(loaded, len(texts.a.ids)):
            rows = next(steps, None)
        if rows is None:
            return
        for row in rows:
            made = _with_row(made, row, row.row - prepared.patchings[0].first_row)
        yield made


def patch_whole(loaded: LoadedModel, request: PatchRequest) -> PatchMap:
    """The whole map."""
    *_, made = patch_steps(loaded, request)
    return made


def open_cell(loaded: LoadedModel, request: PatchRequest, row: int, column: int) -> PatchCell:
    """The likeliest next tokens with one cell patched, and without."""
    with running(loaded, 1):
        prepared = prepare(run_texts(loaded, request), request)
        rows = prepared.patchings[0].rows
        _check_place("row", row, len(rows))
        _check_place("column", column, prepared.columns)
        patched = RowMaker(loaded, prepared).logits(rows[row], column)
        before = prepared.patchings[0].base.logits
        found = likeliest(loaded, patched)
        ids = [one.token_id for one in found]
        return PatchCell(found, predictions(loaded, before, ids), likeliest(loaded, before))


def _begin(loaded: LoadedModel, prepared: Prepared, request: PatchRequest) -> PatchMap:
    """The map before any row is exact."""
    setup = describe(loaded, prepared, request)
    if setup.problem:
        raise BadRequest(setup.problem)
    patching = prepared.patchings[0]
    labels = layer_labels(patching.parts.n_layers)[patching.first_row :]
    shape = (len(labels), prepared.columns)
    guessed, why_not = _estimate(loaded, prepared, shape)
    empty = np.full(shape, np.nan, np.float32)
    return PatchMap(
        model=loaded.card.name,
        revision=str(loaded.card.revision),
        dtype=str(loaded.card.dtype),
        setup=setup,
        row_labels=labels,
        column_labels=_columns(prepared, setup),
        first_layer=patching.first_row,
        effect=empty,
        estimate=guessed,
        is_exact=np.zeros(len(labels), bool),
        metric=empty,
        logits=np.full((*shape, 2), np.nan, np.float32),
        probabilities=np.full((*shape, 2), np.nan, np.float32),
        no_estimate=why_not,
        unit=setup.unit if prepared.way.is_knock_out else "",
    )


def _estimate(
    loaded: LoadedModel, prepared: Prepared, shape: tuple[int, int]
) -> tuple[np.ndarray, str]:
    try:
        guessed = estimate(prepared, loaded.unembed).float().cpu().numpy()
    except RuntimeError:  # quantised weights and the like
        return np.full(shape, np.nan, np.float32), NO_GRADIENTS
    return guessed, ""


def _columns(prepared: Prepared, setup: PatchSetup) -> tuple[str, ...]:
    if prepared.site is PatchSite.HEADS:
        return tuple(f"head-{head}" for head in range(prepared.columns))
    changes_a = prepared.patchings[0].base is prepared.texts.a
    return setup.tokens_a if changes_a else setup.tokens_b


def _with_row(made: PatchMap, row: Row, at: int) -> PatchMap:
    """The map with one more exact row."""
    parts = {
        "effect": row.effect,
        "metric": row.reading.metric,
        "logits": row.reading.logits,
        "probabilities": row.reading.probabilities,
    }
    changed = {}
    for name, values in parts.items():
        whole = getattr(made, name).copy()
        whole[at] = values.detach().float().cpu().numpy()
        changed[name] = whole
    is_exact = made.is_exact.copy()
    is_exact[at] = True
    return replace(made, is_exact=is_exact, **changed)


def _check_place(name: str, value: int, count: int) -> None:
    if value >= count:
        raise BadRequest(f"There is no {name} {value} here: they go from 0 to {count - 1}.")
