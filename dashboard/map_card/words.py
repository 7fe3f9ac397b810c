"""Ties the words and numbers of a map to it: the measure's definition, the reading, the table."""

from collections.abc import Callable, Sequence
from typing import Any

import orjson
from dash import Dash, Input, Output
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboard.drawing.render_cache import RenderCache
from dashboard.map_card.reading_panel import reading_panel
from dashboard.maps.map_data import MapData
from dashboard.maps.measure_choices import definition
from dashboard.maps.read import read
from dashboard.maps.table import tabulate
from dashboard.page.ids import MapIds
from dashboard.page.static_html import static_html
from model_backend import Measure, Region, Site

Loaded = Callable[..., MapData | None]
"""Makes the map from the values of the inputs that it depends on; None while there is none."""


def register_definition(app: Dash, ids: MapIds) -> None:
    """Register the callback that shows the definition of the chosen measure."""

    @app.callback(
        Output(ids.definition, "children"), Input(ids.measure, "value"), Input(ids.site, "value")
    )
    def define(measure: str, site: str | None) -> Component:
        return definition(Measure(measure), Site(site) if site else None)


def register_reading(
    app: Dash, ids: MapIds, inputs: Sequence[Input], load: Loaded, rendered: RenderCache
) -> None:
    """Register the callback that keeps the reading of what is in view beside a map."""

    @app.callback(
        Output(ids.reading, "children"),
        *inputs,
        Input(ids.in_view, "data"),
        prevent_initial_call=True,
    )
    def read_map(*given: Any) -> orjson.Fragment:
        *chosen, ends = given
        map_ = load(*chosen)
        if map_ is None:
            raise PreventUpdate
        view = Region(*ends) if ends else None
        [panel] = rendered.get_or_render(map_, (*chosen[1:], view), lambda: (_panel(map_, view),))
        return panel


def register_table(app: Dash, ids: MapIds, inputs: Sequence[Input], load: Loaded) -> None:
    """Register the callback that shows the numbers as a table in place of the map."""

    @app.callback(
        Output(ids.table, "children"), *inputs, Input(ids.show, "value"), prevent_initial_call=True
    )
    def tabulate_map(*given: Any) -> list[Component]:
        *chosen, show = given
        map_ = load(*chosen) if show == "table" else None
        return tabulate(map_) if map_ else []


def register_words_in_card(app: Dash, ids: MapIds, inputs: Sequence[Input], load: Loaded) -> None:
    """Register the callback that shows the table in place of a map, or the reading above it."""

    @app.callback(
        Output(ids.table, "children"),
        Output(ids.reading, "children"),
        *inputs,
        Input(ids.show, "value"),
        Input(ids.in_view, "data"),
        prevent_initial_call=True,
    )
    def say(*given: Any) -> tuple[list[Component], Component | None]:
        *chosen, show, ends = given
        map_ = load(*chosen) if show != "map" else None
        if map_ is None:
            return [], None
        view = Region(*ends) if ends else None
        return (tabulate(map_), None) if show == "table" else ([], _panel(map_, view))


def _panel(map_: MapData, in_view: Region | None) -> Component:
    return static_html(reading_panel(read(map_, in_view)))
