"""The text card of Explore, as it stands before anything has been computed."""

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.page.components import Example, example_chips, menu, model_select, over
from dashboard.page.hints import HINT
from dashboard.page.ids import Explore
from model_backend import Group, Measure, ModelCard

EXAMPLES = (
    Example(
        "A capital",
        "The capital of Italy is Rome. The capital of Peru is",
        "Look at both columns of ·is, after which a capital comes: at which layer does it come up? "
        "In the built-in model late, and small words such as ·of early.",
    ),
    Example(
        "Repetition",
        "one two three four one two three four one two three four",
        "Compare the three rounds: a model that copies foresees the later ones; the built-in "
        "model does not.",
    ),
    Example(
        "A sum",
        "What is 27 plus 45? 27 plus 45 equals 72.",
        "Look at the digits: does the model foresee those of the sum? The built-in model foresees "
        "the words between them, the digits hardly.",
    ),
    Example(
        "A story",
        "Alice was beginning to get very tired of sitting by her sister on the bank.",
        "Look for what is foreseen at all: by the built-in model a few small words, seldom what "
        "happens next.",
    ),
)
"""Texts to start from, the first of them on the first page."""


def question_card(cards: tuple[ModelCard, ...], *notices: Component) -> Component:
    """The card of the form: text, examples and model on one line; ``notices`` come below it."""
    return html.Section(
        [
            dmc.Textarea(
                id=Explore.TEXT,
                label="Text",
                value=EXAMPLES[0].value,
                placeholder="Type or paste any text",
                autosize=True,
                minRows=1,
                maxRows=8,
                className="text",
            ),
            _examples(),
            model_select(Explore.MODEL, cards),
            dmc.Button("Run", id=Explore.RUN, n_clicks=0, className="run"),
            over(*notices),
        ],
        className="card question",
    )


def _examples() -> Component:
    special = dmc.Switch(
        id=Explore.SPECIAL, label="Read special tokens such as </s>", checked=True, size="xs"
    )
    saved = html.Button(
        "Open a saved map",
        type="button",
        className="link-button",
        **{"data-open-file": "explore", HINT: "Open a JSON or NPZ file that Share saved."},
    )
    more = html.Div([special, saved], className="menu-foot")
    return menu("Examples", [example_chips(Explore.EXAMPLE, EXAMPLES), more], "examples")


def look_for() -> Component:
    """A sentence on what to look at while predictions for an example are on screen."""
    sentences = {one.value: one.look_for for one in EXAMPLES}
    lenses = [measure for measure in Measure if measure.spec.group is Group.LENS]
    store = dcc.Store(id=Explore.SENTENCES, data={"sentences": sentences, "measures": lenses})
    return html.Div([store, html.P(id=Explore.LOOK_FOR, className="look-for")])
