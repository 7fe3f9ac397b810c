"""The card of Compare: what stands on each side, and how the two are laid over each other."""

from collections.abc import Sequence

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from dashboard.components import model_choices, segments
from dashboard.ids import LEFT, RIGHT, Compare, MapIds
from dashboard.offers import FIRST_MEASURE, Offers
from dashboard.probe_score import NOT_IN_COMPARE
from model_backend import Align, ModelCard, Scale

TEXTS = ("The capital of Italy is Rome.", "The capital of Poland is Rome.")
SCALES = (Scale.RAW, Scale.LOG10)


def compare_card(cards: Sequence[ModelCard]) -> Component:
    """Two sides and, below them, what they share."""
    shared = [
        segments(Compare.ALIGN, "Align tokens by", [how.value for how in Align]),
        segments(Compare.SCALE, "Scale", [scale.value for scale in SCALES]),
        dmc.Button("Compare", id=Compare.RUN, n_clicks=0, className="run"),
    ]
    sides = zip(("Left", "Right"), (LEFT, RIGHT), TEXTS, strict=True)
    return html.Section(
        [
            html.Div([_side(*side, cards) for side in sides], className="sides"),
            html.Div(shared, className="shared"),
        ],
        className="card compare-card",
    )


def _side(name: str, ids: MapIds, text: str, cards: Sequence[ModelCard]) -> Component:
    return html.Fieldset(
        [
            html.Legend(name),
            dmc.Textarea(
                id=f"{ids.prefix}-text",
                label=f"Text on the {name.lower()}",
                value=text,
                autosize=True,
                minRows=2,
                maxRows=6,
            ),
            html.Div(
                [
                    dmc.Select(
                        id=f"{ids.prefix}-model",
                        label="Model",
                        data=model_choices(cards),
                        value=cards[0].name,
                        allowDeselect=False,
                    ),
                    dmc.Select(
                        id=ids.measure,
                        label="Measure",
                        data=Offers(no_score=NOT_IN_COMPARE).measures(),
                        value=FIRST_MEASURE.value,
                        allowDeselect=False,
                        maxDropdownHeight=420,
                    ),
                ],
                className="side-choices",
            ),
        ],
        className="side",
    )
