"""The two large cards of Explore, as they stand before anything has been computed."""

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components import model_choices, range_slider, segments
from dashboard.figures import GRAPH_CONFIG, empty_figure
from dashboard.ids import Explore, Page
from model_backend import Measure, ModelCard, Scale, Span

EXAMPLES = {
    "A fact": "The Eiffel Tower stands in Paris, the capital of France.",
    "A question": "What is the capital of Italy? The capital of Italy is Rome.",
    "A sum": "What is 27 plus 45? 27 plus 45 equals 72.",
    "A story": "Alice was beginning to get very tired of sitting by her sister on the bank.",
    "Repetition": "one two three four one two three four one two three four",
}
FIRST_MEASURE = Measure.LENS_CONFIDENCE
MEASURE_GROUPS = {
    "Residual stream": [
        Measure.RESIDUAL_NORM,
        Measure.UPDATE_SIZE,
        Measure.COSINE_TO_PREVIOUS,
        Measure.COSINE_TO_FINAL,
    ],
    "Logit lens": [
        Measure.LENS_CONFIDENCE,
        Measure.LENS_ENTROPY,
        Measure.LENS_KL,
        Measure.NEXT_TOKEN_PROBABILITY,
        Measure.NEXT_TOKEN_RANK,
    ],
}


def question_card(cards: tuple[ModelCard, ...]) -> Component:
    """What is asked: the text, the model, and examples to start from."""
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
                    dmc.Select(
                        id=Explore.MODEL,
                        label="Model",
                        data=model_choices(cards),
                        value=cards[0].name,
                        allowDeselect=False,
                        className="model",
                    ),
                    dmc.Button("Run", id=Explore.RUN, n_clicks=0, className="run"),
                ],
                className="model-and-run",
            ),
            html.Div(
                [
                    html.Span("Try", className="muted"),
                    dmc.ChipGroup(
                        [dmc.Chip(name, value=text, size="xs") for name, text in EXAMPLES.items()],
                        id=Explore.EXAMPLE,
                    ),
                    dmc.Switch(
                        id=Explore.SPECIAL,
                        label="Read special tokens such as </s>",
                        checked=True,
                        size="xs",
                    ),
                    html.Span("Ctrl/⌘ + Enter runs", className="muted shortcut"),
                ],
                className="examples",
            ),
        ],
        className="card question",
    )


def map_card() -> Component:
    """The map with its controls, and what is said of it below."""
    return html.Section(
        [
            html.Div(
                [
                    dmc.Select(
                        id=Explore.MEASURE,
                        label="Measure",
                        data=[
                            {"group": group, "items": [measure.value for measure in measures]}
                            for group, measures in MEASURE_GROUPS.items()
                        ],
                        value=FIRST_MEASURE.value,
                        allowDeselect=False,
                    ),
                    html.Div(id=Explore.DEFINITION),
                    segments(Explore.SCALE, "Scale", [scale.value for scale in Scale]),
                    segments(Explore.SPAN, "Colour range", [span.value for span in Span]),
                    dmc.Switch(id=Explore.SINKS, label="Sinks in range", checked=False, size="sm"),
                    segments(Explore.VIEW, "Show as", ["map", "table"]),
                ],
                className="controls",
            ),
            html.Div(id=Explore.FACTS, className="facts"),
            html.Div(id=Explore.TABLE),
            html.Div(
                [
                    dcc.Graph(id=Explore.HEATMAP, config=GRAPH_CONFIG, figure=empty_figure()),
                    html.Div(id=Page.STATUS, className="status", role="status"),
                ],
                className="plot",
            ),
            html.Div(id=Explore.LIVE, className="for-readers", **{"aria-live": "polite"}),
            html.Div(
                [range_slider(Explore.LAYERS, "Layers"), range_slider(Explore.TOKENS, "Tokens")],
                className="ranges",
            ),
            html.Div(id=Explore.NOTES, className="notes muted"),
        ],
        id=Explore.MAP,
        className="card map is-busy",
    )
