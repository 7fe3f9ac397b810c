"""Pieces of the page that are made from results: facts, notes and choices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from dashboard.page.ids import Page
from dashboard.page.static_html import static_html
from model_backend import (
    ModelCard,
    ModelState,
    laws_in_words,
)

SHORTCUTS = {
    "Ctrl or ⌘ + Enter": "run the text",
    "Tab, Enter": "at the top of the page: skip to the map",
    "← → ↑ ↓": "on the map: move from cell to cell",
    "Enter": "on the map: open the cell, or close it",
    "P": "on the map: pin the cell to compare it, or let it go",
    "T": "on the map: track the token that the cell would say next",
    "Esc": "on the map: leave the cell, then close the open one",
    "Shift + click": "on the map: pin the cell, or let it go",
    "Shift + ← →, Enter": "on an answer: mark its exact answer; Delete leaves none",
    "double click": "on the map: show all of it again",
    "?": "show this list",
}


def model_choices(cards: Sequence[ModelCard], chosen: str = "") -> list[dict[str, str]]:
    """The models a person may choose, for a ``hinted_select``; those that failed say so, and why.

    What is chosen stays one of the choices, though an opened file is in no list of models: a box
    would forget it.
    """
    failed = ModelState.FAILED
    others = {chosen} - {card.name for card in cards} - {""}
    return [{"value": name, "label": name} for name in others] + [
        {
            "value": card.name,
            "label": f"{card.name} (failed)" if card.state is failed else card.name,
            "hint": card.message if card.state is failed else _hint(card),
        }
        for card in cards
    ]


def _hint(card: ModelCard) -> str:
    """Note of the catalogue, and the laws that the model was checked by once it is loaded."""
    return " ".join(filter(None, (card.note, laws_in_words(card.laws))))


def hinted_select(
    id_: str, label: str, data: Sequence[Mapping[str, Any]], **more: Any
) -> Component:
    """Make a select box; an item of ``data`` may have a ``hint``, its tooltip.

    ``more`` are properties of the ``dmc.Select``.
    """
    return dmc.Select(
        id=id_,
        label=label,
        data=data,
        allowDeselect=False,
        renderOption={"function": "hintedOption"},  # assets/page/choices.js
        **more,
    )


def model_select(id_: str, cards: Sequence[ModelCard], **more: Any) -> Component:
    """The box in which a view's model is chosen; the first is the default."""
    first = cards[0].name
    return hinted_select(id_, "Model", model_choices(cards), value=first, className="model", **more)


@dataclass(frozen=True)
class Example:
    """Something to start from."""

    name: str
    value: str
    look_for: str = ""
    """A sentence on what to look at."""


def example_chips(id_: str, examples: Sequence[Example]) -> Component:
    """Examples to choose from; one tab stop for all (assets/page/tab_stops.js)."""
    chips = [
        dmc.Chip(
            [html.Strong(one.name), html.Span(one.look_for, className="muted")],
            value=one.value,
            size="xs",
            tabIndex=-1 if at else 0,
        )
        for at, one in enumerate(examples)
    ]
    named = {"aria-label": "Examples"}
    group = dmc.ChipGroup(chips, id=id_)
    return html.Div(group, role="radiogroup", className="chips", **named)


def menu(
    label: str | Sequence[Component | str], parts: Sequence[Component], kind: str
) -> Component:
    """A button that opens what is behind it, below it (assets/page/menus.js closes it again)."""
    behind = html.Div(list(parts), className="menu-parts")
    return html.Details([html.Summary(label), behind], className=f"menu {kind}")


def over(*notices: Component) -> Component:
    """A layer that shows notices above what is below them, so that nothing moves when one comes or
    goes.
    """
    return html.Div(list(notices), className="over")


def definition_mark(text: str) -> Component:
    """A question mark that shows a definition when hovered or focused."""
    return dmc.Tooltip(
        html.Button("?", className="mark", **{"aria-label": text}),
        label=text,
        multiline=True,
        w=340,
        withArrow=True,
        events={"hover": True, "focus": True, "touch": True},
    )


def segments(id_: str, label: str, choices: Sequence[str]) -> Component:
    """A few choices side by side, the first of them chosen."""
    named = {"aria-label": label}
    control = dmc.SegmentedControl(id=id_, data=list(choices), value=choices[0], size="xs", **named)
    return dmc.InputWrapper(control, label=label)


def range_slider(id_: str, label: str) -> Component:
    """A slider with two thumbs; its numbers are set when a map is drawn."""
    slider = dmc.RangeSlider(
        id=id_,
        min=0,
        max=1,
        value=[0, 1],
        step=1,
        minRange=0,
        size="sm",
        thumbFromLabel=f"first of the {label.lower()}",
        thumbToLabel=f"last of the {label.lower()}",
    )
    return dmc.InputWrapper(slider, label=label)


def sign_out_button(prefix: str) -> Component:
    """For those who had to sign in."""
    button = html.Button("Sign out", className="plain")
    return html.Form(button, method="post", action=f"{prefix}_layerscope/sign-out")


def tour_offer() -> Component:
    """An offer to be shown around, hidden unless nobody has answered it (assets/page/tour.js)."""
    return html.Div(
        [
            html.Span("New here? See how to read this page, in four steps."),
            html.Button("Show me", **_plain("begin")),
            html.Button("No, thanks", **_plain("decline")),
        ],
        className="tour-offer",
        hidden=True,
    )


def _plain(step: str) -> dict[str, str]:
    return {"type": "button", "className": "plain", "data-tour": step}


def keys_dialog() -> Component:
    """The keyboard's shortcuts, shown on a press of the question mark."""
    return html.Dialog(
        static_html(
            [
                html.H2("Keyboard"),
                html.Dl(
                    [
                        part
                        for keys, what in SHORTCUTS.items()
                        for part in (html.Dt(html.Kbd(keys)), html.Dd(what))
                    ],
                    className="shortcuts",
                ),
                html.Div(
                    [
                        html.Form(html.Button("Close", className="plain"), method="dialog"),
                        html.Button("Show the tour", **_plain("begin")),
                    ],
                    className="dialog-foot",
                ),
            ]
        ),
        id=Page.KEYS,
    )
