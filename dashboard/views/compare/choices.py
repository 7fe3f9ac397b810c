"""Choices on a side of Compare: the measures and sites of its map."""

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, no_update

from dashboard.maps.measure_choices import MeasureChoices, site_options, tracked_for_browser
from dashboard.maps.probe_score import NOT_IN_COMPARE
from dashboard.maps.tracked import settle_measure, tracked_of
from dashboard.page.ids import LEFT, RIGHT
from dashboard.page.requests import Request
from dashboard.views.compare.side import SideMap
from model_backend import Backend, Measure


def register_choices(app: Dash) -> None:
    """Register the callbacks that offer each side the measures of its text or answer."""
    for ids in (LEFT, RIGHT):
        app.clientside_callback(
            ClientsideFunction("layerscope", "offerSideSites"),
            Output(ids.site, "data"),
            Output(ids.site, "value"),
            Output(ids.site, "disabled"),
            Input(ids.measure, "value"),
            Input(ids.offers, "data"),
            State(ids.site, "value"),
        )
        app.clientside_callback(
            ClientsideFunction("layerscope", "showKind"),
            Output(ids.side, "className"),
            Input(ids.kind, "value"),
        )


def side_choices(
    backend: Backend, source: SideMap, request: Request, measure: str, before: Any = None
) -> tuple[Any, Any, Any]:
    """Choices on a side, for ``measure_outputs``; an unchanged measure is not sent again, because
    that would redraw everything. ``before`` is what the browser chose from until now."""
    inspection = source.inspection_map(request).inspection
    wanted = settle_measure(backend, inspection, Measure(measure), before)
    tracked = tracked_of(backend, inspection.model, wanted, before)
    choices = MeasureChoices(inspection, NOT_IN_COMPARE, tracked)
    chosen = choices.choose(wanted)
    value = no_update if chosen == measure else chosen
    offers = {"sites": site_options(inspection, tracked), **tracked_for_browser(tracked)}
    return choices.measures(), value, offers
