"""Ask: a question, the model's answer as it grows, and a map of its named positions."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, ctx, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboard.links.callbacks import map_fields
from dashboard.links.url_state import Field, Kind, UrlState
from dashboard.map_card.busy import busy
from dashboard.map_card.callbacks import register_map
from dashboard.map_card.layout import map_area, measure_controls
from dashboard.map_card.measure_controls import measure_choices, measure_outputs
from dashboard.page.components import segments
from dashboard.page.failed_models import ModelChoice, offer_instead, register_failed_models
from dashboard.page.ids import ASK, Ask
from dashboard.page.requests import Request
from dashboard.page.static_html import static_html
from dashboard.views.ask import routes as ask_routes
from dashboard.views.ask.answer_map import AnswerMap, Axis, question_of
from dashboard.views.ask.cards import answer_card, ask_card
from dashboard.views.ask.chances import attribution_of, chances_panel
from dashboard.views.ask.words import finish_line, positions_table, tokens_for_browser, verdict_line
from model_backend import Backend, InspectRequest, ModelCard, QuestionRequest

TITLE = "Ask"
ABOUT = "A question: the answer, whether it is right, and where the model knows it."
LINKED = UrlState(
    "ask",
    (
        Field("question", Ask.QUESTION, from_request=(ASK.prefix, "question")),
        Field("model", Ask.MODEL, kind=Kind.MODEL, from_request=(ASK.prefix, "model")),
        Field("right", Ask.RIGHT),
        Field("aliases", Ask.ALIASES, kind=Kind.TEXTS),
        Field("length", Ask.LENGTH, kind=Kind.NUMBER),
        Field("temperature", Ask.TEMPERATURE, kind=Kind.NUMBER),
        Field("seed", Ask.SEED, kind=Kind.NUMBER),
        Field("axis", Ask.AXIS, kind=Kind.CHOICE, choices=tuple(map(str, Axis)),
             from_request=(ASK.prefix, "axis")),
        Field("mark", Ask.MARK, "data", Kind.JSON),
        Field("answered", Ask.ANSWERED, "data", Kind.JSON),
        *map_fields(ASK),
    ),
    maps=(ASK,),
)  # fmt: skip
MODELS = ModelChoice(Ask.MODEL, Ask.OFFER, Ask.USE)


def layout(cards: tuple[ModelCard, ...]) -> list[Component]:
    """The view as it stands before anything is asked."""
    axis = segments(Ask.AXIS, "Columns", [axis.value for axis in Axis])
    shown = measure_controls(ASK)
    chances = html.Section(id=Ask.CHANCES, className="chances")
    answer_map = map_area(ASK, replace(shown, line=[axis, *shown.line]), chances)
    return [ask_card(cards, offer_instead(MODELS)), answer_card(), answer_map]


def register(app: Dash, backend: Backend) -> None:
    """Register the callbacks of the view, which send what is asked to the backend."""
    source = AnswerMap(backend)
    register_map(app, ASK, source, backend)
    register_failed_models(app, backend, MODELS)
    ask_routes.register(app, backend)
    _register_asking(app, source, backend)
    _register_reading(app, backend)
    _register_chances(app, backend)
    _register_in_browser(app)


def _register_asking(app: Dash, source: AnswerMap, backend: Backend) -> None:
    @app.callback(
        Output(Ask.STARTED, "data"),
        Input(Ask.RUN, "n_clicks"),
        Input(Ask.CHOSEN, "data"),
        State(Ask.MODEL, "value"),
        State(Ask.QUESTION, "value"),
        State(Ask.LENGTH, "value"),
        State(Ask.TEMPERATURE, "value"),
        State(Ask.SEED, "value"),
        prevent_initial_call=True,
    )
    def begin(
        _: int, chosen: dict[str, Any] | None, model: str, question: str, *how: object
    ) -> dict[str, Any]:
        given = (chosen or {}).get("given", "") if ctx.triggered_id == Ask.CHOSEN else ""
        request = replace(QuestionRequest(model, question or "", *how), given=given)  # type: ignore[arg-type]
        return {"answer": backend.start_answer(request), "request": asdict(request)}

    @app.callback(
        Output(ASK.request, "data"),
        *measure_outputs(ASK),
        Input(Ask.ANSWERED, "data"),
        Input(Ask.MARK, "data"),
        Input(Ask.AXIS, "value"),
        State(ASK.measure, "value"),
        State(ASK.offers, "data"),
        running=busy(ASK),
        prevent_initial_call=True,
    )
    def settle(
        answered: dict[str, Any] | None, mark: dict[str, Any] | None, axis: str, *chosen: Any
    ) -> tuple[Any, ...]:
        if answered is None:
            raise PreventUpdate
        marked = mark["mark"] if mark and mark["of"] == answered["answer"] else None
        request = QuestionRequest(
            **{**answered["request"], "answer_ids": answered["ids"], "mark": marked}
        )
        asked = {**asdict(request), "axis": axis}  # only what can be read becomes the page's state
        return asked, *measure_choices(source, backend, asked, *chosen)


def _register_reading(app: Dash, backend: Backend) -> None:
    @app.callback(
        Output(Ask.READ, "data"),
        Output(Ask.VERDICT, "children"),
        Output(Ask.PROGRESS, "children"),
        Output(Ask.PROMPT, "children"),
        Output(Ask.POSITIONS, "children"),
        Input(ASK.request, "data"),
        Input(Ask.RIGHT, "value"),
        Input(Ask.ALIASES, "value"),
        prevent_initial_call=True,
    )
    def read(request: Request | None, right: str | None, aliases: Sequence[str] | None) -> Any:
        if request is None:
            raise PreventUpdate
        answer = backend.answer(judged(request, right, aliases))
        inspection = backend.inspect(InspectRequest(answer.model, token_ids=answer.token_ids))
        tokens = tokens_for_browser(answer, inspection)
        positions = static_html(positions_table(answer))
        said = (verdict_line(answer), finish_line(answer), answer.prompt, positions)
        return tokens, *said


def _register_chances(app: Dash, backend: Backend) -> None:
    @app.callback(
        Output(Ask.CHANCES, "children"),
        Input(ASK.request, "data"),
        Input(Ask.RIGHT, "value"),
        Input(Ask.ALIASES, "value"),
        prevent_initial_call=True,
    )
    def set_against(
        request: Request | None, right: str | None, aliases: Sequence[str] | None
    ) -> Component | None:
        if request is None:
            raise PreventUpdate
        answer = backend.answer(judged(request, right, aliases))
        found = attribution_of(backend, answer)
        return static_html(chances_panel(answer, found))


def judged(request: Request, right: str | None, aliases: Sequence[str] | None) -> QuestionRequest:
    """The question of a map, with the right answers as they are typed now."""
    return replace(question_of(request), right_answers=(right or "", *(aliases or ())))


def _register_in_browser(app: Dash) -> None:
    app.clientside_callback(
        ClientsideFunction("layerscope", "chooseQuestion"),
        Output(Ask.QUESTION, "value"),
        Output(Ask.RIGHT, "value"),
        Output(Ask.ALIASES, "value"),
        Output(Ask.CHOSEN, "data"),
        Input(Ask.EXAMPLE, "value"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("layerscope", "followAnswer"),
        Input(Ask.STARTED, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("layerscope", "stopAnswer"),
        Input(Ask.STOP, "n_clicks"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("layerscope", "drawAnswer"),
        Input(Ask.READ, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("layerscope", "unmark"),
        Input(Ask.AGAIN, "n_clicks"),
        Input(Ask.NONE, "n_clicks"),
        prevent_initial_call=True,
    )
