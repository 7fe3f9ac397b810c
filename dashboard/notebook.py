"""Maps in a notebook: ``show(...)`` gives the dashboard's interactive map, without a server.

Call ``show`` as the last line of a cell, in Jupyter, VS Code or Colab:

    show(inspection, Measure.LENS_ENTROPY, backend=backend)
    show(inspection.grids[Measure.LENS_ENTROPY])
    show(published_maps()[0])
    show(backend.study("20260101-120000-places"))

Every map stands in a frame of its own, so that maps disturb neither each other nor the notebook.
Nothing is fetched. A map adds 2.1 MB to a notebook that is saved with its outputs: 1.9 MB are
plotly.js, the rest are scripts, style sheets and the numbers (about 20 bytes a cell).
"""

from dataclasses import dataclass, replace
from functools import cached_property, singledispatch
from html import escape
from pathlib import Path

import plotly.graph_objects as go

from dashboard.drawing.figures import draw
from dashboard.maps.inspection_map import InspectionMap
from dashboard.maps.load_map import map_of
from dashboard.maps.map_data import Colours, MapData, TokenCells
from dashboard.maps.measure_choices import FIRST_MEASURE, MeasureChoices
from dashboard.maps.patch_map import patch_map
from dashboard.maps.saved import columns_of, map_from_file
from dashboard.maps.view_options import make_view_options
from dashboard.views.probe.maps.auc_map import AUC, auc_colours, published_map
from dashboard.views.probe.maps.study_map import study_map
from dashboard.web.standalone_page import PredictionTexts, page_title, standalone_page
from model_backend import (
    Archive,
    Backend,
    Inspection,
    LayerTokenGrid,
    Measure,
    PatchMap,
    ProbeStudy,
    PublishedMap,
    SavedMap,
    Scale,
    Site,
)

Shown = Inspection | Archive | LayerTokenGrid | PublishedMap | ProbeStudy | PatchMap | SavedMap

ROOM_AROUND = 120
"""Pixels above and below a figure, until the page itself says how high it is."""

NO_TEXTS = (
    "Guesses that are not tokens of this text are shown as ids: "
    "show(inspection, backend=backend) shows their texts."
)


@dataclass(frozen=True, eq=False)
class NotebookMap:
    """A map that a notebook shows; ``save`` writes the same as a page."""

    map_: MapData
    guesses: PredictionTexts | None = None

    @cached_property
    def page(self) -> str:
        """The whole page as HTML."""
        return standalone_page(self.map_, self._figure, self.guesses)

    def save(self, path: str | Path) -> None:
        """Write the page to a file, which any browser opens without a network."""
        Path(path).write_text(self.page, encoding="utf-8")

    def _repr_html_(self) -> str:
        height = self._figure.layout.height + ROOM_AROUND
        title, page = escape(page_title(self.map_)), escape(self.page)
        looks = f"width: 100%; height: {height}px; border: 0"
        return f'<iframe title="{title}" style="{looks}" srcdoc="{page}"></iframe>'

    def __repr__(self) -> str:
        rows, columns = self.map_.grid.values.shape
        return f"<map of {page_title(self.map_)}, {rows} layers x {columns} columns>"

    @cached_property
    def _figure(self) -> go.Figure:
        return draw(self.map_)


@dataclass(frozen=True)
class _ShowOptions:
    """Options of one call of ``show``."""

    measure: Measure | None = None
    site: Site | None = None
    scale: Scale | None = None
    backend: Backend | None = None


def show(
    what: Shown,
    measure: Measure | None = None,
    site: Site | None = None,
    *,
    scale: Scale | None = None,
    backend: Backend | None = None,
) -> NotebookMap:
    """Show a map as the dashboard does: hover over its cells, drag to zoom, double-click to undo.

    Args:
        what: an inspection, one of its grids, a published map, a study, or what ``read_archive``
            or ``read_saved_map`` read from a file. A grid alone does not say which tokens are
            sinks, so that they have a say in its colours.
        measure: of an inspection; lens confidence by default.
        site: of an inspection or a study; the measure's first site or that of the best cell.
        scale: of an inspection or a grid, how values become colours; intensity by default.
        backend: knows the texts of an inspection's guesses, which are shown as ids without it.

    Raises:
        BadRequest: the inspection has no such measure; the text says why.
        TypeError: there is no map of such a thing.
    """
    return _shown(what, _ShowOptions(measure, site, scale, backend))


@singledispatch
def _shown(what: object, wanted: _ShowOptions) -> NotebookMap:
    kinds = "an inspection, a grid, a published map, a study, a patch map or a map from a file"
    raise TypeError(f"show takes {kinds}; this is {type(what).__name__}.")


@_shown.register
def _(what: Inspection, wanted: _ShowOptions) -> NotebookMap:
    map_ = _inspected(what, wanted)
    if not what.top_ids.size:
        return NotebookMap(map_)
    if wanted.backend is None:
        labels = what.grids[Measure.RESIDUAL_NORM].token_labels
        own = dict(zip(what.token_ids.tolist(), labels, strict=True))
        return NotebookMap(replace(map_, notes=(*map_.notes, NO_TEXTS)), PredictionTexts(what, own))
    vocabulary = wanted.backend.vocabulary(what.model)
    ids = sorted(set(what.top_ids.ravel().tolist()))
    return NotebookMap(
        map_, PredictionTexts(what, {token_id: vocabulary[token_id] for token_id in ids})
    )


@_shown.register
def _(what: Archive, wanted: _ShowOptions) -> NotebookMap:
    map_ = _inspected(what.inspection, wanted)
    has_guesses = what.inspection.top_ids.size > 0
    return NotebookMap(map_, PredictionTexts(what.inspection, what.texts) if has_guesses else None)


def _inspected(inspection: Inspection, wanted: _ShowOptions) -> MapData:
    measure = wanted.measure or MeasureChoices(inspection).choose(FIRST_MEASURE)
    scale = wanted.scale or Scale.INTENSITY
    return map_of(InspectionMap(inspection), make_view_options(measure, wanted.site, scale))


@_shown.register
def _(what: LayerTokenGrid, wanted: _ShowOptions) -> NotebookMap:
    if wanted.measure is not None and wanted.measure != what.name:
        raise TypeError(f"This grid is of {what.name}; for {wanted.measure} show the inspection.")
    if what.named_columns:
        is_auc = what.unit == AUC
        colours = auc_colours(what.values) if is_auc else Colours(wanted.scale or Scale.RAW)
        return NotebookMap(MapData(what, colours=colours, short_name=AUC if is_auc else ""))
    ids = (None,) * len(what.token_labels)
    tokens = TokenCells(ids, has_predictions=False, with_sinks=True)
    colours = Colours(wanted.scale or Scale.INTENSITY)
    return NotebookMap(MapData(what, columns=columns_of(what), colours=colours, tokens=tokens))


@_shown.register
def _(what: PublishedMap, wanted: _ShowOptions) -> NotebookMap:
    return NotebookMap(published_map(what))


@_shown.register
def _(what: ProbeStudy, wanted: _ShowOptions) -> NotebookMap:
    return NotebookMap(study_map(what, wanted.site or what.card.best.cell.site))


@_shown.register
def _(what: PatchMap, wanted: _ShowOptions) -> NotebookMap:
    return NotebookMap(patch_map(what, {}))


@_shown.register
def _(what: SavedMap, wanted: _ShowOptions) -> NotebookMap:
    return NotebookMap(map_from_file(what, {}))
