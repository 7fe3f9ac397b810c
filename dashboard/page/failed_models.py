"""Models that failed: marked in a view's list of models, with an offer to use another instead."""

from collections.abc import Sequence
from dataclasses import dataclass

from dash import ClientsideFunction, Dash, Input, Output, State, html
from dash.development.base_component import Component

from dashboard.page.components import model_choices
from dashboard.page.ids import Page
from model_backend import Backend, ModelCard, ModelState


@dataclass(frozen=True)
class ModelChoice:
    """The ids of a view's list of models, and of the offer below it."""

    model: str
    offer: str
    use: str


def offer_instead(ids: ModelChoice) -> Component:
    """An empty place for the offer to use another model in place of one that failed to load."""
    said = html.Span("That model is not available here.")
    return html.Div(
        [said, html.Button(id=ids.use, className="small")],
        id=ids.offer,
        className="instead",
        hidden=True,
    )


def another(cards: Sequence[ModelCard], chosen: str) -> str | None:
    """A model to use in the place of one that failed; None if it did not, or if there is none."""
    failed = {card.name for card in cards if card.state is ModelState.FAILED}
    rest = [card for card in cards if card.name not in failed]
    rest.sort(key=lambda card: card.state is not ModelState.READY)
    return rest[0].name if chosen in failed and rest else None


def register_failed_models(app: Dash, backend: Backend, ids: ModelChoice) -> None:
    """Register the callbacks that offer another model when the chosen one failed to load."""

    @app.callback(
        Output(ids.model, "data"),
        Output(ids.offer, "hidden"),
        Output(ids.use, "children"),
        Output(ids.use, "value"),
        Input(Page.ERROR, "children"),
        Input(ids.model, "value"),
    )
    def mark(_: object, chosen: str) -> tuple[list[dict[str, str]], bool, str, str | None]:
        cards = backend.models()
        name = another(cards, chosen)
        return model_choices(cards, chosen), name is None, f"Use {name} instead", name

    app.clientside_callback(
        ClientsideFunction("layerscope", "useModel"),
        Output(ids.model, "value"),
        Input(ids.use, "n_clicks"),
        State(ids.use, "value"),
        prevent_initial_call=True,
    )
