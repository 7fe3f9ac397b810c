"""The text card of Explore, as it stands before anything has been computed."""

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from dashboard.page.components import example_chips, model_select
from dashboard.page.ids import Explore
from model_backend import ModelCard

EXAMPLES = {
    "A fact": "The Eiffel Tower stands in Paris, the capital of France.",
    "Asked and answered": "What is the capital of Italy? The capital of Italy is Rome.",
    "A sum": "What is 27 plus 45? 27 plus 45 equals 72.",
    "A story": "Alice was beginning to get very tired of sitting by her sister on the bank.",
    "Repetition": "one two three four one two three four one two three four",
}


def question_card(cards: tuple[ModelCard, ...]) -> Component:
    """Card for the text, the model, and examples to start from."""
    return html.Section(
        [
            dmc.Textarea(
                id=Explore.TEXT,
                label="Text",
                value=next(iter(EXAMPLES.values())),
                placeholder="Type or paste any text",
                autosize=True,
                minRows=2,
                maxRows=8,
                className="text",
            ),
            html.Div(
                [
                    model_select(Explore.MODEL, cards),
                    dmc.Button("Run", id=Explore.RUN, n_clicks=0, className="run"),
                ],
                className="model-and-run",
            ),
            html.Div(
                [
                    html.Span("Try", className="muted"),
                    example_chips(Explore.EXAMPLE, EXAMPLES),
                    dmc.Switch(
                        id=Explore.SPECIAL,
                        label="Read special tokens such as </s>",
                        checked=True,
                        size="xs",
                    ),
                    html.Button(
                        "Open a saved map",
                        type="button",
                        className="link-button",
                        **{"data-open-file": "explore"},
                    ),
                    html.Span("Ctrl/⌘ + Enter runs", className="muted shortcut"),
                ],
                className="examples",
            ),
        ],
        className="card question",
    )
