"""Another map beside the one on screen, on one scale, and the difference of the two."""

from typing import Any

import dash_mantine_components as dmc
import numpy as np
import plotly.graph_objects as go
from dash import Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate
from jaxtyping import Float

from dashboard.map_card.callbacks import busy, register_drawing
from dashboard.map_card.layout import map_card
from dashboard.maps.figure_meta import add_lines, describe_cells
from dashboard.maps.figures import grid_heatmap
from dashboard.maps.map_data import CellLine
from dashboard.maps.packing import pack_figure
from dashboard.maps.synced_maps import Column, Partners, register_linked
from dashboard.page.ids import Page
from dashboard.page.probe_ids import BESIDE, DIFFERENCE, PROBE, Probe
from dashboard.page.requests import Request
from dashboard.views.probe.maps.auc_map import ROOM_FOR_NAMES, AucMap, auc_ends, auc_figure
from dashboard.views.probe.maps.find import find_map
from dashboard.views.probe.maps.study_map import study_name
from model_backend import BackendError, LayerTokenGrid, Scale, StudyService, published_maps

WHAT_COLOURS_SAY = "Blue: higher on this map. Amber: higher on the other. Light grey: the same."
SMALLEST_REACH = 0.05
"""A difference is drawn on a scale that goes at least this far to both sides."""


def other_choice() -> Component:
    """The select box for the other map; its studies are filled in when there are any."""
    return dmc.Select(id=Probe.OTHER, label="Beside it", placeholder="no other map", clearable=True,
                      data=_published_choices(), className="measure")  # fmt: skip


def layout() -> Component:
    """The other map and the difference, hidden until another map is chosen."""
    cards = [map_card(ids, [], columns="Positions") for ids in (BESIDE, DIFFERENCE)]
    store = dcc.Store(id=Probe.PARTNERS)
    return html.Div([store, *cards], id=Probe.COMPARISON, className="comparison", hidden=True)


def register(app: Dash, desk: StudyService) -> None:
    """Draw both when another map is chosen."""
    register_drawing(app, BESIDE)
    register_drawing(app, DIFFERENCE)

    @app.callback(
        Output(Probe.OTHER, "data"), Input(Page.FINISHED, "data"), State(Probe.OTHER, "data")
    )
    def offer(_: str | None, known: list[dict[str, Any]]) -> list[dict[str, Any]]:
        offered = [*_study_choices(desk), *_published_choices()]
        if offered == known:  # told anew, the box would tell its value anew, and all be drawn again
            raise PreventUpdate
        return offered

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
    def compare(request: Request | None, other: str | None) -> tuple[Any, ...]:
        if request is None or not other:
            return True, None, None, None, None, None, None
        first, second = find_map(desk, request["map"]), find_map(desk, other)
        beside = pack_figure(auc_figure(second, auc_ends(first, second)))
        difference = pack_figure(difference_figure(first, second))
        names = f"{first.title} minus {second.title}"
        words = [html.P(sentence) for sentence in (WHAT_COLOURS_SAY, how_aligned(first, second),
                                                   differing_most(first, second))]  # fmt: skip
        linked = partners(first, second).for_browser(PROBE, BESIDE, DIFFERENCE)
        facts = _facts(second.title, *second.facts)
        return False, beside, facts, difference, _facts(names), words, linked

    register_linked(app, Probe.PARTNERS)


def ends_beside(desk: StudyService, auc_map: AucMap, other: str | None) -> tuple[float, float]:
    """The ends of the colours of a map that may stand beside another.

    Another that is not here is told of where it would be drawn; this map is drawn all the same.
    """
    try:
        others = [find_map(desk, other)] if other else []
    except BackendError:
        others = []
    return auc_ends(auc_map, *others)


def matching_rows(first: AucMap, second: AucMap) -> list[int | None]:
    """For every row of the first map the row of the second that is as deep; None for the embedding
    where the other map has none."""
    has_embedding = second.depths[0] == 0
    return [
        None if depth == 0 and not has_embedding else _nearest(second.depths, depth)
        for depth in first.depths
    ]


def _nearest(depths: Float[np.ndarray, " row"], depth: float) -> int:
    blocks = np.where((depths == 0) & (depth > 0), np.inf, np.abs(depths - depth))
    return int(blocks.argmin())


