"""Another map beside the one on screen, on one scale, and the difference of the two."""

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboard.map_card import beside as map_beside
from dashboard.map_card.beside import Beside
from dashboard.map_card.busy import busy
from dashboard.maps.comparing.difference import Comparison
from dashboard.maps.map_data import MapData
from dashboard.page.ids import Page
from dashboard.page.probe_ids import BESIDE, DIFFERENCE, PROBE, Probe
from dashboard.page.requests import Request
from dashboard.views.probe.maps.find import find_map
from dashboard.views.probe.maps.study_map import study_name
from dashboard.web.map_routes import serve_exports
from model_backend import (
    Align,
    Backend,
    BackendError,
    StudyCard,
    example_studies,
    published_maps,
)

IDS = Beside(PROBE, BESIDE, DIFFERENCE, Probe.COMPARISON, Probe.PARTNERS)


def other_choice() -> Component:
    """The select box for the other map; own studies are filled in when there are any."""
    looks = {"placeholder": "compare with …", "className": "measure"}
    choices = _choices(own=())
    return dmc.Select(id=Probe.OTHER, label="Compare with", data=choices, clearable=True, **looks)


def layout() -> Component:
    """The other map and the difference, hidden until another map is chosen."""
    return map_beside.layout(IDS, "Positions")


def register(app: Dash, backend: Backend) -> None:
    """Draw both when another map is chosen."""
    _register_choices(app, backend)
    inputs = [Input(PROBE.request, "data"), Input(Probe.OTHER, "value")]

    def found(request: Request | None, other: str | None) -> Comparison | None:
        return compare(backend, request["map"], other) if request and other else None

    @app.callback(
        *IDS.outputs,
        *inputs,
        running=[*busy(BESIDE), *busy(DIFFERENCE)],
        prevent_initial_call=True,
    )
    def draw_both(request: Request | None, other: str | None) -> tuple[Any, ...]:
        return map_beside.drawn_beside(IDS, found(request, other))

    map_beside.register(app, IDS, inputs, found)
    serve_exports(app, BESIDE.prefix, lambda asked: find_map(backend, asked["request"]["map"]))
    serve_exports(app, DIFFERENCE.prefix, lambda asked: _asked_difference(backend, asked))


def _register_choices(app: Dash, backend: Backend) -> None:
    @app.callback(
        Output(Probe.OTHER, "data"),
        Input(Page.FINISHED, "data"),
        Input(Probe.CHANGED, "data"),
        State(Probe.OTHER, "data"),
    )
    def update_others(_: str | None, __: Any, known: list[dict[str, Any]]) -> list[dict[str, Any]]:
        others = _choices(backend.studies())
        if others == known:  # told again, the box would tell its value again, and all be drawn
            raise PreventUpdate
        return others


def compare(backend: Backend, name: str, other: str) -> Comparison:
    """Two maps by their names, whose positions find each other by name."""
    return Comparison(
        find_map(backend, name), find_map(backend, other), Align.NAME, map_beside.WORDS
    )


def _asked_difference(backend: Backend, asked: Request) -> MapData:
    """The difference that a request for a file is about."""
    left, right = (asked["request"][side]["map"] for side in ("left", "right"))
    return map_beside.difference_of(compare(backend, left, right))


def beside(backend: Backend, map_: MapData, other: str | None) -> MapData:
    """The map, on the colour scale that it shares with the map named ``other``, if there is one.

    Another that is not here is reported where it would be drawn; this map is drawn all the same.
    """
    try:
        others = [find_map(backend, other)] if other else []
    except BackendError:
        others = []
    return Comparison(map_, others[0], Align.NAME).sides()[0] if others else map_


def _choices(own: Sequence[StudyCard]) -> list[dict[str, Any]]:
    examples = [study.card for study in example_studies()]
    groups = {"Your studies": own, "Example studies": examples}
    studies = [
        {"group": name, "items": _study_items(cards)} for name, cards in groups.items() if cards
    ]
    return [*studies, *_published_choices()]


def _study_items(cards: Sequence[StudyCard]) -> list[dict[str, Any]]:
    return [
        {
            "value": study_name(card.study, site),
            "label": f"{card.name or card.dataset}, {site}, {card.finished}",
        }
        for card in cards
        for site in card.sites
    ]


def _published_choices() -> list[dict[str, Any]]:
    items = [{"value": f"published/{found.dataset}", "label": found.dataset}
             for found in published_maps()]  # fmt: skip
    return [{"group": "Published", "items": items}]
