"""The Share menu of a map: its link, pictures of it, and its numbers as files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dash import html
from dash.development.base_component import Component

from dashboard.page.hints import HINT
from dashboard.page.ids import MapIds


@dataclass(frozen=True)
class ShareOption:
    """One way to share a map; assets/share/menu.js knows it by its name."""

    name: str
    label: str
    what: str


LINK = ShareOption(
    "link", "Copy link", "opens this very view; everyone who has it can read the text"
)
PICTURES = (
    ShareOption("png", "PNG picture", "what is on screen"),
    ShareOption("svg", "SVG picture", "the same, to be scaled and edited"),
    ShareOption("html", "Interactive page", "one HTML file that needs no network"),
)
TABLE = ShareOption("csv", "CSV table", "one line for every cell in view: the measure shown")
ARCHIVES = (
    ShareOption(
        "json", "JSON file", "all cells, all measures but the probe score; can be opened again"
    ),
    ShareOption("npz", "NPZ file", "the same as NumPy arrays; can be opened again"),
)
ONE_MAP = (
    ShareOption("json", "JSON file", "all cells with all their numbers; can be opened again"),
    ShareOption("npz", "NPZ file", "the same as NumPy arrays; can be opened again"),
)

COMPARE = ShareOption("compare", "Compare with …", "beside another text, model or measure")
WITH_FILES = (LINK, *PICTURES, TABLE, *ONE_MAP)
"""For maps that are one of a kind, such as AUCs and differences."""
IN_COMPARE = (LINK, *PICTURES, TABLE, *ARCHIVES)
ALL = (COMPARE, *IN_COMPARE)


WIDTHS = {"0": "twice the screen", "1600": "1,600 pixels", "2400": "2,400", "3600": "3,600"}
"""Widths of a PNG picture."""


PICTURE = {
    "title": "What the map is of, in a line above it.",
    "width": "How sharp the picture is; its layout stays that of the screen.",
}
"""Hints on the choices of a picture."""


def _picture_choices() -> Component:
    """Boxes for a picture's title and width; its profiles and words are those on screen."""
    titles = {"yes": "with", "no": "without"}
    return html.Div(
        [_choice("title", "Title", titles), _choice("width", "Width", WIDTHS)],
        className="share-picture muted",
    )


def _choice(name: str, label: str, options: Mapping[str, str]) -> Component:
    values = [html.Option(text, value=value) for value, text in options.items()]
    return html.Label([label, html.Select(values, **{"data-picture": name, HINT: PICTURE[name]})])


def share_menu(ids: MapIds, ways: Sequence[ShareOption]) -> Component:
    """The Share button with its menu of ``ways``; a line above it says what was done last."""
    buttons = [
        html.Button(
            [html.Strong(way.label), html.Span(way.what, className="muted")],
            type="button",
            **{"data-share": way.name, "data-map": ids.prefix},
        )
        for way in ways
    ]
    if any(way in PICTURES[:2] for way in ways):
        buttons.insert(1 + ways.index(PICTURES[0]), _picture_choices())
    said = html.P(className="share-said", role="status")
    ways_there = html.Div(buttons, className="share-ways")
    menu = html.Details([html.Summary("Share"), ways_there], className="share")
    return html.Div([menu, said], className="sharing")
