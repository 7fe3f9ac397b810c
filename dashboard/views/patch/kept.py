"""A map that is kept beside those that come later, and the difference of the two."""

from dataclasses import asdict, replace
from typing import Any

from dash import Dash, Input, Output, State, html
from dash.development.base_component import Component

from dashboard.map_card import beside
from dashboard.map_card.beside import Beside
from dashboard.map_card.busy import busy
from dashboard.maps.comparing.difference import Comparison
from dashboard.maps.map_data import MapData
from dashboard.maps.patch_map import patch_map
from dashboard.page.ids import PATCH, PATCH_DIFFERENCE, PATCH_KEPT, Patch
from dashboard.page.requests import Request
from dashboard.views.patch.choices import find_patch, request_of
from dashboard.web.map_routes import serve_exports
from model_backend import Align, Backend

IDS = Beside(PATCH, PATCH_KEPT, PATCH_DIFFERENCE, Patch.COMPARISON, Patch.PARTNERS)
KEEP, LET_GO = "Keep to compare", "Stop comparing"


def keep_button() -> Component:
    """The button that keeps the map on screen, or lets the kept one go."""
    return html.Button(KEEP, id=Patch.KEEP, n_clicks=0, type="button", className="plain")


def layout() -> Component:
    """The kept map and the difference, hidden until a map is kept."""
    return beside.layout(IDS)


def register(app: Dash, backend: Backend) -> None:
    """Draw both while a map is kept."""
    inputs = [Input(PATCH.request, "data"), Input(Patch.STAGE, "data"), Input(Patch.KEPT, "data")]

    def found(request: Request | None, _: str | None, kept: Request | None) -> Comparison | None:
        return compare(backend, request, kept) if request and kept else None

    @app.callback(*IDS.outputs, Output(Patch.KEEP, "children"), *inputs,
                  running=[*busy(PATCH_KEPT), *busy(PATCH_DIFFERENCE)],
                  prevent_initial_call=True)  # fmt: skip
    def draw_both(*given: Any) -> tuple[Any, ...]:
        return *beside.drawn_beside(IDS, found(*given)), LET_GO if given[-1] else KEEP

    @app.callback(
        Output(Patch.KEPT, "data"),
        Input(Patch.KEEP, "n_clicks"),
        State(Patch.KEPT, "data"),
        State(PATCH.request, "data"),
        prevent_initial_call=True,
    )
    def keep(_: int, kept: Request | None, request: Request | None) -> Request | None:
        return None if kept or request is None else {**asdict(request_of(request)), "job": ""}

    beside.register(app, IDS, inputs, found)
    serve_exports(app, PATCH_KEPT.prefix, lambda asked: _map(backend, asked["request"]))
    serve_exports(app, PATCH_DIFFERENCE.prefix, lambda asked: _asked_difference(backend, asked))


def compare(backend: Backend, request: Request, kept: Request) -> Comparison | None:
    """The map on screen and the kept one, token by token; None while there is none on screen."""
    on_screen = find_patch(backend, request)
    if on_screen is None:
        return None
    return Comparison(
        patch_map(on_screen, request), _map(backend, kept), Align.POSITION, beside.WORDS
    )


def _map(backend: Backend, request: Request) -> MapData:
    found = find_patch(backend, request)
    if found is None:
        raise KeyError("job")
    made = patch_map(found, request)
    return replace(made, facts=made.facts[1:])  # the title begins with the model


def _asked_difference(backend: Backend, asked: Request) -> MapData:
    found = compare(backend, asked["request"]["left"], asked["request"]["right"])
    if found is None:
        raise KeyError("job")
    return beside.difference_of(found)
