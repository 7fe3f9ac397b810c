"""The three maps of Compare: both sides on one scale, and their difference."""

from collections.abc import Callable
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output
from dash.exceptions import PreventUpdate

from dashboard.drawing.figures import draw
from dashboard.drawing.packing import pack_figure
from dashboard.map_card.busy import Busy, busy
from dashboard.map_card.callbacks import drawn, register_drawing, sentences
from dashboard.map_card.words import register_words_in_card
from dashboard.maps.comparing.difference import Comparison
from dashboard.maps.comparing.synced_maps import register_linked
from dashboard.maps.load_map import asked_options, load_asked, load_map
from dashboard.maps.map_data import MapData
from dashboard.maps.view_options import make_view_options
from dashboard.page.ids import DIFFERENCE, LEFT, RIGHT, Compare, MapIds
from dashboard.page.requests import Request
from dashboard.views.compare.side import SideMap
from dashboard.web.map_routes import serve_exports
from model_backend import Align, Backend, BadRequest, Span

SIDES = (LEFT, RIGHT)
CHOSEN = (
    *(Input(ids.request, "data") for ids in SIDES),
    *(Input(ids.measure, "value") for ids in SIDES),
    *(Input(ids.site, "value") for ids in SIDES),
    Input(Compare.ALIGN, "value"),
    Input(Compare.AXIS, "value"),
    Input(Compare.SCALE, "value"),
)
"""Inputs of ``compare``."""


def register_maps(app: Dash, source: SideMap, backend: Backend) -> None:
    """Register the callbacks that draw both maps and the difference, with their notes and files."""

    def found(*chosen: Any) -> Comparison:
        return compare(source, backend, *chosen)

    _register_draw(app, found)
    parts: dict[MapIds, Callable[[Comparison], MapData | None]]
    parts = {LEFT: _left, RIGHT: _right, DIFFERENCE: _difference}
    for ids, part in parts.items():
        register_drawing(app, ids)
        _register_words(app, ids, found, part)
    for ids in SIDES:
        serve_exports(app, ids.prefix, lambda asked: load_asked(source, backend, asked))
    serve_exports(app, DIFFERENCE.prefix, lambda asked: _asked_difference(source, backend, asked))
    register_linked(app, Compare.PARTNERS)
    app.clientside_callback(
        ClientsideFunction("layerscope", "showDifference"),
        Output(Compare.DIFFERENCE, "className"),
        Input(Compare.PARTNERS, "data"),
    )


def while_comparing() -> list[Busy]:
    """Components that show a wait while the maps are made."""
    maps = [one for ids in (*SIDES, DIFFERENCE) for one in busy(ids)]
    return [*maps, (Output(Compare.RUN, "loading"), True, False)]


def compare(
    source: SideMap,
    backend: Backend,
    left: Request | None,
    right: Request | None,
    *chosen: Any,
) -> Comparison:
    """The comparison of both sides under the chosen measure, site and alignment."""
    if left is None or right is None:
        raise PreventUpdate
    *options, how, axis, scale = chosen

    def side(request: Request, measure: str, site: str | None) -> MapData:
        asked = {**request, "axis": axis}
        return load_map(source, backend, asked, make_view_options(measure, site, scale, Span.MAP))

    one, other = side(left, *options[::2]), side(right, *options[1::2])
    return Comparison(one, other, Align(how))


def _register_draw(app: Dash, found: Callable[..., Comparison]) -> None:
    @app.callback(
        *(Output(ids.drawing, "data") for ids in (*SIDES, DIFFERENCE)),
        *(Output(ids.facts, "children") for ids in SIDES),
        *(Output(ids.notes, "children") for ids in SIDES),
        Output(Compare.NOTES, "children"),
        Output(Compare.PARTNERS, "data"),
        *CHOSEN,
        running=while_comparing(),
        prevent_initial_call=True,
    )
    def draw_all(*chosen: Any) -> tuple[Any, ...]:
        comparison = found(*chosen)
        difference = comparison.difference
        figures, facts, notes = zip(*map(drawn, comparison.sides()), strict=True)
        third = pack_figure(draw(difference)) if difference else None
        partners = comparison.partners.for_browser(*SIDES, DIFFERENCE)
        return *figures, third, *facts, *notes, sentences(comparison.notes), partners


def _register_words(
    app: Dash,
    ids: MapIds,
    found: Callable[..., Comparison],
    part: Callable[[Comparison], MapData | None],
) -> None:
    register_words_in_card(app, ids, CHOSEN, lambda *chosen: part(found(*chosen)))


def _left(comparison: Comparison) -> MapData:
    return comparison.left


def _right(comparison: Comparison) -> MapData:
    return comparison.right


def _difference(comparison: Comparison) -> MapData | None:
    return comparison.difference


def _asked_difference(source: SideMap, backend: Backend, asked: Request) -> MapData:
    """The difference that a request for a file is about."""
    left, right = (
        load_map(source, backend, asked["request"][side], asked_options(asked[side]))
        for side in ("left", "right")
    )
    found = Comparison(left, right, Align(asked["request"]["align"])).difference
    if found is None:
        raise BadRequest("These two maps have no difference.")
    return found
