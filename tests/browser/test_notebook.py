"""A map on a page without a server: the dashboard's own scripts, and nothing fetched."""

from collections.abc import Iterator

import orjson
import pytest
from playwright.sync_api import Page, expect
from plotly.offline import get_plotlyjs

from dashboard.drawing.figures import draw
from dashboard.drawing.packing import pack_figure
from dashboard.maps.inspection_map import InspectionMap
from dashboard.maps.load_map import map_of
from dashboard.maps.view_options import make_view_options
from dashboard.web.scripts import ASSETS, bundle
from model_backend import Measure, Scale
from tests.model_backend.fakes import make_inspection

WORDS = "one two three four five"
PARTS = """<style>.tooltip {{ position: fixed; top: 0; left: 0; }}</style>
<div id="{0}-heatmap" style="width: 900px"></div><div id="{0}-live"></div><p id="{0}-pooled"></p>
<script>{1}</script><script>layerscope.showMap("{0}", {2})</script>"""


def figure_of(text: str) -> str:
    options = make_view_options(Measure.RESIDUAL_NORM, None, Scale.RAW)
    map_ = map_of(InspectionMap(make_inspection(text)), options, {"text": text})
    return orjson.dumps(pack_figure(draw(map_)), option=orjson.OPT_SERIALIZE_NUMPY).decode()


@pytest.fixture()
def notebook(page: Page, console: list[str]) -> Iterator[Page]:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    script = bundle(ASSETS / "notebook.js")
    maps = [
        PARTS.format("one", script, figure_of(WORDS)),
        PARTS.format("two", script, figure_of("a b")),
    ]
    page.set_content(f"<script>{get_plotlyjs()}</script>{''.join(maps)}")
    for prefix in ("one", "two"):
        expect(page.locator(f"#{prefix}-heatmap .hm image")).to_have_count(1)
    yield page
    assert [url for url in asked if not url.startswith(("data:", "blob:"))] == []


def test_a_cell_is_read_by_pointer_and_by_key(notebook: Page) -> None:
    area = notebook.locator("#one-heatmap .nsewdrag[data-subplot=xy]")
    area.hover()
    tooltip = notebook.locator(".tooltip.is-shown")
    expect(tooltip).to_contain_text("three")
    notebook.locator("#one-heatmap [role=application]").focus()
    notebook.keyboard.press("ArrowRight")
    expect(tooltip).to_contain_text("one")
    expect(notebook.locator("#one-live")).to_contain_text("token one")


def test_two_maps_that_bring_the_script_share_it_and_keep_to_themselves(notebook: Page) -> None:
    assert notebook.evaluate("Object.keys(layerscope.maps)") == ["one", "two"]
    assert notebook.evaluate("layerscope.maps.two.meta.tokens.length") == 2
    notebook.evaluate(
        "Plotly.relayout(document.querySelector('#two-heatmap > div'), 'xaxis.range', [0, 1])"
    )
    assert notebook.evaluate("layerscope.maps.one.ranges.xaxis.range[0]") == -0.5


def test_a_click_outlines_its_cell(notebook: Page) -> None:
    notebook.locator("#one-heatmap .nsewdrag[data-subplot=xy]").click()
    expect(notebook.locator("#one-heatmap .outline.is-open")).to_have_count(1)
