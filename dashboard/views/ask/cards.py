"""The cards of Ask as they stand before anything is asked: the question's and the answer's."""

import json

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.page.components import Example, example_chips, menu, model_select, over
from dashboard.page.ids import Ask
from model_backend import ModelCard, QuestionRequest

EXAMPLES: dict[str, tuple[str, ...]] = {
    "A capital": ("What is the capital of Italy?", "Rome"),
    "A large city": ("In which country is Munich?", "Germany"),
    "A village": ("In what country is the city of Reykholt?", "Iceland"),
    "A sum": ("What is 478 plus 356?", "834"),
    "A product": ("What is 12 times 12?", "144"),
    "Mexico City": ("Where is Mexico City?", "Mexico"),
    "A question without a fact": ("Which country is Alice in?",),
}
"""A question, then its right answer and aliases if there is one."""

DEFAULTS = QuestionRequest("", "?")


def ask_card(cards: tuple[ModelCard, ...], *notices: Component) -> Component:
    """The form: question and model on one line, right answer and sampling on the next."""
    first = next(iter(EXAMPLES.values()))
    examples = [Example(name, json.dumps(one)) for name, one in EXAMPLES.items()]
    return html.Section(
        [
            dmc.Textarea(
                id=Ask.QUESTION,
                label="Question",
                value=first[0],
                placeholder="Ask something that has a short answer",
                autosize=True,
                minRows=1,
                maxRows=8,
                className="text",
            ),
            menu("Examples", [example_chips(Ask.EXAMPLE, examples)], "examples"),
            model_select(Ask.MODEL, cards),
            dmc.Button("Ask", id=Ask.RUN, n_clicks=0, className="run"),
            dmc.Button("Stop", id=Ask.STOP, variant="default", disabled=True, className="stop"),
            _right_answer(first[1]),
            over(*notices),
        ],
        className="card question",
    )


def answer_card() -> Component:
    """Card in which the answer appears token by token, with its exact answer."""
    marks = [
        html.Button("Detect again", id=Ask.AGAIN, className="plain", type="button"),
        html.Button(
            "This answer has no short answer", id=Ask.NONE, className="plain", type="button"
        ),
    ]
    keys = "Drag over tokens or click one to mark it. Keys: ← →, Shift to extend, Enter to mark."
    return html.Section(
        [
            *(dcc.Store(id=id_) for id_ in (Ask.STARTED, Ask.ANSWERED, Ask.MARK, Ask.READ)),
            dcc.Store(id=Ask.CHOSEN),
            html.Div(
                [html.H2("Answer"), html.Div(id=Ask.VERDICT, className="verdict")],
                className="answer-head",
            ),
            html.Div(id=Ask.STREAM, className="stream"),
            html.Div(
                [
                    html.Div(id=Ask.PROGRESS, className="answer-progress", role="status"),
                    html.Div([html.Span("Exact answer", title=keys), *marks], className="marking"),
                    html.Div(_behind(), className="answer-more"),
                ],
                className="answer-foot muted",
            ),
        ],
        id=Ask.ANSWER,
        className="card answer",
        **{"aria-label": "Answer"},
    )


def _behind() -> list[Component]:
    return [
        menu("Named positions", [html.Div(id=Ask.POSITIONS)], "wide"),
        menu("The exact prompt", [html.Pre(id=Ask.PROMPT)], "wide"),
    ]


def _right_answer(right: str) -> Component:
    return html.Div(
        [
            dmc.TextInput(
                id=Ask.RIGHT,
                label="Right answer",
                placeholder="if you know it",
                value=right,
                debounce=400,
            ),
            dmc.TagsInput(
                id=Ask.ALIASES,
                label="Aliases",
                placeholder="other right answers; Enter after each",
                value=[],
                splitChars=["|", "\n"],
                clearable=True,
            ),
            menu("More: length, temperature, seed", _sampling(), "sampling"),
        ],
        className="right-answer",
    )


def _sampling() -> list[Component]:
    return [
        dmc.NumberInput(
            id=Ask.LENGTH,
            label="Longest answer",
            description="in tokens",
            value=DEFAULTS.max_new_tokens,
            min=1,
            allowDecimal=False,
        ),
        dmc.NumberInput(
            id=Ask.TEMPERATURE,
            label="Temperature",
            description="0: the likeliest token",
            value=DEFAULTS.temperature,
            min=0,
            step=0.1,
        ),
        dmc.NumberInput(
            id=Ask.SEED,
            label="Seed",
            description="above temperature 0",
            value=DEFAULTS.seed,
            min=0,
            allowDecimal=False,
        ),
    ]
