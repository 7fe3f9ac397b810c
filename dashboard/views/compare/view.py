"""Compare: two texts, questions, models or sites side by side, and their difference."""

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboard.cell.callbacks import register_cells
from dashboard.cell.panel import empty_cell
from dashboard.cell.score import no_score
from dashboard.links.menu import IN_COMPARE
from dashboard.links.url_state import Kind, Part, UrlState
from dashboard.map_card.callbacks import Busy, busy, register_drawing
from dashboard.map_card.layout import cell_beside, map_card
from dashboard.maps import routes
from dashboard.maps.difference import (
    Side,
    alignment_notes,
    clipped,
    difference_figure,
    differing_most,
    lay_over,
    partners,
    side_figures,
)
from dashboard.maps.export import serve_exports
from dashboard.maps.map_data import make_look
from dashboard.maps.notes import facts, notes
from dashboard.maps.packing import pack_figure
from dashboard.maps.probe_score import NOT_IN_COMPARE
from dashboard.maps.synced_maps import register_linked
from dashboard.page.ids import DIFFERENCE, LEFT, RIGHT, Compare, SideIds
from dashboard.page.requests import Request
from dashboard.views.ask.answer_map import Axis
from dashboard.views.compare.card import SCALES, compare_card
from dashboard.views.compare.choices import register_choices
from dashboard.views.compare.side import Given, SideKind, SideMap, settle_side
from model_backend import ON_REQUEST, Align, Backend, Measure, ModelCard, Site, Span

TITLE = "Compare"
SIDES = (LEFT, RIGHT)


def _side_parts(ids: SideIds, name: str) -> tuple[Part, ...]:
    """Defaults are what links meant that were written before there were questions and sites."""
    map_ = ids.prefix
    kinds, measures, sites = (tuple(map(str, choices)) for choices in (SideKind, Measure, Site))
    return (
        Part(f"{name}_kind", ids.kind, kind=Kind.CHOICE, choices=kinds, asked=(map_, "kind"),
             default=SideKind.TEXT.value),
        Part(f"{name}_text", ids.text, asked=(map_, "text")),
        Part(f"{name}_special_tokens", ids.special, "checked", Kind.SWITCH,
             asked=(map_, "special_tokens"), default=True),
        Part(f"{name}_question", ids.question, asked=(map_, "question")),
        Part(f"{name}_answer", ids.answer, "data", Kind.JSON, asked=(map_, "answer"),
             default=None),
        Part(f"{name}_model", ids.model, kind=Kind.MODEL, asked=(map_, "model")),
        Part(f"{name}_measure", ids.measure, kind=Kind.CHOICE, choices=measures),
        Part(f"{name}_site", ids.site, kind=Kind.CHOICE, choices=sites, default=None),
    )  # fmt: skip


LINKED = UrlState(
    "compare",
    (
        *_side_parts(LEFT, "left"),
        *_side_parts(RIGHT, "right"),
        Part("align", Compare.ALIGN, kind=Kind.CHOICE, choices=tuple(map(str, Align))),
        Part("axis", Compare.AXIS, kind=Kind.CHOICE, choices=tuple(map(str, Axis)),
             asked=(LEFT.prefix, "axis"), default=Axis.NAMED.value),
        Part("scale", Compare.SCALE, kind=Kind.CHOICE, choices=tuple(map(str, SCALES))),
    ),
    maps=SIDES,
    more_maps=(DIFFERENCE,),
    run=Compare.BEGIN,
    starts=True,
)  # fmt: skip


def layout(cards: tuple[ModelCard, ...]) -> list[Component]:
    """The view as it stands before anything has been computed."""
    names = zip(SIDES, ("Left", "Right"), strict=True)
    return [
        dcc.Store(id=Compare.BEGIN),
        dcc.Store(id=Compare.PARTNERS),
        compare_card(cards),
        html.Div([_side_map(ids, name) for ids, name in names], className="side-maps"),
        html.Section(
            [
                html.H2("Left − right"),  # noqa: RUF001
                html.P(
                    "Blue: larger on the left. Amber: larger on the right. Light grey: the same.",
                    className="muted",
                ),
                html.Div(id=Compare.NOTES, className="notes"),
                map_card(DIFFERENCE, []),
            ],
            id=Compare.DIFFERENCE,
            className="difference",
        ),
        html.Div(
            [html.Section(id=ids.compared, className="card compared") for ids in SIDES],
            className="side-maps",
        ),
        html.Div([cell_beside(ids, empty_cell()) for ids in SIDES], className="opened-cells"),
    ]


