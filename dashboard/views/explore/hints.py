"""Hints about the text of Explore, such as that it ends with a space or was edited since."""

from dash import ClientsideFunction, Dash, Input, Output, State, html
from dash.development.base_component import Component

from dashboard.page.ids import EXPLORE, Explore
from model_backend import Backend, InspectRequest, TextTooLong

EDITED = "The map is of the text before this change. "
SPACE = (
    "The text ends with a space. Most models read it as a token of its own, which spoils what they "
    "would say next. "
)
TWICE = (
    "The text brings along a start or end token, such as <s>, that the tokenizer adds as well: the "
    "model reads it twice. "
)


def hints() -> Component:
    """The hints, each with a button that does what it advises; all are hidden at first."""
    limit = html.Span(id=Explore.LIMIT)
    return html.Div(
        [
            _hint(Explore.EDITED, EDITED, Explore.RUN_EDITED, "Measure this text"),
            _hint(Explore.SPACE, SPACE, Explore.TRIM, "Remove it"),
            _hint(Explore.TWICE, TWICE, Explore.ONCE, "Leave one out"),
            _hint(Explore.LONG, limit, Explore.SHORTEN, "Measure its beginning"),
        ],
        role="status",
        className="hints",
    )


def _hint(id_: str, text: str | Component, button: str, label: str) -> Component:
    press = html.Button(label, id=button, n_clicks=0, type="button", className="link-button")
    return html.P([text, press], id=id_, hidden=True, className="hint")


def register_hints(app: Dash, backend: Backend) -> None:
    """Register the callbacks that show and hide the hints and follow their advice."""
    _register_in_browser(app)

    @app.callback(
        Output(Explore.TEXT, "value", allow_duplicate=True),
        Output(Explore.CHOSEN, "data", allow_duplicate=True),
        Input(Explore.SHORTEN, "n_clicks"),
        State(Explore.MODEL, "value"),
        State(Explore.SPECIAL, "checked"),
        State(Explore.TEXT, "value"),
        prevent_initial_call=True,
    )
    def shorten(clicks: int, model: str, special: bool, text: str) -> tuple[str, dict[str, object]]:
        beginning = longest_beginning(backend, InspectRequest(model, text, special))
        return beginning, {"text": beginning, "at": clicks}


def _register_in_browser(app: Dash) -> None:
    app.clientside_callback(
        ClientsideFunction("layerscope", "hintAtText"),
        Output(Explore.EDITED, "hidden"),
        Output(Explore.SPACE, "hidden"),
        Input(Explore.TEXT, "value"),
        Input(EXPLORE.request, "data"),
    )
    app.clientside_callback(
        ClientsideFunction("layerscope", "hintAtTwice"),
        Output(Explore.TWICE, "hidden"),
        Input(Explore.TEXT, "value"),
        Input(EXPLORE.drawing, "data"),
    )
    app.clientside_callback(
        ClientsideFunction("layerscope", "hideNotice"),
        Output(Explore.LONG, "hidden"),
        Input(Explore.RUN, "n_clicks"),
        Input(Explore.CHOSEN, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("layerscope", "runTrimmed"),
        Output(Explore.TEXT, "value", allow_duplicate=True),
        Output(Explore.CHOSEN, "data", allow_duplicate=True),
        Input(Explore.RUN_EDITED, "n_clicks"),
        Input(Explore.TRIM, "n_clicks"),
        Input(Explore.ONCE, "n_clicks"),
        State(Explore.TEXT, "value"),
        State(EXPLORE.drawing, "data"),
        prevent_initial_call=True,
    )


def longest_beginning(backend: Backend, request: InspectRequest) -> str:
    """The longest beginning of a text that its model takes, without spaces at its end."""
    text = request.text
    fits, too_long = 1, len(text) + 1
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        try:
            backend.token_count(
                InspectRequest(request.model, text[:middle], request.special_tokens)
            )
        except TextTooLong:
            too_long = middle
        else:
            fits = middle
    return text[:fits].rstrip() or text[:fits]
