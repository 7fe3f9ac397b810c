"""Patch: change a cell of a text, and see how much of another text's answer follows."""

from dataclasses import asdict, replace
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboard.drawing.render_cache import RenderCache
from dashboard.links.callbacks import profiles_field, show_field
from dashboard.links.menu import WITH_FILES
from dashboard.links.url_state import Field, Kind, UrlState
from dashboard.map_card.callbacks import drawn, register_drawing
from dashboard.map_card.layout import Controls, cell_beside, map_card, reading_place
from dashboard.map_card.words import register_reading, register_table
from dashboard.maps.map_data import MapData
from dashboard.maps.patch_map import MEANINGS, patch_map
from dashboard.page.ids import PATCH, PATCH_DIFFERENCE, PATCH_KEPT, Patch
from dashboard.page.labels import visible
from dashboard.page.requests import Request
from dashboard.views.patch import kept, routes
from dashboard.views.patch.card import patch_card
from dashboard.views.patch.cell import empty_patch_cell, patch_cell
from dashboard.views.patch.choices import (
    FORMS,
    METRICS,
    SITES,
    WAYS,
    as_page_request,
    find_patch,
    read_controls,
    request_of,
)
from dashboard.views.patch.setup_panel import problem_panel, setup_panel
from dashboard.web.map_routes import serve_exports
from model_backend import (
    Backend,
    BackendError,
    ModelCard,
    PatchCellRequest,
    PatchSetupRequest,
    PatchWay,
)

TITLE = "Patch"
ABOUT = "Put a cell of one text into another, and see how its answer changes."
OPTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "site": (Patch.SITE, tuple(map(str, SITES))),
    "way": (Patch.WAY, tuple(map(str, WAYS))),
    "metric": (Patch.METRIC, tuple(map(str, METRICS))),
    "form": (Patch.FORM, tuple(map(str, FORMS))),
}
LINKED = UrlState(
    "patch",
    (
        Field("text_a", Patch.TEXT_A, from_request=(PATCH.prefix, "text_a")),
        Field("text_b", Patch.TEXT_B),
        Field("answer_a", Patch.ANSWER_A),
        Field("answer_b", Patch.ANSWER_B),
        Field("model", Patch.MODEL, kind=Kind.MODEL, from_request=(PATCH.prefix, "model")),
        *(Field(name, id_, kind=Kind.CHOICE, choices=choices)
          for name, (id_, choices) in OPTIONS.items()),
        Field("window", Patch.WINDOW, kind=Kind.NUMBER),
        Field("pairs", Patch.PAIRS),
        Field("noised", Patch.NOISED),
        Field("show", PATCH.show, kind=Kind.CHOICE, choices=("map", "table")),
        profiles_field(PATCH, "profiles"),
        Field("kept", Patch.KEPT, "data", Kind.JSON, default=None),
        show_field(PATCH_KEPT, "kept_show"),
        profiles_field(PATCH_KEPT, "kept_profiles"),
        show_field(PATCH_DIFFERENCE, "difference_show"),
        profiles_field(PATCH_DIFFERENCE, "difference_profiles"),
    ),
    maps=(PATCH,),
    more_maps=(PATCH_KEPT, PATCH_DIFFERENCE),
    run=Patch.CHOSEN,
)  # fmt: skip
CHOSEN = (
    *(Patch.MODEL, Patch.TEXT_A, Patch.TEXT_B, Patch.ANSWER_A, Patch.ANSWER_B, Patch.SITE),
    *(Patch.WAY, Patch.METRIC, Patch.WINDOW, Patch.PAIRS, Patch.NOISED, Patch.FORM),
)
"""Controls that make up a request, in the order of ``read_controls``."""


def layout(cards: tuple[ModelCard, ...]) -> list[Component]:
    """The view as it stands before anything has been computed."""
    meaning = html.P(id=Patch.MEANING, className="look-for")
    progress = html.Div(id=Patch.PROGRESS, className="patch-progress muted", role="status")
    return [
        patch_card(cards),
        html.Div(
            [
                map_card(
                    PATCH, Controls([progress, kept.keep_button()], are_named=True), ways=WITH_FILES
                ),
                cell_beside(
                    PATCH,
                    empty_patch_cell(),
                    by_callback=True,
                    reading=[meaning, reading_place(PATCH)],
                ),
                html.Div(kept.layout(), className="below-map"),
            ],
            className="map-and-cell",
        ),
    ]