def register(app: Dash, backend: Backend) -> None:
    """Tie the view's parts to the backend."""
    source = SideMap(backend)
    for ids in (*SIDES, DIFFERENCE):
        register_drawing(app, ids)
    for ids in SIDES:
        register_cells(app, ids, source, no_score(NOT_IN_COMPARE))
        routes.serve_predictions(app, ids.prefix, source)
        serve_exports(app, ids.prefix, source, backend)
    register_choices(app, source)
    _register_ask(app, backend)
    _register_draw(app, source)


def _register_ask(app: Dash, backend: Backend) -> None:
    @app.callback(
        Output(LEFT.request, "data"),
        Output(RIGHT.request, "data"),
        Input(Compare.RUN, "n_clicks"),
        Input(Compare.BEGIN, "data"),
        *(state for ids in SIDES for state in _given(ids)),
        running=_busy(),
        prevent_initial_call=True,  # assets/links/open_link.js begins
    )
    def ask(_: int, __: object, *given: Any) -> tuple[dict[str, Any], ...]:
        half = len(given) // 2
        sides = Given(*given[:half]), Given(*given[half:])
        return tuple(settle_side(backend, side) for side in sides)


def _given(ids: SideIds) -> list[State]:
    """What ``Given`` is made of."""
    values = [State(id_, "value") for id_ in (ids.kind, ids.model, ids.text)]
    special, answer = State(ids.special, "checked"), State(ids.answer, "data")
    return [*values, special, State(ids.question, "value"), answer]


def _register_draw(app: Dash, source: SideMap) -> None:
    @app.callback(
        *(Output(ids.drawing, "data") for ids in (LEFT, RIGHT, DIFFERENCE)),
        *(Output(ids.facts, "children") for ids in SIDES),
        *(Output(ids.notes, "children") for ids in SIDES),
        Output(Compare.NOTES, "children"),
        Output(Compare.PARTNERS, "data"),
        *(Input(ids.request, "data") for ids in SIDES),
        *(Input(ids.measure, "value") for ids in SIDES),
        *(Input(ids.site, "value") for ids in SIDES),
        Input(Compare.ALIGN, "value"),
        Input(Compare.AXIS, "value"),
        Input(Compare.SCALE, "value"),
        running=_busy(),
        prevent_initial_call=True,
    )
    def draw(left: Request | None, right: Request | None, *chosen: str) -> tuple[Any, ...]:
        if left is None or right is None:
            raise PreventUpdate
        *looks, how, axis, scale = chosen
        requests = ({**request, "axis": axis} for request in (left, right))
        drawn = zip(requests, looks[:2], looks[2:], strict=True)
        one, other = (_side(source, *side, scale) for side in drawn)
        return _drawn(one, other, Align(how))

    register_linked(app, Compare.PARTNERS)
    app.clientside_callback(
        ClientsideFunction("layerscope", "showDifference"),
        Output(Compare.DIFFERENCE, "className"),
        Input(Compare.PARTNERS, "data"),
    )


def _side(source: SideMap, request: Request, measure: str, site: str | None, scale: str) -> Side:
    look = make_look(measure, site, scale, Span.MAP)
    subject = source.subject(request, attention=look.measure in ON_REQUEST)
    return Side(subject, look, request)


def _drawn(left: Side, right: Side, how: Align) -> tuple[Any, ...]:
    """Everything that the draw callback puts out, in its order."""
    difference = lay_over(left, right, how)
    said = alignment_notes(left, right, how)
    third = None
    if difference is not None:
        third = pack_figure(difference_figure(difference, left, right, how))
        said.append(differing_most(difference, left, right))
        said += clipped(difference, left, right)
    return (
        *map(pack_figure, side_figures(left, right)),
        third,
        *(facts(side.subject) for side in (left, right)),
        *(_sentences(notes(side.subject, side.look)) for side in (left, right)),
        _sentences(said),
        partners(left, right, how).for_browser(*SIDES, DIFFERENCE),
    )


def _sentences(said: list[str]) -> list[Component]:
    return [html.P(sentence) for sentence in said]


def _side_map(ids: SideIds, name: str) -> Component:
    return html.Div(map_card(ids, [html.H2(name)], ways=IN_COMPARE), className="side-map")


def _busy() -> list[Busy]:
    maps = [one for ids in (*SIDES, DIFFERENCE) for one in busy(ids)]
    return [*maps, (Output(Compare.RUN, "loading"), True, False)]
