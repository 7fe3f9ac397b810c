"""A map as it stands before anything has been computed: the card, the cell beside it, the reading.

Every view that shows a map uses these with a prefix of its own, so that several maps may stand on
one page. ``dashboard.map_card.callbacks`` ties them to a backend; ``assets/map/`` draws them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.cell.panel import empty_cell
from dashboard.drawing.figures import GRAPH_CONFIG, empty_figure
from dashboard.links.menu import ALL, ShareOption, share_menu
from dashboard.map_card.measure_controls import cell_text_select
from dashboard.map_card.tracking import track_menu
from dashboard.maps.measure_choices import FIRST_MEASURE, MeasureChoices, measure_select
from dashboard.page.components import hinted_select, menu, range_slider, segments
from dashboard.page.ids import PROFILES, WAYS_TO_SHOW, MapIds
from dashboard.page.static_html import static_html
from model_backend import Measure, Scale, Span


@dataclass(frozen=True)
class Controls:
    """Controls of a map: those in a line above it, and those behind View."""

    line: Sequence[Component] = ()
    behind: Sequence[Component] = ()
    menus: Sequence[Component] = ()
    """Menus beside View."""
    are_named: bool = False
    """True if the facts, which begin with the map's name, are in that line and not below."""


def map_area(ids: MapIds, controls: Controls, *first: Component) -> Component:
    """A map's card with its controls, and the panel with its reading or an opened cell beside it.

    ``first`` stands above the reading.
    """
    pinned = html.Section(id=ids.compared, className="card compared")
    return html.Div(
        [
            map_card(ids, controls, ways=ALL),
            cell_beside(ids, empty_cell(), reading=[*first, reading_place(ids)]),
            html.Div(pinned, className="below-map"),
        ],
        className="map-and-cell",
    )


def cell_beside(
    ids: MapIds,
    empty: Component,
    *,
    by_callback: bool = False,
    reading: Sequence[Component] = (),
) -> Component:
    """The panel beside a map: the open cell, or the one that is pointed at, or the reading.

    ``assets/cell/open_cell.js`` fetches and shows what is opened, unless a callback does;
    ``assets/cell/hovered.js`` shows what is pointed at. ``empty`` says how the map is read.
    """
    fetched = {} if by_callback else {"data-parts": "[]"}
    bars = [html.Div(className="bar") for _ in range(8)]
    head = html.H2([html.Code(), html.Span()], className="cell-title")
    at_rest = [*reading, html.Div(static_html(empty))]
    kept = [
        html.Div(static_html([head, *bars]), id=ids.waiting, className="waiting"),
        html.Div(id=ids.cell, className="opened", **fetched),
        html.Div(at_rest, className="no-cell"),
    ]
    return html.Aside(
        [html.Div(kept, className="kept"), html.Div(id=ids.hovered, className="hovered")],
        id=ids.panel,
        className="card cell",
        **{"aria-label": "Reading and cells"},
    )


def reading_place(ids: MapIds) -> Component:
    """Place of the sentences about a map."""
    return html.Section(id=ids.reading, className="reading-card")


def map_card(
    ids: MapIds,
    controls: Controls,
    *,
    ways: Sequence[ShareOption],
    columns: str = "Tokens",
    has_words: bool = False,
) -> Component:
    """The map under one line of controls, and the stores that say what it shows.

    Args:
        ids: the prefix of its parts.
        controls: those of its view.
        ways: what the Share menu offers.
        columns: what the columns' slider is called.
        has_words: whether the table and the reading are shown in the card, where they are chosen.
    """
    graph = dcc.Graph(id=ids.heatmap, config=GRAPH_CONFIG, figure=empty_figure())
    live = html.Div(id=ids.live, className="for-readers", **{"aria-live": "polite"})
    stores = (ids.request, ids.drawing, ids.opened, ids.pins, ids.offers, ids.scoring, ids.scored,
              ids.in_view)  # fmt: skip
    facts = html.Div(id=ids.facts, className="facts")
    bar = [
        *([facts] if controls.are_named else []),
        html.Div(list(controls.line), className="controls"),
        *controls.menus,
        _view_menu(ids, controls.behind, columns, WAYS_TO_SHOW if has_words else WAYS_TO_SHOW[:2]),
        share_menu(ids, ways),
    ]
    return html.Section(
        [
            *(dcc.Store(id=id_) for id_ in stores),
            html.Div(bar, className="map-bar"),
            html.Div(id=ids.table),
            *([html.Div(id=ids.reading, className="reading-card")] if has_words else []),
            html.Div([graph, html.Div(id=ids.status, className="status")], className="plot"),
            live,
            html.Div(
                [
                    *([] if controls.are_named else [facts]),
                    html.P(id=ids.pooled, hidden=True),  # assets/map/pooling.js
                    html.Div(id=ids.notes, className="notes"),
                ],
                className="map-foot muted",
            ),
        ],
        id=ids.card,
        className="card map",
    )


def _view_menu(
    ids: MapIds, controls: Sequence[Component], columns: str, ways: Sequence[str]
) -> Component:
    """Everything that changes how a map looks and not what it says."""
    ranges = [range_slider(ids.layers, "Layers"), range_slider(ids.tokens, columns)]
    shown = [
        segments(ids.show, "Show as", ways),
        segments(ids.profiles, "Profiles", PROFILES),
    ]
    parts = [*controls, *shown, html.Div(ranges, className="ranges")]
    return menu("View", parts, "view-menu")


def measure_controls(ids: MapIds, first: Measure = FIRST_MEASURE) -> Controls:
    """Controls of what is drawn of an inspection, for ``map_area``; ``register_map`` reads them.

    ``first`` is the measure that is chosen before anybody has chosen one.
    """
    measure = measure_select(ids.measure, MeasureChoices(), value=first.value, className="measure")
    site = hinted_select(ids.site, "Site", [], className="site")
    definition = html.Div(id=ids.definition, className="definition")
    colours = [
        segments(ids.scale, "Scale", [scale.value for scale in Scale]),
        segments(ids.span, "Colour range", [span.value for span in Span]),
        dmc.Switch(id=ids.sinks, label="Sinks in range", checked=False, size="sm"),
    ]
    line = [measure, definition, site, cell_text_select(ids), _probes(ids)]
    return Controls(line, colours, [track_menu(ids)])


def _probes(ids: MapIds) -> Component:
    """Controls of a probe score: its study, and its probe where columns have none of their own."""
    study = dmc.Select(id=ids.study, label="Study", data=[], allowDeselect=False)
    probe = dmc.Select(id=ids.probe, label="Probe of position", data=[], allowDeselect=False)
    whose = html.Div(probe, id=ids.whose, className="whose", hidden=True)
    return html.Div([study, whose], id=ids.probes, className="probes", hidden=True)
