"""A map as it stands before anything has been computed: the card, the cell beside it, the reading.

Every view that shows a map uses these with a prefix of its own, so that several maps may stand on
one page. ``dashboard.maps`` ties them to a backend; ``assets/maps.js`` draws them.
"""

from collections.abc import Sequence

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components import empty_cell, range_slider, segments
from dashboard.figures import GRAPH_CONFIG, empty_figure
from dashboard.ids import MapIds
from model_backend import MEASURE_GROUPS, ON_REQUEST, Measure, Scale, Span

FIRST_MEASURE = Measure.LENS_CONFIDENCE


def map_area(ids: MapIds, controls: Sequence[Component]) -> Component:
    """A whole map: its card with these controls, the opened cell beside it, the reading below."""
    return html.Div(
        [
            map_card(ids, controls),
            html.Aside(empty_cell(), id=ids.cell, className="card cell"),
            html.Section(id=ids.reading, className="card reading-card"),
        ],
        className="map-and-cell",
    )


def map_card(ids: MapIds, controls: Sequence[Component], *, columns: str = "Tokens") -> Component:
    """The map under its controls, with its sliders, and the stores that say what it shows."""
    graph = dcc.Graph(id=ids.heatmap, config=GRAPH_CONFIG, figure=empty_figure())
    live = html.Div(id=ids.live, className="for-readers", **{"aria-live": "polite"})
    ranges = [range_slider(ids.layers, "Layers"), range_slider(ids.tokens, columns)]
    return html.Section(
        [
            *(dcc.Store(id=id_) for id_ in (ids.request, ids.drawing, ids.opened, ids.pins)),
            html.Div(list(controls), className="controls"),
            html.Div(id=ids.facts, className="facts"),
            html.Div(id=ids.table),
            html.Div([graph, html.Div(id=ids.status, className="status")], className="plot"),
            live,
            html.Div(ranges, className="ranges"),
            html.Div(id=ids.notes, className="notes muted"),
        ],
        id=ids.card,
        className="card map",
    )


def measure_controls(ids: MapIds) -> list[Component]:
    """What to draw of an inspection and how, for ``map_area``; ``register_map`` reads them."""
    choices = [
        {"group": group, "items": [measure.value for measure in measures]}
        for group, measures in MEASURE_GROUPS.items()
        if not ON_REQUEST.intersection(measures)
    ]
    measure = dmc.Select(
        id=ids.measure,
        label="Measure",
        data=choices,
        value=FIRST_MEASURE.value,
        allowDeselect=False,
        className="measure",
    )
    return [
        measure,
        html.Div(id=ids.definition, className="definition"),
        segments(ids.scale, "Scale", [scale.value for scale in Scale]),
        segments(ids.span, "Colour range", [span.value for span in Span]),
        dmc.Switch(id=ids.sinks, label="Sinks in range", checked=False, size="sm"),
        segments(ids.show, "Show as", ["map", "table"]),
    ]
