"""The map of a patch: the effect of every cell, exact where it is known and estimated elsewhere."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from dashboard.maps.map_data import CellText, Colours, MapData, Marks
from dashboard.page.labels import visible
from dashboard.page.requests import Request
from model_backend import (
    CellLine,
    Evidence,
    LayerTokenGrid,
    MapKind,
    PatchMap,
    PatchWay,
    Provenance,
)

EFFECT = "patching effect"
SHARE = "of the gap"
"""Unit of an effect that is a share of what lies between both texts."""
SHARE_LOST = "of the gap lost"
"""The same where cells of B are put into A."""
MOST_HATCHED = 2_000
"""Cells: more strokes would take long to draw."""
BEYOND = 1.005
"""A cell beyond an end by less is written like the end itself."""
CLIPPED_ABOVE = 98
"""The percentile of absolute effects in logits at which their colours end."""
MEANINGS = {
    PatchWay.DENOISING: "Each cell of B is replaced by A's, one at a time. 1: this cell alone "
    "brings A's answer back. 0: it changes nothing. Below 0: it drives the answer further away.",
    PatchWay.NOISING: "Each cell of A is replaced by B's, one at a time. 1: without this cell A's "
    "answer is lost as far as in B. 0: A does without it.",
    PatchWay.GAUSSIAN: "Text A is read with noise on some tokens, and each cell is put right, one "
    "at a time. 1: this cell alone brings A's answer back. 0: it changes nothing.",
    PatchWay.ZERO: "Each cell is set to zero, one at a time. The number says what the answer "
    "loses: above 0 the cell speaks for it, below 0 against it.",
    PatchWay.MEAN: "Each cell is set to its layer's mean over the text, one at a time. The number "
    "says what the answer loses: above 0 the cell speaks for it, below 0 against it.",
}


def patch_map(found: PatchMap, request: Request) -> MapData:
    """The map of a patch as far as it is known; ``request`` says how it is asked for."""
    grid = _grid(found, request)
    guessed = ~found.is_exact[:, None] & np.isfinite(grid.values)
    empty = ~np.isfinite(grid.values).any(axis=1) & ~found.is_exact
    map_ = MapData(
        grid=grid,
        request=request,
        kind=MapKind.PATCH,
        title=title(found, request),
        lines=tuple(_lines(found)),
        marks=Marks(dimmed=guessed if 0 < guessed.sum() <= MOST_HATCHED else None),
        colours=Colours(ends=_ends(found, grid), is_fixed=not found.unit),
        cell_text=CellText.VALUE,
        first_layer=found.first_layer,
        missing_rows=tuple(np.flatnonzero(empty).tolist()),
        facts=_facts(found, str(request.get("site", ""))),
        provenance=Provenance(found.model, found.revision, found.dtype),
        made_from=(found,),
        make_evidence=lambda: Evidence(
            within_chance=np.zeros(grid.values.shape, bool),
            n_estimated=int(guessed.any(axis=1).sum()),
        ),
    )
    return _with_notes(map_, found, request)


def _grid(found: PatchMap, request: Request) -> LayerTokenGrid:
    return LayerTokenGrid(
        EFFECT,
        found.values.astype(np.float32),
        found.row_labels,
        found.column_labels,
        unit=found.unit or (SHARE_LOST if request.get("way") == PatchWay.NOISING else SHARE),
        midpoint=0.0,
        site=str(request.get("site", "")),
        named_columns=request.get("site") == "heads",
    )


def title(found: PatchMap, request: Request) -> str:
    """Both answers and what is put where, in words."""
    answers = " or ".join(visible(answer.text).strip("·") for answer in found.setup.answers)
    way = str(request.get("way", ""))
    return f"{found.model}: {answers}, {way}"


def _with_notes(map_: MapData, found: PatchMap, request: Request) -> MapData:
    return replace(map_, notes=tuple(_notes(map_, found, request)))


def _ends(found: PatchMap, grid: LayerTokenGrid) -> tuple[float, float]:
    """From -1 to 1 for shares of the gap; in logits by the map's own cells."""
    sizes = np.abs(grid.values[np.isfinite(grid.values)])
    if not found.unit or not sizes.size:
        return -1.0, 1.0
    end = float(np.percentile(sizes, CLIPPED_ABOVE)) or 1.0
    return -end, end


def _lines(found: PatchMap) -> Iterator[CellLine]:
    for at, answer in enumerate(found.setup.answers):
        name = visible(answer.text)
        yield CellLine(f"P({name})", found.probabilities[:, :, at], unit="probability")
        yield CellLine(f"logit of {name}", found.logits[:, :, at])
    if not found.no_estimate:
        yield CellLine("estimate", found.estimate)


def _facts(found: PatchMap, site: str) -> tuple[str, ...]:
    setup = found.setup
    between = f"gap {setup.gap:.3g} {setup.unit}"
    return (
        found.model,
        *([site] if site else []),
        *([] if found.unit else [between]),
        f"revision {found.revision[:10]}",
    )


def _notes(map_: MapData, found: PatchMap, request: Request) -> Iterator[str]:
    n_exact, n_rows = int(found.is_exact.sum()), len(found.is_exact)
    if not found.is_whole:
        yield (
            f"{n_exact} of {n_rows} rows are exact; the hatched rows are estimates by gradients."
            if not found.no_estimate
            else f"{n_exact} of {n_rows} rows are exact."
        )
    if found.no_estimate:
        yield found.no_estimate
    elif found.is_whole:
        yield from _agreement(found)
    window = request.get("window", 1)
    if window != 1:
        yield f"Each row is the middle of {window} layers that are patched together."
    yield from found.setup.notes
    end = (map_.colours.ends or (0, 1))[1]
    beyond = int((np.abs(map_.grid.values) > end * BEYOND).sum())
    if beyond:
        cells = "cell lies" if beyond == 1 else "cells lie"
        yield f"{beyond:,} {cells} beyond ±{end:.3g} and have the colour of the end."


def _agreement(found: PatchMap) -> Iterator[str]:
    correlation, largest = found.agreement
    if np.isfinite(correlation):
        unit = f" {found.unit}" if found.unit else ""
        yield (
            f"The estimate by gradients correlated {correlation:.3f} with the exact map; the "
            f"largest difference was {largest:.2g}{unit}."
        )
