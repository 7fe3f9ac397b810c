"""Probe: where, across layers and places in an answer, does a model know that it is wrong?"""

from dataclasses import replace
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboard.drawing.render_cache import RenderCache
from dashboard.links.callbacks import profiles_field, show_field
from dashboard.links.menu import WITH_FILES
from dashboard.links.url_state import Field, Kind, UrlState
from dashboard.map_card.busy import busy
from dashboard.map_card.callbacks import drawn, register_drawing
from dashboard.map_card.layout import Controls, cell_beside, map_card, reading_place
from dashboard.map_card.words import register_reading, register_table
from dashboard.maps.map_data import MapData
from dashboard.page.probe_ids import BESIDE, DIFFERENCE, PROBE, Form, Probe
from dashboard.page.requests import Request
from dashboard.views.probe.maps import comparing
from dashboard.views.probe.maps.cell import auc_cell, empty_auc_cell
from dashboard.views.probe.maps.curves import cell_curves
from dashboard.views.probe.maps.find import find_map, find_study
from dashboard.views.probe.maps.study_map import best_cell
from dashboard.views.probe.studies import callbacks as studying
from dashboard.views.probe.studies import downloads, own_studies
from dashboard.views.probe.studies import dropped_answers as dropped
from dashboard.views.probe.studies.form import study_form
from dashboard.views.probe.studies.gallery import gallery
from dashboard.views.probe.studies.headline import headline
from dashboard.views.probe.studies.tables import (
    example_rows,
    examples_card,
    references_table,
    whose_scores,
)
from dashboard.web.map_routes import serve_exports
from model_backend import Backend, ModelCard

TITLE = "Probe"
ABOUT = "Maps of how well a probe tells right answers from wrong ones; studies of your own."
LINKED = UrlState(
    "probe",
    (
        Field("map", PROBE.request, "data", Kind.JSON, from_request=(PROBE.prefix, "")),
        Field("show", PROBE.show, kind=Kind.CHOICE, choices=("map", "table")),
        Field("beside", Probe.OTHER, default=None),
        show_field(BESIDE, "beside_show"),
        show_field(DIFFERENCE, "difference_show"),
        profiles_field(PROBE, "profiles"),
        profiles_field(BESIDE, "beside_profiles"),
        profiles_field(DIFFERENCE, "difference_profiles"),
    ),
    maps=(PROBE,),
    more_maps=(BESIDE, DIFFERENCE),
)


def layout(cards: tuple[ModelCard, ...]) -> list[Component]:
    """The view with its gallery; assets/views/probe.js chooses the first map when it is shown."""
    return [
        *(dcc.Store(id=store) for store in (Form.ADDED, Form.STARTED, Probe.CHANGED)),
        dcc.Interval(id=Form.TICK, interval=studying.SLOW),
        _shelf(),
        study_form(cards),
        html.Div(id=Probe.HEADLINE),
        html.Div(
            [
                map_card(
                    PROBE,
                    Controls([comparing.other_choice()], are_named=True),
                    columns="Positions",
                    ways=WITH_FILES,
                ),
                cell_beside(
                    PROBE, empty_auc_cell(), by_callback=True, reading=[reading_place(PROBE)]
                ),
                html.Div(comparing.layout(), className="below-map"),
            ],
            className="map-and-cell",
        ),
        html.Div(id=Probe.RIVALS),
        examples_card(dropped.dropped_part()),
    ]


def _shelf() -> Component:
    words = (
        "For every layer and every named place in an answer, a linear probe tries to tell right "
        "answers from wrong ones. The more a cell stands out, the better it can: a cell of the "
        "page's own colour is no better than chance."
    )
    return html.Section(
        [
            html.H2("Where does a model know that its answer is wrong?"),
            html.Details(
                [
                    html.Summary("Choose a map"),
                    html.P(words, className="muted"),
                    html.Div(id=Probe.STUDIES, className="shelf-group"),
                    gallery(),
                ],
                id=Probe.MAPS,
                open=True,  # assets/views/probe.js folds it once a map is chosen
                className="shelf-maps",
            ),
        ],
        className="card shelf",
    )


def register(app: Dash, backend: Backend) -> None:
    """Register the callbacks of the view, which send what is asked to the backend."""
    register_drawing(app, PROBE)
    _register_map(app, backend)
    _register_cell(app, backend)
    _register_words(app, backend)
    comparing.register(app, backend)
    studying.register(app, backend)
    own_studies.register(app, backend)
    downloads.register(app, backend)
    dropped.register(app, backend)


def _register_map(app: Dash, backend: Backend) -> None:
    @app.callback(
        Output(PROBE.drawing, "data"),
        Output(PROBE.facts, "children"),
        Output(PROBE.notes, "children"),
        Input(PROBE.request, "data"),
        Input(Probe.OTHER, "value"),
        running=busy(PROBE),
        prevent_initial_call=True,
    )
    def draw_map(
        request: Request | None, other: str | None
    ) -> tuple[object, list[Component], list[Component]]:
        if request is None:
            raise PreventUpdate
        map_ = comparing.beside(backend, find_map(backend, request["map"]), other)
        return drawn(replace(map_, facts=(map_.title, *map_.facts)))

    def loaded(request: Request | None) -> MapData | None:
        return find_map(backend, request["map"]) if request else None

    inputs = [Input(PROBE.request, "data")]
    register_table(app, PROBE, inputs, loaded)
    register_reading(app, PROBE, inputs, loaded, RenderCache())
    serve_exports(app, PROBE.prefix, lambda asked: find_map(backend, asked["request"]["map"]))


def _register_cell(app: Dash, backend: Backend) -> None:
    @app.callback(
        Output(PROBE.cell, "children"),
        Input(PROBE.opened, "data"),
        running=[(Output(PROBE.panel, "className"), "card cell is-busy", "card cell")],
        prevent_initial_call=True,
    )
    def open_cell(opened: Request | None) -> Component | None:
        if opened is None:
            return None
        row, column = opened["row"], opened["position"]
        at = find_study(backend, opened["map"])
        behind = () if at is None else cell_curves(at, row, column)
        return auc_cell(find_map(backend, opened["map"]), row, column, behind)

    @app.callback(
        Output(Probe.BEHIND, "hidden"),
        Output(Probe.EXAMPLES, "rowData"),
        Output(Probe.WHOSE, "children"),
        Input(PROBE.request, "data"),
        Input(PROBE.opened, "data"),
        prevent_initial_call=True,
    )
    def list_examples(
        request: Request | None, opened: Request | None
    ) -> tuple[bool, list[dict[str, Any]], str]:
        at = find_study(backend, request["map"]) if request else None
        if at is None:
            return True, [], ""
        cell = (opened["row"], opened["position"]) if opened else best_cell(at)
        return False, example_rows(at, *cell), whose_scores(at, *cell)

    for table in (Probe.EXAMPLES, Probe.DROPPED):
        app.clientside_callback(
            ClientsideFunction("layerscope", "askAgain"),
            Input(table, "selectedRows"),
            prevent_initial_call=True,
        )


def _register_words(app: Dash, backend: Backend) -> None:
    @app.callback(
        Output(Probe.HEADLINE, "children"),
        Output(Probe.RIVALS, "children"),
        Input(PROBE.request, "data"),
        prevent_initial_call=True,
    )
    def say(request: Request | None) -> tuple[Component | None, Component | None]:
        if request is None:
            raise PreventUpdate
        at = find_study(backend, request["map"])
        return (None, None) if at is None else (headline(at.study), references_table(at.study))
