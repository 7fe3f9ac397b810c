"""Explore: any text, every layer, every token; one measure at a time as a heatmap."""

from dataclasses import asdict
from typing import Any

import dash_mantine_components as dmc
from dash import (
    ClientsideFunction,
    Dash,
    Input,
    NoUpdate,
    Output,
    State,
    dcc,
    no_update,
    set_props,
)
from dash.development.base_component import Component

from dashboard.links.callbacks import map_parts
from dashboard.links.url_state import Kind, Part, UrlState
from dashboard.map_card.callbacks import busy, register_map
from dashboard.map_card.layout import map_area, measure_controls
from dashboard.maps.export import serve_exports
from dashboard.maps.map_data import Subject
from dashboard.page.failed_models import ModelChoice, offer_instead, register_failed_models
from dashboard.page.ids import EXPLORE, Explore
from dashboard.page.requests import Request
from dashboard.views.explore.card import question_card
from model_backend import (
    Backend,
    CellDetail,
    CellRequest,
    FileBackend,
    InspectRequest,
    ModelCard,
)

TITLE = "Explore"
MODELS = ModelChoice(Explore.MODEL, Explore.OFFER, Explore.USE)
LINKED = UrlState(
    "explore",
    (
        Part("text", Explore.TEXT, asked=(EXPLORE.prefix, "text")),
        Part("model", Explore.MODEL, kind=Kind.MODEL, asked=(EXPLORE.prefix, "model")),
        Part("special_tokens", Explore.SPECIAL, "checked", Kind.SWITCH,
             asked=(EXPLORE.prefix, "special_tokens")),
        *map_parts(EXPLORE),
    ),
    maps=(EXPLORE,),
    run=Explore.CHOSEN,
    starts=True,
)  # fmt: skip
RUNNING = [(Output(Explore.RUN, "loading"), True, False)]


class ExploreMap:
    """The map of a text: one column for every token."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def subject(self, request: Request, *, attention: bool = False) -> Subject:
        """Every token of the text."""
        asked = InspectRequest(**{**request, "attention": attention})
        return Subject(self._backend.inspect(asked))

    def cell(self, request: Request, row: int, position: int) -> CellDetail:
        """One layer at one token."""
        return self._backend.cell(CellRequest(**request, row=row, position=position))


def layout(cards: tuple[ModelCard, ...]) -> list[Component]:
    """The view as it stands before anything has been computed."""
    return [
        dcc.Store(id=Explore.CHOSEN),
        question_card(cards),
        offer_instead(MODELS),
        dmc.Alert(
            id=Explore.SWITCHED,
            hide=True,
            color="yellow",
            title="Another model was chosen",
            withCloseButton=True,
        ),
        map_area(EXPLORE, measure_controls(EXPLORE)),
    ]


def register(app: Dash, backend: FileBackend) -> None:
    """Tie the view's parts to the backend."""
    source = ExploreMap(backend)
    register_map(app, EXPLORE, source, backend, while_drawing=RUNNING)
    serve_exports(app, EXPLORE.prefix, source, backend)
    register_failed_models(app, backend, MODELS)

    @app.callback(
        Output(EXPLORE.request, "data"),
        Input(Explore.RUN, "n_clicks"),
        Input(Explore.CHOSEN, "data"),
        Input(Explore.MODEL, "value"),
        Input(Explore.SPECIAL, "checked"),
        State(Explore.TEXT, "value"),
        running=[*busy(EXPLORE), *RUNNING],
        prevent_initial_call=True,  # assets/links/open_link.js begins
    )
    def ask(
        _: int, __: object, model: str, special_tokens: bool, text: str
    ) -> dict[str, Any] | NoUpdate:
        request = InspectRequest(model, text or "", special_tokens)
        other = backend.instead(request)
        if other is not None:
            return switch_to(other, model)
        backend.load(model)
        backend.fingerprint(request)  # only what can be answered becomes the page's state
        return asdict(request)

    app.clientside_callback(  # whatever runs next, what was said of the run before is no news
        ClientsideFunction("layerscope", "hideNotice"),
        Output(Explore.SWITCHED, "hide"),
        Input(Explore.RUN, "n_clicks"),
        Input(Explore.CHOSEN, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("layerscope", "chooseExample"),
        Output(Explore.TEXT, "value"),
        Output(Explore.CHOSEN, "data"),
        Input(Explore.EXAMPLE, "value"),
        prevent_initial_call=True,
    )


def switch_to(model: str, file: str) -> NoUpdate:
    """Choose a model for a text that a file does not hold, and say so; the choice then asks."""
    said = f"“{file}” holds one text only, so {model} was chosen for this one."
    set_props(Explore.SWITCHED, {"children": said, "hide": False})
    set_props(Explore.MODEL, {"value": model})
    return no_update
