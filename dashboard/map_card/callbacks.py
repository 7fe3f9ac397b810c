"""Ties a map's parts to what it is of; the same code for every view that shows a map.

A view writes the request, as JSON values, into the store ``ids.request``, and beside it what can be
chosen (``measure_choices``); everything else follows from it. ``register_map`` serves maps of
inspections, with all their measures. A view of any other ``MapData`` writes its packed figure into
``ids.drawing``, and takes ``register_drawing`` and ``register_words`` alone.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import orjson
from dash import ClientsideFunction, Dash, Input, Output, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboard.cell.callbacks import register_cells, register_scores
from dashboard.drawing.figures import draw
from dashboard.drawing.packing import pack_figure
from dashboard.drawing.render_cache import RenderCache
from dashboard.map_card.busy import Busy, busy
from dashboard.map_card.measure_controls import register_cell_text, register_measures
from dashboard.map_card.tracking import register_tracking
from dashboard.map_card.words import register_definition, register_reading, register_table
from dashboard.maps.inspection_map import MapSource
from dashboard.maps.load_map import load_asked, load_map
from dashboard.maps.map_data import MapData
from dashboard.maps.notes import map_notes
from dashboard.maps.view_options import ViewOptions, make_view_options
from dashboard.page.ids import MapIds, Page
from dashboard.page.requests import Request
from dashboard.web import map_routes
from model_backend import Backend, Span

Load = Callable[[Request, ViewOptions], MapData]
"""Makes the map of a request."""


def register_map(
    app: Dash,
    ids: MapIds,
    source: MapSource,
    backend: Backend,
    *,
    while_drawing: Sequence[Busy] = (),
) -> None:
    """Register all callbacks of a map: measures, opened cells, reading, table, predictions, files.

    Args:
        app: where the callbacks are registered.
        ids: the prefix under which ``map_area`` laid the map out.
        source: what the map of a request is of.
        backend: whose studies may score it.
        while_drawing: what else of the page waits for the map, such as the Run button.
    """
    rendered = RenderCache()
    load = partial(load_map, source, backend)
    register_drawing(app, ids)
    map_routes.serve_predictions(app, ids.prefix, source)
    map_routes.serve_exports(app, ids.prefix, partial(load_asked, source, backend))
    register_measures(app, ids, source, backend)
    register_cell_text(app, ids)
    register_tracking(app, ids, source, backend)
    _register_draw(app, ids, load, rendered, [*busy(ids), *while_drawing])
    register_cells(app, ids, source)
    register_scores(app, ids, source, backend)
    _register_words(app, ids, load, rendered)


def register_drawing(app: Dash, ids: MapIds) -> None:
    """Register what the browser does alone for any map: draw, zoom, range, status."""
    app.clientside_callback(
        ClientsideFunction("layerscope", "show"),
        Output(ids.heatmap, "figure"),
        Input(ids.drawing, "data"),
        Input(ids.profiles, "value"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("layerscope", "setRange"),
        Input(ids.layers, "value"),
        Input(ids.tokens, "value"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("layerscope", "sayStatus"),
        Output(ids.status, "children"),
        Input(Page.STATUS, "data"),
    )
    app.clientside_callback(
        ClientsideFunction("layerscope", "hideError"),
        Input(ids.request, "data"),
        prevent_initial_call=True,
    )


def _register_draw(
    app: Dash, ids: MapIds, load: Load, rendered: RenderCache, running: list[Busy]
) -> None:
    @app.callback(
        Output(ids.drawing, "data"),
        Output(ids.facts, "children"),
        Output(ids.notes, "children"),
        Input(ids.request, "data"),
        Input(ids.measure, "value"),
        Input(ids.site, "value"),
        Input(ids.scale, "value"),
        Input(ids.span, "value"),
        Input(ids.sinks, "checked"),
        Input(ids.study, "value"),
        Input(ids.probe, "value"),
        running=running,
        prevent_initial_call=True,
    )
    def draw_map(request: Request | None, *chosen: Any) -> tuple[orjson.Fragment, ...]:
        if request is None:
            raise PreventUpdate
        options = make_view_options(*chosen)
        map_, asked = load(request, options), orjson.dumps(request)
        return rendered.get_or_render(map_, (options, asked), lambda: drawn(map_))

    app.clientside_callback(
        ClientsideFunction("layerscope", "needsRange"),
        Output(ids.scale, "disabled"),
        Output(ids.span, "disabled"),
        Input(ids.scale, "value"),
        Input(ids.measure, "value"),
    )


def drawn(map_: MapData) -> tuple[dict[str, Any], list[Component], list[Component]]:
    """The parts of a drawn map: the packed figure, the facts above it, the notes below it."""
    return pack_figure(draw(map_)), facts(map_.facts), sentences(map_notes(map_))


def facts(said: Sequence[str]) -> list[Component]:
    """Short facts, such as the model and its size, as one line of the page."""
    return [html.Span(fact, className="fact") for fact in said]


def sentences(said: Sequence[str]) -> list[Component]:
    """Sentences as components, each on a line of its own."""
    return [html.P(sentence) for sentence in said]


def _register_words(app: Dash, ids: MapIds, load: Load, rendered: RenderCache) -> None:
    """Register the words about a map of inspections: definition, reading, table."""

    def loaded(
        request: Request | None, measure: str, site: str | None, *probe_and_colours: Any
    ) -> MapData | None:
        study, probe, *more = probe_and_colours
        if request is None:
            return None
        sinks, span = more or (False, Span.AUTO)
        options = make_view_options(
            measure, site, span=span, study=study, position=probe, sinks=bool(sinks)
        )
        return load(request, options)

    chosen = [Input(id_, "value") for id_ in (ids.measure, ids.site, ids.study, ids.probe)]
    inputs = [Input(ids.request, "data"), *chosen]
    register_definition(app, ids)
    colours = [Input(ids.sinks, "checked"), Input(ids.span, "value")]
    register_reading(app, ids, [*inputs, *colours], loaded, rendered)
    register_table(app, ids, inputs, loaded)