def register(app: Dash, backend: Backend) -> None:
    """Register the callbacks of the view, which send what is asked to the backend."""
    register_drawing(app, PATCH)
    routes.register(app, backend)
    _register_setup(app, backend)
    _register_run(app, backend)
    _register_map(app, backend)
    _register_cell(app, backend)
    kept.register(app, backend)
    _register_in_browser(app)


def _register_setup(app: Dash, backend: Backend) -> None:
    @app.callback(
        Output(Patch.SETUP, "children"),
        Output(Patch.ANSWER_A, "data"),
        Output(Patch.ANSWER_B, "data"),
        Output(Patch.MEANING, "children"),
        *(Input(id_, "value") for id_ in CHOSEN),
        running=[(Output(Patch.SETUP, "className"), "patch-setup is-busy", "patch-setup")],
    )
    def set_up(*chosen: Any) -> tuple[Any, ...]:
        meaning = MEANINGS[PatchWay(chosen[CHOSEN.index(Patch.WAY)])]
        try:
            request = read_controls(*chosen)
            backend.load(request.model)
            found = backend.ask(PatchSetupRequest(request))
        except BackendError as error:  # while somebody types, most texts are not finished
            return problem_panel(str(error)), [], [], meaning
        texts = [[visible(one.text) for one in side]
                 for side in (found.likeliest_a, found.likeliest_b)]  # fmt: skip
        offered = [list(dict.fromkeys(side)) for side in texts]
        return setup_panel(found, request), *offered, meaning


def _register_run(app: Dash, backend: Backend) -> None:
    @app.callback(
        Output(PATCH.request, "data"),
        Output(Patch.STARTED, "data"),
        Input(Patch.RUN, "n_clicks"),
        Input(Patch.CHOSEN, "data"),
        *(State(id_, "value") for id_ in CHOSEN),
        running=[(Output(Patch.RUN, "loading"), True, False)],
        prevent_initial_call=True,
    )
    def run(_: int, __: object, *chosen: Any) -> tuple[Request, dict[str, str]]:
        request = read_controls(*chosen)
        job = backend.start(request)
        return as_page_request(request, job), {"job": job}


def _register_map(app: Dash, backend: Backend) -> None:
    def loaded(request: Request | None, _: object = None) -> MapData | None:
        found = find_patch(backend, request) if request else None
        return patch_map(found, request) if found is not None and request else None

    @app.callback(
        Output(PATCH.drawing, "data"),
        Output(PATCH.facts, "children"),
        Output(PATCH.notes, "children"),
        Output(Patch.DRAWN, "data"),
        Input(Patch.STAGE, "data"),
        State(PATCH.request, "data"),
        prevent_initial_call=True,
    )
    def draw_map(stage: str | None, request: Request | None) -> tuple[Any, ...]:
        map_ = loaded(request)
        if map_ is None:
            raise PreventUpdate
        return *drawn(replace(map_, facts=(map_.title, *map_.facts[1:-1]))), stage

    inputs = [Input(PATCH.request, "data"), Input(Patch.STAGE, "data")]
    register_table(app, PATCH, inputs, loaded)
    register_reading(app, PATCH, inputs, loaded, RenderCache())

    def exported(asked: Request) -> MapData:
        map_ = loaded(asked["request"])
        if map_ is None:
            raise KeyError("job")
        return map_

    serve_exports(app, PATCH.prefix, exported)


def _register_cell(app: Dash, backend: Backend) -> None:
    @app.callback(
        Output(PATCH.cell, "children"),
        Input(PATCH.opened, "data"),
        running=[(Output(PATCH.panel, "className"), "card cell is-busy", "card cell")],
        prevent_initial_call=True,
    )
    def open_cell(opened: Request | None) -> Component | None:
        found = find_patch(backend, opened) if opened else None
        if opened is None or found is None:
            return None
        row, column, request = opened["row"], opened["column"], request_of(opened)
        map_ = patch_map(found, {**asdict(request), "job": opened["job"]})
        return patch_cell(map_, row, column, backend.ask(PatchCellRequest(request, row, column)))


def _register_in_browser(app: Dash) -> None:
    app.clientside_callback(
        ClientsideFunction("layerscope", "choosePatchExample"),
        Output(Patch.TEXT_A, "value"),
        Output(Patch.TEXT_B, "value"),
        Output(Patch.CHOSEN, "data"),
        Input(Patch.EXAMPLE, "value"),
        prevent_initial_call=True,
    )
    for function, input_ in (
        (ClientsideFunction("layerscope", "followPatch"), Input(Patch.STARTED, "data")),
        (ClientsideFunction("layerscope", "patchDrawn"), Input(Patch.DRAWN, "data")),
    ):
        app.clientside_callback(function, input_, prevent_initial_call=True)
