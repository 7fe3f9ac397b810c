"""No view has a serious fault that axe-core finds, in light or in dark."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from dashboard.factory import VIEWS
from tests.browser.test_explore import WAIT, wait_for_map

SERIOUS = ("serious", "critical")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("title", [view.TITLE for view in VIEWS])
def test_axe_finds_nothing_serious(
    page: Page, server: str, console: list[str], title: str, scheme: str
) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(f"{server}/#{title.lower()}")
    expect(page.locator(f"#view-{title.lower()}")).to_be_visible(timeout=WAIT)
    if title == "Explore":
        wait_for_map(page, "Paris")
        page.locator("#explore-heatmap .js-plotly-plot").focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        expect(page.locator("#explore-cell .predictions").first).to_be_visible(timeout=WAIT)
    if title == "Ask":
        expect(page.locator("#ask-stream [role=listbox]")).to_be_visible(timeout=WAIT)
        page.locator("#ask-stream [role=listbox]").focus()
        page.keyboard.press("ArrowRight")
        page.get_by_text("Named positions", exact=True).click()
        page.get_by_text("More: length").click()
    assert serious(page) == []


def test_a_page_with_a_fault_is_found_out(page: Page) -> None:
    page.set_content("<html lang='en'><title>t</title><main><h1>h</h1><img src='x'></main></html>")
    assert any(fault.startswith("image-alt") for fault in serious(page))


def serious(page: Page) -> list[str]:
    """What axe-core calls serious or critical: rule, and where."""
    found = Axe().run(page).response["violations"]
    return [
        f"{fault['id']}: {node['target']} {node.get('failureSummary', '')}"
        for fault in found
        if fault["impact"] in SERIOUS
        for node in fault["nodes"]
    ]
