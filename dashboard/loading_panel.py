"""What is being loaded, how far it has come, and a way to call it off."""

from collections.abc import Sequence
from typing import Any

from dash import ALL, Dash, Input, Output, ctx, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboard.ids import Page
from model_backend import Backend, ModelCard, ModelState

CANCEL = "cancel-load"


def loading_panel() -> Component:
    """Where it will stand while a view waits; assets/page.js asks for it and clears it."""
    return html.Div(id=Page.LOADING, className="loading")


def register(app: Dash, backend: Backend) -> None:
    """Tell how models are coming along whenever the page asks, and call off what is unwanted."""

    @app.callback(
        Output(Page.STATUS, "data"),
        Output(Page.LOADING, "children"),
        Input(Page.PULSE, "n_intervals"),
    )
    def tell_status(_: int) -> tuple[str, list[Component]]:
        cards = backend.models()
        return status_line(cards), loads(cards)

    @app.callback(Input({"type": CANCEL, "model": ALL}, "n_clicks"))
    def cancel(clicks: list[int | None]) -> None:
        button: Any = ctx.triggered_id
        if not any(clicks) or button is None:
            raise PreventUpdate
        backend.cancel_load(button["model"])


def status_line(cards: Sequence[ModelCard]) -> str:
    """What the person is waiting for."""
    loading = [f"Loading {card.name}: {card.message}" for card in cards if _is_loading(card)]
    return " · ".join(loading) or "Computing activations"


def loads(cards: Sequence[ModelCard]) -> list[Component]:
    """One line for each model that is being loaded."""
    return [_load(card) for card in cards if _is_loading(card)]


def _load(card: ModelCard) -> Component:
    known = {} if card.progress is None else {"value": f"{card.progress:.3f}"}
    bar = html.Progress(max="1", **known, **{"aria-label": f"Loading {card.name}"})
    button = html.Button("Cancel", id={"type": CANCEL, "model": card.name}, className="plain")
    return html.Div(
        [html.Span(["Loading ", html.Strong(card.name), f": {card.message}"]), bar, button],
        key=card.name,
        className="load",
    )


def _is_loading(card: ModelCard) -> bool:
    return card.state is ModelState.LOADING
