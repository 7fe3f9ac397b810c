"""Probe: where, across layers and places in an answer, does a model know that it is wrong?"""

from dash import Dash, Input, Output, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboard.components import grid_table, segments
from dashboard.map_layout import map_card
from dashboard.maps import busy, register_drawing
from dashboard.probing.auc_map import auc_ends, auc_figure
from dashboard.probing.cell import auc_cell, empty_auc_cell
from dashboard.probing.find import find_map
from dashboard.probing.ids import PROBE, Probe
from dashboard.probing.shelf import gallery
from dashboard.reading_panel import reading_panel
from dashboard.subject import Request
from dashboard.wire import pack_figure
from model_backend import Backend, ModelCard, read_grid

TITLE = "Probe"


def layout(cards: tuple[ModelCard, ...]) -> list[Component]:
    """The view with its gallery; assets/probe.js chooses the first map when it is shown."""
    return [
        html.Section(
            [
                html.H2("Where does a model know that its answer is wrong?"),
                html.P(
                    "For every layer and every named place in an answer, a linear probe tries to "
                    "tell right answers from wrong ones. Light blue is chance, dark blue is "
                    "always right. Choose a map to look at.",
                    className="muted",
                ),
                html.Div(id=Probe.STUDIES),
                gallery(),
            ],
            className="card shelf",
        ),
        html.Div(
            [
                map_card(
                    PROBE, [segments(PROBE.show, "Show as", ["map", "table"])], columns="Positions"
                ),
                html.Aside(empty_auc_cell(), id=PROBE.cell, className="card cell"),
                html.Section(id=PROBE.reading, className="card reading-card"),
            ],
            className="map-and-cell",
        ),
    ]


def register(app: Dash, backend: Backend) -> None:
    """Tie the view's parts to the backend."""
    register_drawing(app, PROBE)
    _register_map(app, backend)
    _register_cell(app, backend)


def _register_map(app: Dash, backend: Backend) -> None:
    @app.callback(
        Output(PROBE.drawing, "data"),
        Output(PROBE.facts, "children"),
        Output(PROBE.notes, "children"),
        Output(PROBE.reading, "children"),
        Input(PROBE.request, "data"),
        running=busy(PROBE),
    )
    def draw(
        request: Request | None,
    ) -> tuple[object, list[Component], list[Component], Component]:
        if request is None:
            raise PreventUpdate
        found = find_map(backend, request["map"])
        figure = pack_figure(auc_figure(found, auc_ends(found)))
        facts = [html.Span(fact, className="fact") for fact in (found.title, *found.facts)]
        notes = [html.P(note) for note in found.notes]
        return figure, facts, notes, reading_panel(read_grid(found.grid))

    @app.callback(
        Output(PROBE.table, "children"),
        Input(PROBE.request, "data"),
        Input(PROBE.show, "value"),
    )
    def tabulate(request: Request | None, show: str) -> list[Component] | None:
        if request is None or show == "map":
            return None
        return grid_table(find_map(backend, request["map"]).grid)


def _register_cell(app: Dash, backend: Backend) -> None:
    @app.callback(
        Output(PROBE.cell, "children"),
        Input(PROBE.opened, "data"),
        running=[(Output(PROBE.cell, "className"), "card cell is-busy", "card cell")],
    )
    def open_cell(opened: Request | None) -> Component:
        if opened is None:
            return empty_auc_cell()
        found = find_map(backend, opened["map"])
        return auc_cell(found, opened["row"], opened["position"])
