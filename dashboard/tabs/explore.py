"""Explore: any text, every layer, every token; one measure at a time as a heatmap."""

from dataclasses import asdict
from typing import Any

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboard.cards import map_card, question_card
from dashboard.components import (
    cell_panel,
    definition_mark,
    empty_cell,
    facts,
    grid_table,
    notes,
    status_line,
)
from dashboard.figures import drawing
from dashboard.ids import Explore, Page
from dashboard.reading_panel import reading_panel
from dashboard.wire import pack_figure
from model_backend import (
    DEFINITIONS,
    Backend,
    CellRequest,
    InspectRequest,
    Measure,
    ModelCard,
    Scale,
    Span,
    read_grid,
)

BUSY = [
    (Output(Explore.MAP, "className"), "card map is-busy", "card map"),
    (Output(Explore.RUN, "loading"), True, False),
]


def layout(cards: tuple[ModelCard, ...]) -> Component:
    """The view as it stands before anything has been computed."""
    return html.Div(
        [
            dcc.Store(id=Explore.REQUEST),
            dcc.Store(id=Explore.CHOSEN),
            dcc.Store(id=Explore.DRAWING),
            dcc.Store(id=Explore.PIN),
            dcc.Interval(id=Page.PULSE, interval=600),
            question_card(cards),
            dmc.Alert(id=Page.ERROR, hide=True, color="red", title="That did not work"),
            html.Div(
                [
                    map_card(),
                    html.Aside(empty_cell(), id=Explore.CELL, className="card cell"),
                    html.Section(id=Explore.READING, className="card reading-card"),
                ],
                className="map-and-cell",
            ),
        ],
        className="view",
    )


def register(app: Dash, backend: Backend) -> None:
    """Tie the view's parts to the backend."""

    @app.callback(
        Output(Explore.REQUEST, "data"),
        Input(Explore.RUN, "n_clicks"),
        Input(Explore.CHOSEN, "data"),
        Input(Explore.MODEL, "value"),
        Input(Explore.SPECIAL, "checked"),
        State(Explore.TEXT, "value"),
        running=BUSY,
    )
    def ask(_: int, __: object, model: str, special_tokens: bool, text: str) -> dict[str, Any]:
        request = InspectRequest(model, text or "", special_tokens)
        backend.load(model)
        backend.fingerprint(request)  # only what can be answered becomes the page's state
        return asdict(request)

    @app.callback(
        Output(Explore.DRAWING, "data"),
        Output(Explore.FACTS, "children"),
        Output(Explore.NOTES, "children"),
        Input(Explore.REQUEST, "data"),
        Input(Explore.MEASURE, "value"),
        Input(Explore.SCALE, "value"),
        Input(Explore.SPAN, "value"),
        Input(Explore.SINKS, "checked"),
        running=BUSY,
    )
    def draw(
        request: dict[str, Any] | None, measure: str, scale: str, span: str, sinks: bool
    ) -> tuple[object, list[Component], list[Component]]:
        if request is None:
            raise PreventUpdate
        inspection = backend.inspect(InspectRequest(**request))
        figure = drawing(inspection, Measure(measure), Scale(scale), Span(span), with_sinks=sinks)
        figure.layout.meta = {**figure.layout.meta, "request": request}
        said = notes(inspection, Measure(measure), Scale(scale), with_sinks=sinks)
        return pack_figure(figure), facts(inspection), [html.P(note) for note in said]

    @app.callback(
        Output(Explore.CELL, "children"),
        Input(Explore.PIN, "data"),
        running=[(Output(Explore.CELL, "className"), "card cell is-busy", "card cell")],
    )
    def open_cell(pin: dict[str, Any] | None) -> Component:
        return cell_panel(backend.cell(CellRequest(**pin))) if pin else empty_cell()

    @app.callback(Output(Explore.DEFINITION, "children"), Input(Explore.MEASURE, "value"))
    def define(measure: str) -> Component:
        return definition_mark(DEFINITIONS[Measure(measure)])

    @app.callback(
        Output(Explore.READING, "children"),
        Input(Explore.REQUEST, "data"),
        Input(Explore.MEASURE, "value"),
        Input(Explore.SINKS, "checked"),
    )
    def read(request: dict[str, Any] | None, measure: str, sinks: bool) -> Component:
        if request is None:
            raise PreventUpdate
        inspection = backend.inspect(InspectRequest(**request))
        left_out = None if sinks else inspection.is_sink
        return reading_panel(read_grid(inspection.grids[Measure(measure)], left_out))

    @app.callback(
        Output(Explore.TABLE, "children"),
        Input(Explore.REQUEST, "data"),
        Input(Explore.MEASURE, "value"),
        Input(Explore.VIEW, "value"),
    )
    def tabulate(request: dict[str, Any] | None, measure: str, view: str) -> Component | None:
        if request is None or view == "map":
            return None
        return grid_table(backend.inspect(InspectRequest(**request)).grids[Measure(measure)])

    @app.callback(Output(Page.STATUS, "children"), Input(Page.PULSE, "n_intervals"))
    def tell_status(_: int) -> str:
        return status_line(backend.models())

    _register_in_browser(app)


def _register_in_browser(app: Dash) -> None:
    app.clientside_callback(
        ClientsideFunction("layerscope", "show"),
        Output(Explore.HEATMAP, "figure"),
        Input(Explore.DRAWING, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("layerscope", "chooseExample"),
        Output(Explore.TEXT, "value"),
        Output(Explore.CHOSEN, "data"),
        Input(Explore.EXAMPLE, "value"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("layerscope", "setRange"),
        Input(Explore.LAYERS, "value"),
        Input(Explore.TOKENS, "value"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("layerscope", "needsRange"),
        Output(Explore.SPAN, "disabled"),
        Input(Explore.SCALE, "value"),
    )
    app.clientside_callback(
        ClientsideFunction("layerscope", "hideError"),
        Output(Page.ERROR, "hide"),
        Input(Explore.REQUEST, "data"),
        prevent_initial_call=True,
    )
