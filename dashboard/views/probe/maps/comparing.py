"""Another map beside the one on screen, on one scale, and the difference of the two."""

from collections.abc import Callable, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboard.drawing.figures import draw
from dashboard.drawing.packing import pack_figure
from dashboard.links.menu import WITH_FILES
from dashboard.map_card.busy import busy
from dashboard.map_card.callbacks import facts, register_drawing, sentences
from dashboard.map_card.layout import Controls, map_card
from dashboard.map_card.words import register_words_in_card
from dashboard.maps.difference import Comparison
from dashboard.maps.difference_words import Wording
from dashboard.maps.map_data import MapData
from dashboard.maps.synced_maps import register_linked
from dashboard.page.ids import MapIds, Page
from dashboard.page.probe_ids import BESIDE, DIFFERENCE, PROBE, Probe
from dashboard.page.requests import Request
from dashboard.views.probe.maps.find import find_map
from dashboard.views.probe.maps.study_map import study_name
from dashboard.web.map_routes import serve_exports
from model_backend import (
    Align,
    Backend,
    BackendError,
    BadRequest,
    StudyCard,
    example_studies,
    published_maps,
)

WHAT_COLOURS_SAY = "Blue: higher on this map. Amber: higher on the other. Light grey: the same."
WORDS = Wording("this map", "the other", "on this map", "on the other")


def other_choice() -> Component:
    """The select box for the other map; own studies are filled in when there are any."""
    looks = {"placeholder": "no other map", "className": "measure"}
    choices = _choices(own=())
    return dmc.Select(id=Probe.OTHER, label="Compare with", data=choices, clearable=True, **looks)


def layout() -> Component:
    """The other map and the difference, hidden until another map is chosen."""
    cards = [
        map_card(
            ids, Controls(are_named=True), columns="Positions", ways=WITH_FILES, has_words=True
        )
        for ids in (BESIDE, DIFFERENCE)
    ]
    store = dcc.Store(id=Probe.PARTNERS)
    return html.Div([store, *cards], id=Probe.COMPARISON, className="comparison", hidden=True)


def register(app: Dash, backend: Backend) -> None:
    """Draw both when another map is chosen."""
    _register_choices(app, backend)
    _register_drawing(app, backend)
    register_linked(app, Probe.PARTNERS)
    for ids, load in ((BESIDE, _beside), (DIFFERENCE, _difference)):
        register_drawing(app, ids)
        _register_words(app, backend, ids, load)
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


def _register_drawing(app: Dash, backend: Backend) -> None:
    @app.callback(
        Output(Probe.COMPARISON, "hidden"),
        Output(BESIDE.drawing, "data"),
        Output(BESIDE.facts, "children"),
        Output(DIFFERENCE.drawing, "data"),
        Output(DIFFERENCE.facts, "children"),
        Output(DIFFERENCE.notes, "children"),
        Output(Probe.PARTNERS, "data"),
        Input(PROBE.request, "data"),
        Input(Probe.OTHER, "value"),
        running=[*busy(BESIDE), *busy(DIFFERENCE)],
        prevent_initial_call=True,
    )
    def draw_both(request: Request | None, other: str | None) -> tuple[Any, ...]:
        if request is None or not other:
            return True, None, None, None, None, None, None
        found = compare(backend, request["map"], other)
        beside, less = found.sides()[1], found.difference
        linked = found.partners.for_browser(PROBE, BESIDE, DIFFERENCE)
        return (
            False,
            pack_figure(draw(beside)),
            facts((beside.title, *beside.facts)),
            pack_figure(draw(less)) if less else None,
            facts([less.title] if less else []),
            sentences([WHAT_COLOURS_SAY, *found.notes]),
            linked,
        )


def _register_words(
    app: Dash, backend: Backend, ids: MapIds, load: Callable[[Comparison], MapData | None]
) -> None:
    def loaded(request: Request | None, other: str | None) -> MapData | None:
        if request is None or not other:
            return None
        return load(compare(backend, request["map"], other))

    inputs = [Input(PROBE.request, "data"), Input(Probe.OTHER, "value")]
    register_words_in_card(app, ids, inputs, loaded)


def _beside(found: Comparison) -> MapData:
    return found.right


def _difference(found: Comparison) -> MapData | None:
    return found.difference


def compare(backend: Backend, name: str, other: str) -> Comparison:
    """Two maps by their names, whose positions find each other by name."""
    return Comparison(find_map(backend, name), find_map(backend, other), Align.NAME, WORDS)


def _asked_difference(backend: Backend, asked: Request) -> MapData:
    """The difference that a request for a file is about."""
    left, right = (asked["request"][side]["map"] for side in ("left", "right"))
    found = compare(backend, left, right).difference
    if found is None:
        raise BadRequest("These two maps have no difference.")
    return found


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
