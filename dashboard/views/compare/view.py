"""Compare: two texts, questions, models or sites side by side, and their difference."""

from typing import Any

from dash import Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from dashboard.cell.callbacks import register_cells
from dashboard.cell.panel import empty_cell
from dashboard.cell.score import no_score
from dashboard.links.callbacks import profiles_field, show_field
from dashboard.links.menu import IN_COMPARE, WITH_FILES
from dashboard.links.url_state import Field, Kind, UrlState
from dashboard.map_card.layout import Controls, cell_beside, map_card
from dashboard.map_card.measure_controls import measure_outputs
from dashboard.maps.probe_score import NOT_IN_COMPARE
from dashboard.page.ids import DIFFERENCE, LEFT, RIGHT, Compare, SideIds
from dashboard.views.ask.answer_map import Axis
from dashboard.views.compare.card import SCALES, compare_card
from dashboard.views.compare.choices import register_choices, side_choices
from dashboard.views.compare.maps import SIDES, register_maps, while_comparing
from dashboard.views.compare.side import Given, SideKind, SideMap, settle_side
from dashboard.views.compare.tracking import register_tracking
from dashboard.web.map_routes import serve_predictions
from model_backend import Align, Backend, Measure, ModelCard, Site

TITLE = "Compare"
ABOUT = "Two texts, models or measures side by side, and their difference."


def _side_fields(ids: SideIds, name: str) -> tuple[Field, ...]:
    """Defaults are what links meant that were written before there were questions and sites."""
    map_ = ids.prefix
    kinds, sites = (tuple(map(str, choices)) for choices in (SideKind, Site))
    return (
        Field(f"{name}_kind", ids.kind, kind=Kind.CHOICE, choices=kinds,
              from_request=(map_, "kind"), default=SideKind.TEXT.value),
        Field(f"{name}_text", ids.text, from_request=(map_, "text")),
        Field(f"{name}_special_tokens", ids.special, "checked", Kind.SWITCH,
             from_request=(map_, "special_tokens"), default=True),
        Field(f"{name}_question", ids.question, from_request=(map_, "question")),
        Field(f"{name}_answer", ids.answer, "data", Kind.JSON, from_request=(map_, "answer"),
             default=None),
        Field(f"{name}_model", ids.model, kind=Kind.MODEL, from_request=(map_, "model")),
        Field(f"{name}_measure", ids.measure, kind=Kind.CHOICE, choices=Measure),
        show_field(ids, f"{name}_show"),
        profiles_field(ids, f"{name}_profiles"),
        Field(f"{name}_site", ids.site, kind=Kind.CHOICE, choices=sites, default=None),
    )  # fmt: skip


LINKED = UrlState(
    "compare",
    (
        *_side_fields(LEFT, "left"),
        *_side_fields(RIGHT, "right"),
        Field("align", Compare.ALIGN, kind=Kind.CHOICE, choices=tuple(map(str, Align))),
        Field("axis", Compare.AXIS, kind=Kind.CHOICE, choices=tuple(map(str, Axis)),
             from_request=(LEFT.prefix, "axis"), default=Axis.NAMED.value),
        show_field(DIFFERENCE, "difference_show"),
        profiles_field(DIFFERENCE, "difference_profiles"),
        Field("scale", Compare.SCALE, kind=Kind.CHOICE, choices=tuple(map(str, SCALES))),
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
                    "Blue: larger on the left. Amber: larger on the right. Grey: the same.",
                    className="muted",
                ),
                html.Div(id=Compare.NOTES, className="notes"),
                map_card(DIFFERENCE, Controls(are_named=True), ways=WITH_FILES, has_words=True),
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
    """Register the callbacks of the view, which send what is asked to the backend."""
    source = SideMap(backend)
    register_choices(app)
    _register_run(app, source, backend)
    register_tracking(app, source, backend)
    register_maps(app, source, backend)
    for ids in SIDES:
        register_cells(app, ids, source, no_score(NOT_IN_COMPARE))
        serve_predictions(app, ids.prefix, source)


def _register_run(app: Dash, source: SideMap, backend: Backend) -> None:
    @app.callback(
        *(Output(ids.request, "data") for ids in SIDES),
        *(output for ids in SIDES for output in measure_outputs(ids)),
        Input(Compare.RUN, "n_clicks"),
        Input(Compare.BEGIN, "data"),
        *(State(ids.measure, "value") for ids in SIDES),
        *(State(ids.offers, "data") for ids in SIDES),
        *(state for ids in SIDES for state in _given(ids)),
        running=while_comparing(),
        prevent_initial_call=True,  # assets/links/open_link.js begins
    )
    def run(_: int, __: object, *given: Any) -> tuple[Any, ...]:
        measures, offers, given = given[:2], given[2:4], given[4:]
        half = len(given) // 2
        requests = [settle_side(backend, Given(*values)) for values in (given[:half], given[half:])]
        sides = zip(requests, measures, offers, strict=True)
        return *requests, *(part for side in sides for part in side_choices(backend, source, *side))


def _given(ids: SideIds) -> list[State]:
    """States that make up ``Given``."""
    values = [State(id_, "value") for id_ in (ids.kind, ids.model, ids.text)]
    special, answer = State(ids.special, "checked"), State(ids.answer, "data")
    return [*values, special, State(ids.question, "value"), answer]


def _side_map(ids: SideIds, name: str) -> Component:
    card = map_card(ids, Controls([html.H2(name)]), ways=IN_COMPARE, has_words=True)
    return html.Div(card, className="side-map")
