"""The control that makes a token the measure of a map: typed here, or clicked anywhere in a view.

The browser notes what was clicked (assets/cell/tracking.js) in the store ``ids.tracking``; the
callback here makes a measure of it and offers that among the others.
"""

from typing import Any

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboard.map_card.busy import busy
from dashboard.map_card.measure_controls import measure_choices, measure_outputs
from dashboard.maps.inspection_map import MapSource
from dashboard.maps.tracked import measure_of
from dashboard.page.components import menu
from dashboard.page.ids import MapIds
from dashboard.page.labels import visible
from dashboard.page.requests import Request
from model_backend import Backend, BadRequest, Measure, TokenChoice

SHOWN = {"probability": "token probability", "rank": "token rank"}
"""Ways to show one token, and the ids of their measures."""
RATHER = "logit difference"
"""The measure of two tokens."""


def track_menu(ids: MapIds) -> Component:
    """Fields for a token and for another that it is compared with, and what they offer."""
    label = ["Track", html.Span(" a token")]
    return html.Div(
        [dcc.Store(id=ids.tracking), menu(label, _fields(ids), "track-menu")],
        className="track",
        **{"data-map": ids.prefix},
    )


def _fields(ids: MapIds) -> list[Component]:
    shown = dmc.SegmentedControl(
        id=ids.shown, data=list(SHOWN), value="probability", size="xs", **{"aria-label": "Show its"}
    )
    return [
        html.P(
            "Choose a token to see how likely it is at every layer and position. Any next token "
            "on this page can be clicked, too.",
            className="muted",
        ),
        _field(ids.token, "Token", "a word, such as Rome"),
        html.Div(id=ids.found, className="token-offers", **{"data-which": "token"}),
        dmc.InputWrapper(shown, label="Show its"),
        _field(ids.other, "Rather than", "another word, if you like"),
        html.Div(id=ids.others, className="token-offers", **{"data-which": "other"}),
    ]


def _field(id_: str, label: str, placeholder: str) -> Component:
    return dmc.TextInput(id=id_, label=label, placeholder=placeholder, debounce=300, size="sm")


def register_tracking(app: Dash, ids: MapIds, source: MapSource, backend: Backend) -> None:
    """Offer tokens for what is typed, and make those that are clicked the measure."""
    register_offers(app, ids, backend)

    @app.callback(
        *measure_outputs(ids, allow_duplicate=True),
        Input(ids.tracking, "data"),
        State(ids.request, "data"),
        running=busy(ids),
        prevent_initial_call=True,
    )
    def track(chosen: dict[str, Any] | None, request: Request | None) -> tuple[Any, ...]:
        if not chosen or request is None:
            raise PreventUpdate
        measure = chosen_measure(chosen)
        data, value, offers = measure_choices(source, backend, request, measure)
        return data, measure if value is no_update else value, offers


def register_offers(app: Dash, ids: MapIds, backend: Backend) -> None:
    """Offer tokens for what is typed; show the rank, or the probability, of what is tracked."""

    def offer(text: str | None, request: Request | None) -> list[Component]:
        if not text or request is None:
            return []
        return token_offers(backend.token_choices(request["model"], text))

    for typed, offers in ((ids.token, ids.found), (ids.other, ids.others)):
        inputs = (Input(typed, "value"), State(ids.request, "data"))
        app.callback(Output(offers, "children"), *inputs, prevent_initial_call=True)(offer)
    app.clientside_callback(
        ClientsideFunction("layerscope", "showTracked"),
        Input(ids.shown, "value"),
        prevent_initial_call=True,
    )


def chosen_measure(chosen: dict[str, Any]) -> Measure:
    """The measure that a click names: one token shown as probability or rank, or two.

    Raises:
        BadRequest: it names no tokens.
    """
    tokens = [chosen[name] for name in ("token", "other") if chosen.get(name) is not None]
    try:
        if len(set(tokens)) > 1:
            return measure_of(RATHER, tokens)
        return measure_of(SHOWN.get(chosen.get("shown", ""), "token probability"), tokens[:1])
    except ValueError as error:
        raise BadRequest("The token to be tracked is named by its number.") from error


def token_offers(choices: tuple[TokenChoice, ...]) -> list[Component]:
    """A button for the first token of each way to read a text, and what is said of the rest."""
    buttons = [
        html.Button(
            html.Code(visible(choice.token_texts[0])),
            type="button",
            className="token-offer",
            title=_hint(choice),
            **{"data-track": str(choice.token_ids[0])},
        )
        for choice in choices
    ]
    several = [one for one in choices if len(one.token_ids) > 1]
    said = [_said(several[0], is_one_way=len(several) < len(choices))] if several else []
    return [html.Div(buttons), *(html.P(one, className="muted") for one in said)]


def _hint(choice: TokenChoice) -> str:
    first, *rest = map(visible, choice.token_texts)
    return f"Track {first}, the first of {first} {' '.join(rest)}" if rest else f"Track {first}"


def _said(choice: TokenChoice, *, is_one_way: bool) -> str:
    """The tokens of a text in words; ``is_one_way`` says that it is one token in another way."""
    word, pieces = choice.text.strip(), " ".join(map(visible, choice.token_texts))
    before = "with" if choice.text.startswith(" ") else "without"
    where = f" {before} a space before it" if is_one_way else ""
    return (
        f"“{word}”{where} is {len(choice.token_ids)} tokens here: {pieces}. Its first is offered."
    )
