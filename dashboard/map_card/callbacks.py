"""Ties a map's parts to what it is of; the same code for every view that shows a map.

A view writes the request, as JSON values, into the store ``ids.request``; everything else follows
from it. ``register_map`` serves maps of inspections, with all their measures. A map of anything
else has callbacks of its own that write a packed figure into ``ids.drawing``, and takes
``register_drawing`` alone.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import orjson
from dash import ClientsideFunction, Dash, Input, Output, State, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboard.cell.callbacks import register_cells, register_scores
from dashboard.map_card.reading_panel import reading_panel
from dashboard.maps import routes
from dashboard.maps.figures import drawing
from dashboard.maps.map_data import Look, MapSource, Subject, make_look
from dashboard.maps.measure_choices import definition, find_offers, for_browser
from dashboard.maps.notes import facts, notes
from dashboard.maps.packing import pack_figure
from dashboard.maps.probe_score import look_at, position_choices
from dashboard.maps.render_cache import RenderCache
from dashboard.maps.table import grid_table
from dashboard.page.ids import MapIds, Page
from dashboard.page.requests import Request
from dashboard.page.static_html import static_html
from model_backend import Backend, LayerTokenGrid, Measure, Site, read_grid

See = Callable[[Request, Look], Subject]
"""What a request's map is of, with all that a look at it takes."""

Busy = tuple[Output, Any, Any]
"""What a part of the page is while a callback works, and after it: Dash's ``running``."""


def busy(ids: MapIds) -> list[Busy]:
    """The map's card while something works for it; for a view's own callbacks."""
    return [(Output(ids.card, "className"), "card map is-busy", "card map")]


def register_map(
    app: Dash,
    ids: MapIds,
    source: MapSource,
    backend: Backend,
    *,
    while_drawing: Sequence[Busy] = (),
) -> None:
    """Serve a map of inspections: measures, opened cells, reading, table, predictions.

    Args:
        app: where the callbacks are registered.
        ids: the prefix under which ``map_area`` laid the map out.
        source: what the map of a request is of.
        backend: whose studies may score it.
        while_drawing: what else of the page waits for the map, such as the Run button.
    """
    remembered = RenderCache()
    register_drawing(app, ids)
    routes.serve_predictions(app, ids.prefix, source)
    see = partial(look_at, source, backend)
    _register_offers(app, ids, source, backend, [*busy(ids), *while_drawing])
    _register_choices(app, ids, backend)
    _register_draw(app, ids, see, remembered, [*busy(ids), *while_drawing])
    register_cells(app, ids, source)
    register_scores(app, ids, source, backend)
    _register_words(app, ids, see, remembered)


