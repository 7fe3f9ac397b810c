"""The card of Compare: what stands on each side, and how the two are laid over each other."""

from collections.abc import Sequence

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.map_card.tracking import track_menu
from dashboard.maps.measure_choices import MeasureChoices, measure_select
from dashboard.maps.probe_score import NOT_IN_COMPARE
from dashboard.page.components import hinted_select, model_choices, segments
from dashboard.page.ids import LEFT, RIGHT, Compare, SideIds
from dashboard.views.ask.answer_map import Axis
from dashboard.views.compare.side import SideKind
from model_backend import Align, ModelCard, Scale

TEXTS = ("The capital of Italy is Rome.", "The capital of Poland is Rome.")
QUESTIONS = ("What is the capital of Italy?", "What is the capital of Poland?")
SCALES = (Scale.RAW, Scale.LOG10)


def compare_card(cards: Sequence[ModelCard]) -> Component:
    """The card of the form: what is on the left, what is on the right, and what both share."""
    axis = segments(Compare.AXIS, "Columns of a question", [axis.value for axis in Axis])
    shared = [
        segments(Compare.ALIGN, "Align tokens by", [how.value for how in Align]),
        html.Div(axis, className="axis"),
        segments(Compare.SCALE, "Scale", [scale.value for scale in SCALES]),
        track_menu(LEFT),
        dcc.Store(id=RIGHT.tracking),
        dmc.Button("Compare", id=Compare.RUN, n_clicks=0, className="run"),
    ]
    sides = zip(("Left", "Right"), (LEFT, RIGHT), TEXTS, QUESTIONS, strict=True)
    return html.Section(
        [
            html.Div([_side(cards, *side) for side in sides], className="sides"),
            html.Div(shared, className="shared"),
        ],
        className="card compare-card",
    )


def _side(
    cards: Sequence[ModelCard], name: str, ids: SideIds, text: str, question: str
) -> Component:
    """Both of what may stand there: what was typed into either is kept while the other is shown."""
    where = name.lower()
    named = {"aria-label": f"On the {where}"}
    kinds = [kind.value for kind in SideKind]
    kind = dmc.SegmentedControl(id=ids.kind, data=kinds, value=kinds[0], size="xs", **named)
    reads = "Read special tokens such as </s>"
    special = dmc.Switch(id=ids.special, label=reads, checked=True, size="xs")
    return html.Fieldset(
        [
            html.Legend(name),
            dcc.Store(id=ids.answer),
            kind,
            _typed(ids.text, f"Text on the {where}", text, "if-text"),
            html.Div(special, className="if-text"),
            _typed(ids.question, f"Question on the {where}", question, "if-question"),
            html.Div(_choices(cards, ids), className="side-choices"),
        ],
        id=ids.side,
        className="side is-text",
    )


def _typed(id_: str, label: str, value: str, when: str) -> Component:
    return dmc.Textarea(
        id=id_, label=label, value=value, autosize=True, minRows=1, maxRows=6, className=when
    )


def _choices(cards: Sequence[ModelCard], ids: SideIds) -> list[Component]:
    return [
        hinted_select(ids.model, "Model", model_choices(cards), value=cards[0].name),
        measure_select(ids.measure, MeasureChoices(no_score=NOT_IN_COMPARE)),
        hinted_select(ids.site, "Site", []),
    ]
