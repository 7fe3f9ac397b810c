"""Probe: the published maps to look at, a study of one's own from file to map."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_explore import WAIT

MAP = "#probe-heatmap .js-plotly-plot"


@pytest.fixture()
def probe(page: Page, server: str, console: list[str]) -> Iterator[Page]:
    page.goto(f"{server}/#probe")
    wait_for_auc_map(page, "published/TriviaQA")
    yield page


def wait_for_auc_map(page: Page, name: str) -> None:
    page.wait_for_function(
        "name => window.layerscope?.maps.probe?.meta?.request.map === name"
        " && !document.getElementById('probe-card').classList.contains('is-busy')",
        arg=name,
        timeout=WAIT,
    )
    expect(page.locator(f"{MAP} .hm image")).to_have_count(1, timeout=WAIT)


def point(page: Page, row: int, column: int) -> tuple[float, float]:
    """Where a cell's middle is on screen."""
    pane = page.locator(f"{MAP} .nsewdrag[data-subplot=xy]")
    pane.scroll_into_view_if_needed()
    box = pane.bounding_box()
    assert box
    rows, columns = page.evaluate("[layerscope.maps.probe.rows, layerscope.maps.probe.columns]")
    across = (column + 0.5) / columns * box["width"]
    return box["x"] + across, box["y"] + (rows - row - 0.5) / rows * box["height"]


def test_the_published_maps_are_there_hovered_opened_and_read(probe: Page) -> None:
    assert probe.locator(".shelf-map").count() >= 9
    probe.get_by_role("link", name="Math").click()
    wait_for_auc_map(probe, "published/Math")
    expect(probe.get_by_role("link", name="Math")).to_have_attribute("aria-current", "true")
    x, y = point(probe, 13, 5)
    probe.mouse.move(x - 2, y)
    probe.mouse.move(x, y)
    tooltip = probe.locator(".tooltip.is-shown")
    expect(tooltip).to_contain_text("exact_answer_last")
    expect(tooltip).to_contain_text("layer 13")
    expect(tooltip).to_contain_text("AUC0.923")
    probe.mouse.click(x, y)
    expect(probe.locator("#probe-cell")).to_contain_text("1 of 480 cells")
    expect(probe.locator("#probe-reading")).to_contain_text("The highest value is AUC 0.923")


def test_a_reload_shows_the_same_map(probe: Page) -> None:
    probe.get_by_role("link", name="NLI (MNLI)").click()
    wait_for_auc_map(probe, "published/NLI (MNLI)")
    probe.reload()
    wait_for_auc_map(probe, "published/NLI (MNLI)")
