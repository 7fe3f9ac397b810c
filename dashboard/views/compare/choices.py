"""What can be chosen on a side of Compare: the measures and sites of what stands there."""

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State
from dash.exceptions import PreventUpdate

from dashboard.map_card.callbacks import busy
from dashboard.maps.measure_choices import Offers, site_options
from dashboard.maps.probe_score import NOT_IN_COMPARE
from dashboard.page.ids import LEFT, RIGHT, SideIds
from dashboard.page.requests import Request
from dashboard.views.compare.side import SideMap
from model_backend import Measure


def register_choices(app: Dash, source: SideMap) -> None:
    """Tie both sides' controls to what stands there; drawing waits for them."""
    for ids in (LEFT, RIGHT):
        _register_measures(app, ids, source)
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


def _register_measures(app: Dash, ids: SideIds, source: SideMap) -> None:
    @app.callback(
        Output(ids.measure, "data"),
        Output(ids.measure, "value"),
        Output(ids.offers, "data"),
        Input(ids.request, "data"),
        State(ids.measure, "value"),
        running=busy(ids),
        prevent_initial_call=True,
    )
    def offer(request: Request | None, measure: str) -> tuple[Any, ...]:
        if request is None:
            raise PreventUpdate
        inspection = source.subject(request).inspection
        offers = Offers(inspection, NOT_IN_COMPARE)
        sites = {"sites": site_options(inspection)}
        return offers.measures(), offers.choose(Measure(measure)), sites