def register_drawing(app: Dash, ids: MapIds) -> None:
    """What the browser does by itself for any map: draw, zoom, range, status."""
    app.clientside_callback(
        ClientsideFunction("layerscope", "show"),
        Output(ids.heatmap, "figure"),
        Input(ids.drawing, "data"),
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


def _register_offers(
    app: Dash, ids: MapIds, source: MapSource, backend: Backend, running: list[Busy]
) -> None:
    """What can be chosen of the map's inspection; drawing waits for it."""

    @app.callback(
        Output(ids.measure, "data"),
        Output(ids.measure, "value"),
        Output(ids.offers, "data"),
        Input(ids.request, "data"),
        Input(Page.FINISHED, "data"),
        Input(Page.IMPORTED, "data"),
        State(ids.measure, "value"),
        running=running,
        prevent_initial_call=True,
    )
    def offer(request: Request | None, *given: Any) -> tuple[object, object, object]:
        if request is None:
            raise PreventUpdate
        subject, measure = source.subject(request), given[-1]
        offers = find_offers(backend, subject.inspection)
        chosen = offers.choose(Measure(measure))
        value = no_update if chosen == measure else chosen  # or the map would be drawn anew
        return offers.measures(), value, for_browser(backend, subject)


def _register_choices(app: Dash, ids: MapIds, backend: Backend) -> None:
    """What the browser chooses from what is offered; the positions of a study it asks for."""
    app.clientside_callback(
        ClientsideFunction("layerscope", "offerStudies"),
        Output(ids.study, "data"),
        Output(ids.study, "value"),
        Output(ids.probes, "hidden"),
        Output(ids.whose, "hidden"),
        Input(ids.measure, "value"),
        Input(ids.offers, "data"),
        State(ids.study, "value"),
    )
    app.clientside_callback(
        ClientsideFunction("layerscope", "offerSites"),
        Output(ids.site, "data"),
        Output(ids.site, "value"),
        Output(ids.site, "disabled"),
        Input(ids.measure, "value"),
        Input(ids.offers, "data"),
        Input(ids.study, "value"),
        State(ids.site, "value"),
    )

    @app.callback(
        Output(ids.probe, "data"),
        Output(ids.probe, "value"),
        Input(ids.study, "value"),
        State(ids.probe, "value"),
        running=busy(ids),  # a map is to be drawn after it
        prevent_initial_call=True,
    )
    def offer_positions(study: str | None, chosen: str | None) -> tuple[object, object]:
        if not study:
            raise PreventUpdate
        return position_choices(backend.study(study), chosen)


def _register_draw(
    app: Dash, ids: MapIds, see: See, remembered: RenderCache, running: list[Busy]
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
    def draw(
        request: Request | None, measure: str, site: str | None, *how: Any
    ) -> tuple[orjson.Fragment, ...]:
        if request is None:
            raise PreventUpdate
        look = make_look(measure, site, *how)
        subject, asked = see(request, look), orjson.dumps(request)
        return remembered.get_or_render(
            subject, (look, asked), lambda: _drawn(subject, look, request)
        )

    app.clientside_callback(
        ClientsideFunction("layerscope", "needsRange"),
        Output(ids.scale, "disabled"),
        Output(ids.span, "disabled"),
        Input(ids.scale, "value"),
        Input(ids.measure, "value"),
    )


def _drawn(
    subject: Subject, look: Look, request: Request
) -> tuple[object, list[Component], list[Component]]:
    figure = drawing(subject, look)
    figure.layout.meta = {**figure.layout.meta, "request": request}
    said = [html.P(note) for note in notes(subject, look)]
    return pack_figure(figure), facts(subject), said


def _register_words(app: Dash, ids: MapIds, see: See, remembered: RenderCache) -> None:
    """What is said of the map: definition, reading, table."""

    def grid(request: Request, *chosen: str) -> tuple[Subject, LayerTokenGrid]:
        measure, site, study, probe = chosen
        look = make_look(measure, site, study=study, position=probe)
        subject = see(request, look)
        return subject, subject.grid(look.measure, look.site)

    chosen = (Input(ids.measure, "value"), Input(ids.site, "value"))
    probe = (Input(ids.study, "value"), Input(ids.probe, "value"))

    @app.callback(Output(ids.definition, "children"), *chosen)
    def define(measure: str, site: str | None) -> Component:
        return definition(Measure(measure), Site(site) if site else None)

    @app.callback(
        Output(ids.reading, "children"),
        Input(ids.request, "data"),
        *chosen,
        *probe,
        Input(ids.sinks, "checked"),
        prevent_initial_call=True,
    )
    def read(request: Request | None, *given: Any) -> orjson.Fragment:
        if request is None:
            raise PreventUpdate
        *choices, sinks = given
        subject, shown = grid(request, *choices)
        left_out = None if sinks else subject.is_sink
        [panel] = remembered.get_or_render(
            subject, given, lambda: (static_html(reading_panel(read_grid(shown, left_out))),)
        )
        return panel

    @app.callback(
        Output(ids.table, "children"),
        Input(ids.request, "data"),
        *chosen,
        *probe,
        Input(ids.show, "value"),
        prevent_initial_call=True,
    )
    def tabulate(request: Request | None, *given: Any) -> list[Component]:
        *choices, show = given
        if request is None or show == "map":
            return []
        return grid_table(grid(request, *choices)[1])
