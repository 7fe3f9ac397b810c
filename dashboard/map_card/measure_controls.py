"""Ties the controls that choose a measure, a site, a study and a probe to what there is.

A view's own callback writes what can be chosen together with the request that it is for
(``measure_outputs``, ``measure_choices``), so that the picture follows at once.
"""

from collections.abc import Mapping
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboard.map_card.busy import busy
from dashboard.maps.inspection_map import MapSource
from dashboard.maps.map_data import CellText
from dashboard.maps.measure_choices import find_choices, for_browser
from dashboard.maps.probe_score import position_choices
from dashboard.maps.tracked import settle_measure, tracked_of
from dashboard.page.components import hinted_select
from dashboard.page.ids import MapIds, Page
from dashboard.page.requests import Request
from model_backend import Backend, Measure

CELL_TEXTS = {
    CellText.AUTO: "the likeliest token for readings of the logit lens, else the value",
    CellText.TOKEN: "what the model would say next if it stopped there",
    CellText.VALUE: "the number that the colour stands for",
    CellText.NOTHING: "colours alone",
}


def cell_text_select(ids: MapIds) -> Component:
    """The box that chooses what stands in the cells: nothing, the likeliest token, or the value."""
    data = [{"value": text, "label": text, "hint": hint} for text, hint in CELL_TEXTS.items()]
    looks = {"size": "xs", "className": "cell-text"}
    return hinted_select(ids.cells, "Cells show", data, value=CellText.AUTO, **looks)


def register_cell_text(app: Dash, ids: MapIds) -> None:
    """Register the browser callback that changes the text in the cells without drawing the map
    again.
    """
    app.clientside_callback(
        ClientsideFunction("layerscope", "showInCells"), Input(ids.cells, "value")
    )


def measure_outputs(ids: MapIds, **more: Any) -> list[Output]:
    """The Dash outputs that ``measure_choices`` fills."""
    parts = ((ids.measure, "data"), (ids.measure, "value"), (ids.offers, "data"))
    return [Output(id_, property_, **more) for id_, property_ in parts]


def measure_choices(
    source: MapSource,
    backend: Backend,
    request: Request,
    measure: str,
    before: Mapping[str, Any] | None = None,
) -> tuple[Any, Any, Any]:
    """The measures of a request's inspection, the one to show, and what the browser chooses from.

    A measure that stays is not told again, or the map would be drawn again. ``before`` is what the
    browser chose from until now.
    """
    found = source.inspection_map(request)
    wanted = settle_measure(backend, found.inspection, Measure(measure), before)
    tracked = tracked_of(backend, found.inspection.model, wanted, before)
    choices = find_choices(backend, found.inspection, tracked)
    chosen = choices.choose(wanted)
    value = no_update if chosen == measure else chosen
    return choices.measures(), value, for_browser(backend, found, tracked)


def register_measures(app: Dash, ids: MapIds, source: MapSource, backend: Backend) -> None:
    """Register the callbacks that fill the measure, site and study boxes and follow new studies."""

    @app.callback(
        # The same controls as the view's own callback fills: a study changes what can be chosen,
        # and not what the map is of.
        *measure_outputs(ids, allow_duplicate=True),
        Input(Page.FINISHED, "data"),
        Input(Page.IMPORTED, "data"),
        State(ids.request, "data"),
        State(ids.measure, "value"),
        State(ids.offers, "data"),
        prevent_initial_call=True,
    )
    def update_measures(
        _: object, __: object, request: Request | None, measure: str, before: Any
    ) -> tuple[Any, Any, Any]:
        if request is None:
            raise PreventUpdate
        return measure_choices(source, backend, request, measure, before)

    _register_in_browser(app, ids)
    _register_positions(app, ids, backend)


def _register_in_browser(app: Dash, ids: MapIds) -> None:
    """Offer the studies and the sites of the chosen measure."""
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


def _register_positions(app: Dash, ids: MapIds, backend: Backend) -> None:
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
