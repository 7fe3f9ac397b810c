"""The card of Patch as it stands before anything runs: texts, answers, and what is replaced."""

import json
from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.page.components import example_chips, hinted_select, menu, model_select
from dashboard.page.ids import Patch
from dashboard.views.patch.choices import EXAMPLES, FORMS, METRICS, SITES, WAYS
from model_backend import ModelCard

STORES = (Patch.CHOSEN, Patch.STARTED, Patch.STAGE, Patch.DRAWN, Patch.KEPT)


def patch_card(cards: tuple[ModelCard, ...]) -> Component:
    """Both texts and the model in a line, the answers and options below, then what is known."""
    text_a, text_b = json.loads(EXAMPLES[0].value)
    return html.Section(
        [
            *(dcc.Store(id=id_) for id_ in STORES),
            _text(Patch.TEXT_A, "Text A (keeps its answer)", text_a, "text text-a"),
            _text(Patch.TEXT_B, "Text B (is changed)", text_b, "text text-b"),
            menu("Examples", [example_chips(Patch.EXAMPLE, EXAMPLES)], "examples"),
            model_select(Patch.MODEL, cards),
            dmc.Button("Run", id=Patch.RUN, n_clicks=0, className="run"),
            _options(),
            html.Div(id=Patch.SETUP, className="patch-setup", role="status"),
        ],
        className="card question patch",
    )


def _options() -> Component:
    return html.Div(
        [
            _answer(Patch.ANSWER_A, "A's answer"),
            _answer(Patch.ANSWER_B, "B's answer"),
            _select(Patch.SITE, "Replace", SITES),
            _select(Patch.WAY, "How", WAYS),
            _select(Patch.METRIC, "Follow", METRICS),
            _select(Patch.FORM, "Read as", FORMS),
            menu("More: window, pairs, noise", _more(), "sampling"),
        ],
        className="patch-options",
    )


def _more() -> list[Component]:
    return [
        dmc.NumberInput(
            id=Patch.WINDOW,
            label="Layers patched together",
            description="odd; 1 is one layer at a time",
            value=1,
            min=1,
            max=99,
            step=2,
            allowDecimal=False,
        ),
        _positions(Patch.PAIRS, "Pairs of tokens", "A:B, counted from 0; empty: equal positions",
                   "0:0 1:1 2:3"),
        _positions(Patch.NOISED, "Noised tokens", "positions in A, for noise on chosen tokens",
                   "4"),
    ]  # fmt: skip


def _positions(id_: str, label: str, description: str, such_as: str) -> Component:
    return dmc.TextInput(
        id=id_, label=label, description=description, placeholder=such_as, value="", debounce=400
    )


def _text(id_: str, label: str, value: str, looks: str) -> Component:
    return dmc.Textarea(
        id=id_, label=label, value=value, autosize=True, minRows=1, maxRows=6, className=looks,
        debounce=400,
    )  # fmt: skip


def _answer(id_: str, label: str) -> Component:
    return dmc.Autocomplete(
        id=id_, label=label, data=[], value="", placeholder="the likeliest", size="xs",
        debounce=400, limit=10,
    )  # fmt: skip


def _select(id_: str, label: str, choices: Mapping[Any, str]) -> Component:
    data = [{"value": one.value, "label": one.value, "hint": hint} for one, hint in choices.items()]
    return hinted_select(id_, label, data, value=data[0]["value"], size="xs")
