"""Ties the cells of a map to a backend: the one that is opened, and those that are pinned."""

from collections.abc import Sequence
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State
from dash.development.base_component import Component

from dashboard.cell.panel import cell_panel
from dashboard.cell.pinned import compared
from dashboard.cell.preference import pair_of
from dashboard.cell.score import WAITING, CellScore, ScorePlace, map_of, say_scores
from dashboard.maps.inspection_map import MapSource
from dashboard.page.ids import MapIds
from dashboard.page.requests import Request
from dashboard.page.static_html import static_html
from dashboard.web.map_routes import serve_cells
from model_backend import Backend, BadRequest, CellDetail


def register_cells(app: Dash, ids: MapIds, source: MapSource, first: CellScore = WAITING) -> None:
    """Register the callbacks that open a map's cells and compare the pinned ones.

    ``first`` is what is said of their probe scores, until ``register_scores`` says more.
    """

    def detail(cell: Request) -> CellDetail:
        place = (map_of(cell), cell["row"], cell["position"])
        return source.cell(*place, measures=cell.get("measures") or ())

    def opened(cell: Request) -> Sequence[Component]:
        try:
            found = detail(cell)
        except (TypeError, KeyError) as error:
            raise BadRequest("The request does not name a cell of this map.") from error
        pair = pair_of(cell)
        why = source.attribution(map_of(cell), found.row, found.position, pair) if pair else None
        return cell_panel(found, ScorePlace(cell, first), why)

    serve_cells(app, ids.prefix, opened)

    @app.callback(
        Output(ids.compared, "children"), Input(ids.pins, "data"), prevent_initial_call=True
    )
    def compare(pins: Sequence[Request] | None) -> Component | None:
        if not pins:
            return None
        places = [ScorePlace(pin, first) for pin in pins]
        return static_html(compared([detail(pin) for pin in pins], places))


def register_scores(app: Dash, ids: MapIds, source: MapSource, backend: Backend) -> None:
    """Register the callback that fills in the probe scores of the open and the pinned cells."""
    app.clientside_callback(
        ClientsideFunction("layerscope", "askScores"),
        Output(ids.scoring, "data"),
        Input(ids.opened, "data"),
        Input(ids.compared, "children"),
        Input(ids.study, "value"),
        Input(ids.site, "value"),
        Input(ids.probe, "value"),
        Input(ids.offers, "data"),  # a study may have been finished
        State(ids.pins, "data"),
        prevent_initial_call=True,
    )

    @app.callback(Output(ids.scored, "data"), Input(ids.scoring, "data"), prevent_initial_call=True)
    def score(asked: dict[str, Any] | None) -> list[dict[str, Any]]:
        return say_scores(source, backend, asked["cells"], asked) if asked else []

    app.clientside_callback(
        ClientsideFunction("layerscope", "writeScores"),
        Input(ids.scored, "data"),
        prevent_initial_call=True,
    )
