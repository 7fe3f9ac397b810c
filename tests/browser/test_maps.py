"""Several maps on one page, with named columns, missing ones, and cells that say more."""

import logging
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import dash_mantine_components as dmc
import numpy as np
import pytest
from dash import Dash, Input, Output, dcc, html
from playwright.sync_api import Page as Browser
from playwright.sync_api import expect
from werkzeug.serving import make_server

from dashboard.drawing.figures import draw
from dashboard.drawing.packing import pack_figure
from dashboard.links.menu import WITH_FILES
from dashboard.map_card.callbacks import register_drawing, register_map
from dashboard.map_card.layout import Controls, map_area, map_card, measure_controls
from dashboard.map_card.measure_controls import measure_choices, measure_outputs
from dashboard.maps.inspection_map import InspectionMap, Pair
from dashboard.maps.map_data import Bracket, Colours, Column, MapData, Marks
from dashboard.page.components import keys_dialog
from dashboard.page.ids import MapIds, Page
from dashboard.page.requests import Request
from dashboard.web import map_routes
from dashboard.web.scripts import ASSETS, serve_script
from model_backend import (
    Attribution,
    CellDetail,
    CellLine,
    CellRequest,
    LayerTokenGrid,
    layer_labels,
)
from tests.browser.exploring import WAIT
from tests.model_backend.fakes import FakeBackend, make_inspection

ASK, AUC = MapIds("ask"), MapIds("compare-left")
COLUMNS = (Column(3, "last_q"), Column(None, "first_answer"), Column(1, "exact_answer_first"))
N_ROWS = 4


class NamedMap:
    """Three named columns of a text of four words, the second of which is missing."""

    def inspection_map(
        self, request: Request, *, attention: bool = False, measures: Sequence[str] = ()
    ) -> InspectionMap:
        inspection = make_inspection("one two three four", attention=attention)
        return InspectionMap(inspection, COLUMNS, (Bracket("exact answer", 2, 2),))

    def cell(
        self, request: Request, row: int, position: int, *, measures: Sequence[str] = ()
    ) -> CellDetail:
        return FakeBackend().cell(CellRequest("fake", "one two three four", row, position))

    def attribution(self, request: Request, row: int, position: int, pair: Pair) -> Attribution:
        raise AssertionError("no map here compares two tokens")


def make_page() -> Dash:
    app = Dash("dashboard", assets_folder=str(ASSETS))
    shared = [dcc.Store(id=Page.STATUS), dcc.Interval(id=Page.PULSE), dmc.Alert("", id=Page.ERROR)]
    shared += [dcc.Store(id=Page.FINISHED), dcc.Store(id=Page.IMPORTED)]
    start = html.Div([dcc.Store(id="start", data=1), html.Div(id=Page.LOADING)])
    maps = [map_area(ASK, measure_controls(ASK)), map_card(AUC, Controls(), ways=WITH_FILES)]
    body = html.Main(html.Section([html.H1("Maps"), *maps], className="view"))
    app.layout = dmc.MantineProvider([*shared, start, body, keys_dialog()])
    register_map(app, ASK, NamedMap(), FakeBackend())
    register_drawing(app, AUC)
    map_routes.register(app, FakeBackend())
    serve_script(app)

    @app.callback(Output(ASK.request, "data"), *measure_outputs(ASK), Input("start", "data"))
    def begin(_: int) -> tuple[Any, ...]:
        request = {"question": "any"}
        return request, *measure_choices(NamedMap(), FakeBackend(), request, "lens confidence")

    @app.callback(Output(AUC.drawing, "data"), Input("start", "data"))
    def draw_auc(_: int) -> dict[str, Any]:
        return pack_figure(draw(make_auc_map()))

    return app


def make_auc_map() -> MapData:
    values = np.full((N_ROWS, 3), 0.7)
    values[1, 2], values[2, 0], values[:, 1] = 0.9, 0.4, np.nan
    names = tuple(column.name for column in COLUMNS)
    grid = LayerTokenGrid("AUC", values, layer_labels(N_ROWS - 1), names, midpoint=0.5)
    return MapData(
        grid,
        request={"study": "s1"},
        columns=COLUMNS,
        lines=(CellLine("interval", values - 0.05, upper=values + 0.05),),
        marks=Marks(outlined=values > 0.8, dimmed=values < 0.5),
        colours=Colours(ends=(0.4, 1.0)),
    )


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, make_page().server, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture()
def maps(page: Browser, address: str, console: list[str]) -> Iterator[Browser]:
    page.goto(address)
    for ids in (ASK, AUC):
        image = page.locator(f"#{ids.heatmap} .hm image")
        expect(image).to_have_count(1, timeout=WAIT)
    yield page