def difference_grid(first: AucMap, second: AucMap) -> LayerTokenGrid:
    """The first map's AUC minus that of the other at the same position and depth."""
    return _over(first, first.grid.values - counterparts(first, second))


def counterparts(first: AucMap, second: AucMap) -> Float[np.ndarray, "row position"]:
    """The other map's AUC for every cell of the first; NaN where it has none."""
    found = np.full(first.grid.values.shape, np.nan)
    places = {name: at for at, name in enumerate(second.grid.token_labels)}
    for row, match in enumerate(matching_rows(first, second)):
        for column, name in enumerate(first.grid.token_labels):
            if match is not None and name in places:
                found[row, column] = second.grid.values[match, places[name]]
    return found


def difference_figure(first: AucMap, second: AucMap) -> go.Figure:
    """Blue where the first map is higher, the second hue where the other is."""
    grid = difference_grid(first, second)
    reach = max(float(np.nanmax(np.abs(grid.values), initial=0.0)), SMALLEST_REACH)
    reach = np.ceil(reach * 20) / 20
    figure = grid_heatmap(grid, scale=Scale.RAW, ends=(-reach, reach))
    present = ~np.isnan(grid.values).all(axis=0)
    positions = [column if is_there else None for column, is_there in enumerate(present)]
    request = {"map": first.name, "minus": second.name}
    describe_cells(figure, grid, request=request, positions=positions)
    add_lines(figure, [CellLine("this map", first.grid.values),
                       CellLine("the other", counterparts(first, second))])  # fmt: skip
    figure.layout.margin.b = ROOM_FOR_NAMES
    return figure


def partners(first: AucMap, second: AucMap) -> Partners:
    """Which cells of both maps belong together; the difference has the first one's."""
    places = {name: at for at, name in enumerate(second.grid.token_labels)}
    named = enumerate(first.grid.token_labels)
    return Partners(
        columns=tuple(Column(at, places[name], at) for at, name in named if name in places),
        right_of_left=matching_rows(first, second),
        left_of_right=matching_rows(second, first),
        has_rows_of_left=True,
    )


def differing_most(first: AucMap, second: AucMap) -> str:
    """Where the two maps differ most, as a sentence."""
    values = difference_grid(first, second).values
    if np.isnan(values).all():
        return "No cell has a value on both maps."
    if not np.nanmax(np.abs(values)):
        return "They are the same in every cell."
    row, column = np.unravel_index(np.nanargmax(np.abs(values)), values.shape)
    grid, other = first.grid, counterparts(first, second)
    return (
        f"They differ most at layer {grid.layer_labels[row]}, {grid.token_labels[column]}: "
        f"{grid.values[row, column]:.3f} and {other[row, column]:.3f}."
    )


def how_aligned(first: AucMap, second: AucMap) -> str:
    """How layers of one map were matched with those of the other, in a sentence."""
    n_first, n_second = (int((map_.depths > 0).sum()) for map_ in (first, second))
    if n_first == n_second:
        return f"Both models have {n_first} layers, matched one by one; positions by name."
    return (
        f"{n_first} layers beside {n_second}: each is matched with the one at the nearest share of "
        "the depth, so that the last stands beside the last; positions by name."
    )


def _over(auc_map: AucMap, values: Float[np.ndarray, "row position"]) -> LayerTokenGrid:
    grid = auc_map.grid
    return LayerTokenGrid("AUC difference", values, grid.layer_labels, grid.token_labels, "",
                          0.0, named_columns=True)  # fmt: skip


def _study_choices(desk: StudyService) -> list[dict[str, Any]]:
    items = [
        {"value": study_name(card.study, site), "label": f"{card.dataset}, {site}, {card.finished}"}
        for card in desk.studies()
        for site in card.sites
    ]
    return [{"group": "Your studies", "items": items}] if items else []


def _published_choices() -> list[dict[str, Any]]:
    items = [{"value": f"published/{found.dataset}", "label": found.dataset}
             for found in published_maps()]  # fmt: skip
    return [{"group": "Published", "items": items}]


def _facts(*said: str) -> list[Component]:
    return [html.Span(fact, className="fact") for fact in said]
