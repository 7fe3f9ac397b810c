"""Panel shown while a model loads, waits or computes, with the time left and Cancel."""

import math
from collections.abc import Sequence
from typing import Any

from dash import ALL, Dash, Input, Output, ctx, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboard.page.hints import HINT
from dashboard.page.ids import Page
from model_backend import Backend, InProgress, ModelCard, ModelState, Waiting

CANCEL = "cancel-load"
LEAVE = "leave-line"

GIVE_UP = {HINT: "Stop waiting. What is there already stays."}
SHOWN_FROM = 1.0
"""Seconds after which a computation is shown with its progress and Cancel."""


def asked_in_turn(interval: str) -> list[tuple[Output, bool, bool]]:
    """The ``running`` of a callback that an interval calls: the next call waits for the answer.

    Dash drops the answer to a call that was followed by another. An interval shorter than the way
    to the server and back would never get one.
    """
    return [(Output(interval, "disabled"), True, False)]


def loading_panel() -> Component:
    """An empty place for the loading panel; assets/page/busy.js fills and clears it."""
    return html.Div(id=Page.LOADING, className="loading")


def register(app: Dash, backend: Backend) -> None:
    """Register the callbacks that show how loading goes and what is ahead of the page, and that
    cancel a load or a wait.
    """

    @app.callback(
        Output(Page.STATUS, "data"),
        Output(Page.LOADING, "children"),
        Input(Page.PULSE, "n_intervals"),
        running=asked_in_turn(Page.PULSE),
    )
    def tell_status(_: int) -> tuple[str, list[Component]]:
        cards, place, now = backend.models(), backend.waiting(), backend.in_progress()
        return status_line(cards, place, now), [*loads(cards), *turns(place), *computing(now)]

    @app.callback(Input({"type": LEAVE, "place": ALL}, "n_clicks"))
    def leave(clicks: list[int | None]) -> None:
        if not any(clicks):
            raise PreventUpdate
        backend.give_up()

    @app.callback(Input({"type": CANCEL, "model": ALL}, "n_clicks"))
    def cancel(clicks: list[int | None]) -> None:
        button: Any = ctx.triggered_id
        if not any(clicks) or button is None:
            raise PreventUpdate
        backend.cancel_load(button["model"])


def status_line(
    cards: Sequence[ModelCard], place: Waiting | None = None, now: InProgress | None = None
) -> str:
    """Loading models, the place in the queue and the computation, or "Computing activations"."""
    loading = [f"Loading {card.name}: {card.message}" for card in cards if _is_loading(card)]
    if place is not None:
        loading.append(in_words(place))
    if now is not None and now.what:
        loading.append(progress_in_words(now))
    return " · ".join(loading) or "Computing activations"


def in_words(place: Waiting) -> str:
    """A place in the queue in words: "2 ahead of you, about 3 s"."""
    return f"{place.ahead} ahead of you, about {math.ceil(place.seconds)} s"


def turns(place: Waiting | None) -> list[Component]:
    """The line of the loading panel that tells the page's place in the queue; empty if it waits
    for no turn.
    """
    if place is None:
        return []
    button = html.Button(
        "Cancel", id={"type": LEAVE, "place": "line"}, className="plain", **GIVE_UP
    )
    return [html.Div([html.Span(in_words(place)), button], key=LEAVE, className="load")]


def computing(now: InProgress | None) -> list[Component]:
    """A line for the computation that the page waits for; nothing in its first second."""
    if now is None or not now.what or now.seconds < SHOWN_FROM:
        return []
    bar = html.Progress(max="1", value=f"{now.share:.3f}", **{"aria-label": now.what})
    button = html.Button("Cancel", id={"type": LEAVE, "place": "computation"}, className="plain",
                         **GIVE_UP)  # fmt: skip
    said = html.Span(progress_in_words(now))
    return [html.Div([said, bar, button], key="computation", className="load")]


def progress_in_words(now: InProgress) -> str:
    """Like "Running smollm2 over 350 tokens · 42 % · about 9 s left"."""
    said = [now.what, f"{now.share:.0%}".replace("%", " %")]
    if now.seconds_left is not None and now.seconds >= SHOWN_FROM:
        said.append(f"about {math.ceil(now.seconds_left)} s left")
    return " · ".join(said)


def loads(cards: Sequence[ModelCard]) -> list[Component]:
    """Lines of the loading panel, one for each model that is being loaded."""
    return [_load(card) for card in cards if _is_loading(card)]


def _load(card: ModelCard) -> Component:
    known = {} if card.progress is None else {"value": f"{card.progress:.3f}"}
    bar = html.Progress(max="1", **known, **{"aria-label": f"Loading {card.name}"})
    button = html.Button("Cancel", id={"type": CANCEL, "model": card.name}, className="plain",
                         **{HINT: "Stop loading this model, for all who wait for it."})  # fmt: skip
    return html.Div(
        [html.Span(["Loading ", html.Strong(card.name), f": {card.message}"]), bar, button],
        key=card.name,
        className="load",
    )


def _is_loading(card: ModelCard) -> bool:
    return card.state is ModelState.LOADING