def point(page: Browser, ids: MapIds, row: int, column: int) -> None:
    """Move the pointer to the middle of a cell."""
    pane = page.locator(f"#{ids.heatmap} .nsewdrag[data-subplot=xy]")
    pane.scroll_into_view_if_needed()
    box = pane.bounding_box()
    assert box
    x = box["x"] + (column + 0.5) / 3 * box["width"]
    y = box["y"] + (N_ROWS - row - 0.5) / N_ROWS * box["height"]
    page.mouse.move(x - 2, y)
    page.mouse.move(x, y)
    page.wait_for_timeout(150)


def test_each_map_has_a_state_of_its_own(maps: Browser) -> None:
    names = maps.evaluate("Object.values(layerscope.maps).map(map => [map.prefix, map.meta.name])")
    assert sorted(names) == [["ask", "lens confidence"], ["compare-left", "AUC"]]


def test_a_named_column_says_its_name_and_its_token(maps: Browser) -> None:
    ticks = maps.locator(f"#{ASK.heatmap} .xtick").all_text_contents()
    assert ticks == ["last_qfour", "first_answer—", "exact_answer_firsttwo"]
    point(maps, ASK, 2, 0)
    expect(maps.locator(".tooltip.is-shown")).to_contain_text("last_q")
    panel = maps.locator(f"#{ASK.hovered}")
    expect(panel).to_contain_text("last_q · position 3 · id 3")
    expect(panel.locator(".tooltip-bar")).to_have_count(5)


def test_a_missing_column_is_never_hovered_nor_walked_on(maps: Browser) -> None:
    point(maps, ASK, 2, 1)
    expect(maps.locator(".tooltip.is-shown")).to_have_count(0)
    maps.locator(f"#{ASK.heatmap} .js-plotly-plot").focus()
    for _ in range(2):
        maps.keyboard.press("ArrowRight")
    assert maps.evaluate("layerscope.maps.ask.cursor.column") == 2


def test_an_opened_column_asks_for_its_tokens_position(maps: Browser) -> None:
    point(maps, ASK, 1, 2)
    maps.mouse.down()
    maps.mouse.up()
    expect(maps.locator(f"#{ASK.cell}")).to_contain_text("position 1")
    assert maps.evaluate("layerscope.maps['compare-left'].open") is None


def test_a_map_without_predictions_says_what_its_figure_brings(maps: Browser) -> None:
    point(maps, AUC, 1, 2)
    tooltip = maps.locator(".tooltip.is-shown")
    expect(tooltip).to_contain_text("AUC0.900interval0.850 to 0.950")
    expect(tooltip.locator(".tooltip-title")).to_have_count(0)


def test_cells_are_outlined_and_hatched_as_the_figure_says(maps: Browser) -> None:
    shapes = maps.evaluate("layerscope.marks(layerscope.maps['compare-left']).shapes")
    outline = "M1.5,0.5L1.5,1.5M2.5,0.5L2.5,1.5M1.5,0.5L2.5,0.5M1.5,1.5L2.5,1.5"
    assert [shape.get("path") for shape in shapes].count(outline) == 2  # a halo, and the line


def test_a_column_without_values_has_another_look_than_what_may_be_chance(maps: Browser) -> None:
    rows, shapes = maps.evaluate(
        """() => { const map = { ...layerscope.maps["compare-left"] };
          map.meta = { ...map.meta, positions: [0, null], empty: [0], dimmed: [], outlined: [] };
          return [map.rows, layerscope.marks(map).shapes.slice(map.base.shapes.length)]; }"""
    )
    dotted = [shape for shape in shapes if shape["line"].get("dash") == "dot"]
    assert sorted(shape["x0"] for shape in dotted) == pytest.approx([-0.42, 0.58])
    assert all(shape["y1"] < rows - 0.5 for shape in dotted)
    assert not [shape for shape in shapes if shape["type"] == "path"]


def test_a_script_can_follow_one_map_with_another(maps: Browser) -> None:
    maps.evaluate(
        """document.addEventListener("layerscope:zoom", ({ detail: { map, x, y } }) =>
          map.prefix === "ask" && layerscope.zoomTo(layerscope.maps["compare-left"], { x, y }))"""
    )
    maps.evaluate("layerscope.zoomTo(layerscope.maps.ask, { x: [-0.5, 1.5], y: [0.5, 2.5] })")
    maps.wait_for_function(
        "() => layerscope.graph(layerscope.maps['compare-left']).layout.xaxis.range[1] === 1.5"
    )
    expect(maps.locator(f"#{AUC.tokens} [role=slider]").last).to_have_attribute(
        "aria-valuenow", "1"
    )
