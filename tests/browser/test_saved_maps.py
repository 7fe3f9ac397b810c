"""A map saved to a file and opened again: what it shows, and what it does not make up."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_explore import WAIT, wait_for_map


@pytest.fixture()
def saved(page: Page, server: str, console: list[str], tmp_path: Path) -> Page:
    """Explore with a map of its own, saved and opened again."""
    page.goto(server)
    wait_for_map(page, "Paris")
    open_again(page, tmp_path)
    return page


def open_again(page: Page, folder: Path) -> None:
    page.locator("#explore-card .share summary").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="NPZ").click()
    path = folder / "map.npz"
    download.value.save_as(path)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Open a saved map").click()
    chooser.value.set_files(path)
    page.wait_for_function(
        "() => / from file /.test(layerscope.maps.explore.meta?.madeBy?.model)", timeout=WAIT
    )


def test_a_path_breaks_where_the_file_does_not_keep_its_token(saved: Page) -> None:
    saved.evaluate("() => layerscope.setOpen(layerscope.maps.explore, { row: 2, column: 4 })")
    panel = saved.locator("#explore-cell")
    expect(panel).to_contain_text("its line is broken", timeout=WAIT)
    lines = saved.evaluate(
        """() => [...document.querySelectorAll("#explore-cell .chart.paths g")].map((group) => ({
          drawn: [...group.querySelectorAll("polyline")].flatMap((line) => line.points.length
            ? [...line.points] : []).length + group.querySelectorAll("circle[r='2.5']").length,
          known: JSON.parse(group.closest(".chart").dataset.chart).lines[
            [...group.parentNode.children].filter((one) => one.tagName === "g").indexOf(group)
          ].filter((share) => share !== null).length }))"""
    )
    assert len(lines) == 5 and any(line["known"] < 17 for line in lines)
    assert all(line["drawn"] == line["known"] for line in lines)
