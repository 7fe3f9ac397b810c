"""Compare: what is pointed at or zoomed on one map is so on the others."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_explore import WAIT

MAPS = ("left", "right", "difference")


@pytest.fixture()
def compare(page: Page, server: str, console: list[str]) -> Iterator[Page]:
    page.goto(f"{server}/#compare")
    for name in MAPS:
        expect(page.locator(f"#{name}-heatmap .hm image")).to_have_count(1, timeout=WAIT)
    yield page


def test_one_map_leads_the_others(compare: Page) -> None:
    pane = compare.locator("#left-heatmap .nsewdrag[data-subplot=xy]")
    pane.scroll_into_view_if_needed()
    pane.hover()
    here = "([one, other]) => layerscope.maps[other].cursor !== null"
    for other in MAPS[1:]:
        compare.wait_for_function(here, arg=["left", other], timeout=WAIT)
    compare.evaluate(
        "() => layerscope.zoomTo(layerscope.maps.left, { x: [1.5, 4.5], y: [2.5, 9.5] })"
    )
    zoomed = "name => layerscope.graph(layerscope.maps[name]).layout.xaxis.range[0] === 1.5"
    for name in MAPS:
        compare.wait_for_function(zoomed, arg=name, timeout=WAIT)
    expect(compare.locator("#compare-notes")).to_contain_text("Aligned by position: 8 of 8 tokens")
