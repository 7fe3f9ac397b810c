"""A map as it stands before anything has been computed: the card, the cell beside it, the reading.

Every view that shows a map uses these with a prefix of its own, so that several maps may stand on
one page. ``dashboard.map_card.callbacks`` ties them to a backend; ``assets/map/`` draws them.
"""

from collections.abc import Sequence

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.cell.panel import empty_cell
from dashboard.drawing.figures import GRAPH_CONFIG, empty_figure
from dashboard.links.menu import ALL, ShareOption, share_menu
from dashboard.maps.measure_choices import MeasureChoices, measure_select
from dashboard.page.components import hinted_select, range_slider, segments
from dashboard.page.ids import WAYS_TO_SHOW, MapIds
from dashboard.page.static_html import static_html
from model_backend import Scale, Span


def map_area(ids: MapIds, controls: Sequence[Component]) -> Component:
    """A whole map: its card with these controls, the opened cell beside it, the reading below."""
    return html.Div(
        [
            map_card(ids, controls, ways=ALL),
            cell_beside(ids, empty_cell()),
            html.Div(
                [
                    html.Section(id=ids.compared, className="card compared"),
                    html.Section(id=ids.reading, className="card reading-card"),
                ],
                className="below-map",
            ),
        ],
        className="map-and-cell",
    )


def cell_beside(ids: MapIds, empty: Component, *, by_callback: bool = False) -> Component:
    """The opened cell's panel: ``empty`` if there is none, and which one it will be on its way.

    ``assets/cell/open_cell.js`` fetches and shows what is opened, unless a callback does.
    """
    fetched = {} if by_callback else {"data-parts": "[]"}
    bars = [html.Div(className="bar") for _ in range(8)]
    head = html.H2([html.Code(), html.Span()], className="cell-title")
    waiting = html.Div(static_html([head, *bars]), id=ids.waiting, className="waiting")
    return html.Aside(
        [
            waiting,
            html.Div(id=ids.cell, className="opened", **fetched),
            html.Div(static_html(empty), className="no-cell"),
        ],
        id=ids.panel,
        className="card cell",
        **{"aria-label": "The opened cell"},
    )


def map_card(
    ids: MapIds,
    controls: Sequence[Component],
    *,
    ways: Sequence[ShareOption],
    columns: str = "Tokens",
    has_words: bool = False,
) -> Component:
    """The map under its controls, with its sliders, and the stores that say what it shows.

    Args:
        ids: the prefix of its parts.
        controls: what stands above it.
        ways: what the Share menu offers.
        columns: what the columns' slider is called.
        has_words: whether the table and the reading are shown in the card, where they are chosen.
    """
    show = segments(ids.show, "Show as", WAYS_TO_SHOW)
    controls = [*controls, html.Div(show, className="how")] if has_words else controls
    graph = dcc.Graph(id=ids.heatmap, config=GRAPH_CONFIG, figure=empty_figure())
    live = html.Div(id=ids.live, className="for-readers", **{"aria-live": "polite"})
    stores = (ids.request, ids.drawing, ids.opened, ids.pins, ids.offers, ids.scoring, ids.scored,
              ids.in_view)  # fmt: skip
    ranges = [range_slider(ids.layers, "Layers"), range_slider(ids.tokens, columns)]
    return html.Section(
        [
            *(dcc.Store(id=id_) for id_ in stores),
            html.Div(list(controls), className="controls"),
            html.Div(
                [html.Div(id=ids.facts, className="facts"), share_menu(ids, ways)],
                className="map-head",
            ),
            html.Div(id=ids.table),
            *([html.Div(id=ids.reading, className="reading-card")] if has_words else []),
            html.Div([graph, html.Div(id=ids.status, className="status")], className="plot"),
            live,
            html.Div(ranges, className="ranges"),
            html.P(id=ids.pooled, className="muted", hidden=True),  # assets/map/pooling.js
            html.Div(id=ids.notes, className="notes muted"),
        ],
        id=ids.card,
        className="card map",
    )


def measure_controls(ids: MapIds) -> list[Component]:
    """Controls of what is drawn of an inspection, for ``map_area``; ``register_map`` reads them."""
    measure = measure_select(ids.measure, MeasureChoices(), className="measure")
    site = hinted_select(ids.site, "Site", [], className="site")
    first = [measure, html.Div(id=ids.definition, className="definition"), site, _probes(ids)]
    more = [
        segments(ids.scale, "Scale", [scale.value for scale in Scale]),
        segments(ids.span, "Colour range", [span.value for span in Span]),
        dmc.Switch(id=ids.sinks, label="Sinks in range", checked=False, size="sm"),
        segments(ids.show, "Show as", ["map", "table"]),
    ]
    return [html.Div(first, className="what"), html.Div(more, className="how")]


def _probes(ids: MapIds) -> Component:
    """Controls of a probe score: its study, and its probe where columns have none of their own."""
    study = dmc.Select(id=ids.study, label="Study", data=[], allowDeselect=False)
    probe = dmc.Select(id=ids.probe, label="Probe of position", data=[], allowDeselect=False)
    whose = html.Div(probe, id=ids.whose, className="whose", hidden=True)
    return html.Div([study, whose], id=ids.probes, className="probes", hidden=True)
