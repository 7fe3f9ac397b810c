"""Compare: two texts or two models side by side on one scale, and their difference."""

from dataclasses import asdict
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboard import routes
from dashboard.cell_panel import empty_cell
from dashboard.compare_card import SCALES, compare_card
from dashboard.comparing import (
    Side,
    alignment_notes,
    difference_figure,
    differing_most,
    lay_over,
    partners,
    side_figures,
)
from dashboard.components import facts
from dashboard.export import serve_exports
from dashboard.ids import DIFFERENCE, LEFT, RIGHT, Compare, MapIds
from dashboard.map_layout import cell_beside, map_card
from dashboard.maps import Busy, busy, register_cells, register_drawing
from dashboard.share import Kind, Linked, Part
from dashboard.share_menu import IN_COMPARE
from dashboard.subject import Request, make_look
from dashboard.tabs.explore import ExploreMap
from dashboard.wire import pack_figure
from model_backend import ON_REQUEST, Align, Backend, InspectRequest, Measure, ModelCard, Span

TITLE = "Compare"
SIDES = (LEFT, RIGHT)


def _side_parts(ids: MapIds, name: str) -> tuple[Part, ...]:
    measures = tuple(map(str, Measure))
    return (
        Part(f"{name}_text", f"{ids.prefix}-text", asked=(ids.prefix, "text")),
        Part(f"{name}_model", f"{ids.prefix}-model", kind=Kind.MODEL, asked=(ids.prefix, "model")),
        Part(f"{name}_measure", ids.measure, kind=Kind.CHOICE, choices=measures),
    )


LINKED = Linked(
    "compare",
    (
        *_side_parts(LEFT, "left"),
        *_side_parts(RIGHT, "right"),
        Part("align", Compare.ALIGN, kind=Kind.CHOICE, choices=tuple(map(str, Align))),
        Part("scale", Compare.SCALE, kind=Kind.CHOICE, choices=tuple(map(str, SCALES))),
    ),
    maps=SIDES,
    run=Compare.BEGIN,
    starts=True,
)


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
        html.Div([cell_beside(ids, empty_cell()) for ids in SIDES], className="side-maps"),
        html.Div(
            [html.Section(id=ids.compared, className="card compared") for ids in SIDES],
            className="side-maps",
        ),
    ]


def register(app: Dash, backend: Backend) -> None:
    """Tie the view's parts to the backend."""
    source = ExploreMap(backend)
    for ids in (*SIDES, DIFFERENCE):
        register_drawing(app, ids)
    for ids in SIDES:
        register_cells(app, ids, source)
        routes.serve_predictions(app, ids.prefix, source)
        serve_exports(app, ids.prefix, source, backend)
    _register_ask(app, backend)
    _register_draw(app, source)


def _register_ask(app: Dash, backend: Backend) -> None:
    @app.callback(
        Output(LEFT.request, "data"),
        Output(RIGHT.request, "data"),
        Input(Compare.RUN, "n_clicks"),
        Input(Compare.BEGIN, "data"),
        *(State(f"{ids.prefix}-{part}", "value") for part in ("model", "text") for ids in SIDES),
        running=_busy(),
        prevent_initial_call=True,  # assets/share.js begins
    )
    def ask(_: int, __: object, *given: str) -> tuple[dict[str, Any], ...]:
        models, texts = given[:2], given[2:]
        asked = [InspectRequest(*side) for side in zip(models, texts, strict=True)]
        for request in asked:
            backend.load(request.model)
            backend.fingerprint(request)  # only what can be answered becomes the page's state
        return tuple(asdict(request) for request in asked)


def _register_draw(app: Dash, source: ExploreMap) -> None:
    @app.callback(
        *(Output(ids.drawing, "data") for ids in (LEFT, RIGHT, DIFFERENCE)),
        *(Output(ids.facts, "children") for ids in SIDES),
        Output(Compare.NOTES, "children"),
        Output(Compare.PARTNERS, "data"),
        *(Input(ids.request, "data") for ids in SIDES),
        *(Input(ids.measure, "value") for ids in SIDES),
        Input(Compare.ALIGN, "value"),
        Input(Compare.SCALE, "value"),
        running=_busy(),
    )
    def draw(left: Request | None, right: Request | None, *chosen: str) -> tuple[Any, ...]:
        if left is None or right is None:
            raise PreventUpdate
        left_measure, right_measure, how, scale = chosen
        one = _side(source, left, left_measure, scale)
        other = _side(source, right, right_measure, scale)
        return _drawn(one, other, Align(how))

    app.clientside_callback(
        ClientsideFunction("layerscope", "linkSides"),
        Output(Compare.DIFFERENCE, "className"),
        Input(Compare.PARTNERS, "data"),
    )


def _side(source: ExploreMap, request: Request, measure: str, scale: str) -> Side:
    look = make_look(measure, None, scale, Span.MAP)
    subject = source.subject(request, attention=look.measure in ON_REQUEST)
    return Side(subject, look, request)


def _drawn(left: Side, right: Side, how: Align) -> tuple[Any, ...]:
    """Everything that the draw callback puts out, in its order."""
    difference = lay_over(left, right, how)
    said = alignment_notes(left, right, how)
    third = None
    if difference is not None:
        third = pack_figure(difference_figure(difference, left, right))
        said.append(differing_most(difference))
    return (
        *map(pack_figure, side_figures(left, right)),
        third,
        *(facts(side.subject.inspection) for side in (left, right)),
        [html.P(sentence) for sentence in said],
        {**partners(left, right, how), "hasDifference": difference is not None},
    )


def _side_map(ids: MapIds, name: str) -> Component:
    return html.Div(map_card(ids, [html.H2(name)], ways=IN_COMPARE), className="side-map")


def _busy() -> list[Busy]:
    maps = [one for ids in (*SIDES, DIFFERENCE) for one in busy(ids)]
    return [*maps, (Output(Compare.RUN, "loading"), True, False)]
