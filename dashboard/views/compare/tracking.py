"""A token that is tracked on both sides of Compare, by its text in each side's own model."""

from typing import Any

from dash import Dash, Input, State
from dash.exceptions import PreventUpdate

from dashboard.map_card.measure_controls import measure_outputs
from dashboard.map_card.tracking import chosen_measure, register_offers
from dashboard.maps.tracked import find_ids, measure_of
from dashboard.page.ids import LEFT, RIGHT
from dashboard.page.labels import text_of, visible
from dashboard.page.requests import Request
from dashboard.views.compare.choices import side_choices
from dashboard.views.compare.maps import while_comparing
from dashboard.views.compare.side import SideMap
from model_backend import Backend, BadRequest, Measure

SIDES = (LEFT, RIGHT)


def register_tracking(app: Dash, source: SideMap, backend: Backend) -> None:
    """Make a token that is typed, or clicked on either side, the measure of both."""
    register_offers(app, LEFT, backend)

    @app.callback(
        *(output for ids in SIDES for output in measure_outputs(ids, allow_duplicate=True)),
        *(Input(ids.tracking, "data") for ids in SIDES),
        *(State(ids.request, "data") for ids in SIDES),
        running=while_comparing(),
        prevent_initial_call=True,
    )
    def track(left: Any, right: Any, *requests: Request | None) -> tuple[Any, ...]:
        clicked = [(chosen["at"], at, chosen) for at, chosen in enumerate((left, right)) if chosen]
        if not clicked or None in requests:
            raise PreventUpdate
        _, side, chosen = max(clicked, key=lambda one: one[0])
        models = [request["model"] for request in requests if request]
        measures = on_both(backend, chosen_measure(chosen), models[side], models)
        said = []
        for request, measure in zip(requests, measures, strict=True):
            data, _, offers = side_choices(backend, source, request or {}, measure)
            said += [data, measure, offers]
        return tuple(said)


def on_both(backend: Backend, measure: Measure, model: str, models: list[str]) -> list[Measure]:
    """A measure of tokens of ``model`` for each of some models, by the texts of the tokens.

    Raises:
        BadRequest: a model has no such token.
    """
    vocabulary = backend.vocabulary(model)
    texts = [text_of(vocabulary, token_id) for token_id in measure.token_ids]
    found = []
    for other in models:
        ids = measure.token_ids if other == model else find_ids(backend.vocabulary(other), texts)
        if not ids:
            named = " and ".join(map(visible, texts))
            raise BadRequest(f"{other} has no token {named}, so it cannot be tracked there.")
        found.append(measure_of(measure.id, ids))
    return found
