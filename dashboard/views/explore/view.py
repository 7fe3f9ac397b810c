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

from dashboard.links.callbacks import map_fields
from dashboard.links.url_state import Field, Kind, UrlState
from dashboard.map_card.busy import busy
from dashboard.map_card.callbacks import register_map
from dashboard.map_card.layout import map_area, measure_controls
from dashboard.map_card.measure_controls import measure_choices, measure_outputs
from dashboard.page.components import tour_offer
from dashboard.page.failed_models import ModelChoice, offer_instead, register_failed_models
from dashboard.page.ids import EXPLORE, Explore
from dashboard.views.explore.card import look_for, question_card
from dashboard.views.explore.hints import hints, register_hints
from dashboard.views.explore.text_map import TextMap
from model_backend import Backend, InspectRequest, Measure, ModelCard, TextTooLong

TITLE = "Explore"
ABOUT = "Any text: what every layer does with every token."
MODELS = ModelChoice(Explore.MODEL, Explore.OFFER, Explore.USE)
LINKED = UrlState(
    "explore",
    (
        Field("text", Explore.TEXT, from_request=(EXPLORE.prefix, "text")),
        Field("model", Explore.MODEL, kind=Kind.MODEL, from_request=(EXPLORE.prefix, "model")),
        Field("special_tokens", Explore.SPECIAL, "checked", Kind.SWITCH,
             from_request=(EXPLORE.prefix, "special_tokens")),
        *map_fields(EXPLORE),
    ),
    maps=(EXPLORE,),
    run=Explore.CHOSEN,
    starts=True,
)  # fmt: skip
OPENING = Measure.NEXT_TOKEN_PROBABILITY
"""The measure of the first picture: an answer that comes up through the layers."""
RUNNING = [(Output(Explore.RUN, "loading"), True, False)]


def layout(cards: tuple[ModelCard, ...]) -> list[Component]:
    """The view as it stands before anything has been computed."""
    switched = dmc.Alert(
        id=Explore.SWITCHED,
        hide=True,
        color="yellow",
        title="Another model was chosen",
        withCloseButton=True,
    )
    return [
        dcc.Store(id=Explore.CHOSEN),
        question_card(cards, offer_instead(MODELS), switched),
        map_area(EXPLORE, measure_controls(EXPLORE, OPENING), tour_offer(), hints(), look_for()),
    ]


def register(app: Dash, backend: Backend) -> None:
    """Register the callbacks of the view, which send what is asked to the backend."""
    source = TextMap(backend)
    register_map(app, EXPLORE, source, backend, while_drawing=RUNNING)
    register_failed_models(app, backend, MODELS)
    _register_run(app, source, backend)
    register_hints(app, backend)
    _register_in_browser(app)


def _register_run(app: Dash, source: TextMap, backend: Backend) -> None:
    @app.callback(
        Output(EXPLORE.request, "data"),
        *measure_outputs(EXPLORE),
        Input(Explore.RUN, "n_clicks"),
        Input(Explore.CHOSEN, "data"),
        Input(Explore.MODEL, "value"),
        Input(Explore.SPECIAL, "checked"),
        State(Explore.TEXT, "value"),
        State(EXPLORE.measure, "value"),
        State(EXPLORE.offers, "data"),
        running=[*busy(EXPLORE), *RUNNING],
        prevent_initial_call=True,  # assets/links/open_link.js begins
    )
    def run(
        _: int, __: object, model: str, special_tokens: bool, text: str, *chosen: Any
    ) -> tuple[Any, ...]:
        request = InspectRequest(model, text or "", special_tokens)
        other = backend.instead(request)
        if other is not None:
            return switch_to(other, model)
        backend.load(model)
        try:
            backend.token_count(request)  # a text that is too long waits for no turn
        except TextTooLong as error:
            set_props(Explore.LIMIT, {"children": f"{error} "})
            set_props(Explore.LONG, {"hidden": False})
            raise
        asked = asdict(request)  # only what can be answered becomes the page's state
        return asked, *measure_choices(source, backend, asked, *chosen)


def _register_in_browser(app: Dash) -> None:
    app.clientside_callback(  # whatever runs next, what was said of the run before is no news
        ClientsideFunction("layerscope", "hideNotice"),
        Output(Explore.SWITCHED, "hide"),
        Input(Explore.RUN, "n_clicks"),
        Input(Explore.CHOSEN, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("layerscope", "sayLookFor"),
        Output(Explore.LOOK_FOR, "children"),
        Input(EXPLORE.request, "data"),
        Input(EXPLORE.measure, "value"),
        State(Explore.SENTENCES, "data"),
    )
    app.clientside_callback(
        ClientsideFunction("layerscope", "chooseExample"),
        Output(Explore.TEXT, "value"),
        Output(Explore.CHOSEN, "data"),
        Input(Explore.EXAMPLE, "value"),
        prevent_initial_call=True,
    )


def switch_to(model: str, file: str) -> tuple[NoUpdate, ...]:
    """Values for the form that choose ``model`` for a text that an opened file does not hold, with
    a notice.
    """
    said = f"“{file}” holds one text only, so {model} was chosen for this one."
    set_props(Explore.SWITCHED, {"children": said, "hide": False})
    set_props(Explore.MODEL, {"value": model})
    return (no_update,) * 4
