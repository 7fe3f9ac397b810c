"""No view has a serious fault that axe-core finds, in light or in dark."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from dashboard.factory import VIEWS
from tests.browser.exploring import WAIT, wait_for_map

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


@pytest.mark.parametrize("title", [view.TITLE for view in VIEWS])
def test_the_first_tab_stop_skips_to_the_map_of_the_view(
    page: Page, server: str, title: str
) -> None:
    first_map = {"Explore": "explore", "Ask": "ask", "Probe": "probe", "Compare": "left"}[title]
    page.goto(f"{server}/#{title.lower()}")
    heatmap = page.locator(f"#{first_map}-heatmap .js-plotly-plot")
    expect(heatmap).to_have_attribute("tabindex", "0", timeout=WAIT)
    page.wait_for_function("() => !document.querySelector('.card.map.is-busy')", timeout=WAIT)
    steps = page.evaluate("history.length")
    skip = page.get_by_role("link", name="Skip to the map")
    expect(skip).not_to_be_in_viewport()
    page.keyboard.press("Tab")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport(ratio=1)
    page.keyboard.press("Enter")
    expect(heatmap).to_be_focused()
    expect(skip).not_to_be_in_viewport()
    page.keyboard.press("ArrowRight")
    expect(page.locator(f"#{first_map}-live")).to_contain_text("layer")
    assert page.evaluate("history.length") == steps
    assert page.evaluate("location.hash.slice(1).split('/')[0] || 'explore'") == title.lower()


def test_the_link_skips_to_the_table_that_is_shown_instead(page: Page, server: str) -> None:
    page.goto(server)
    wait_for_map(page, "Paris")
    page.locator("#explore-show").get_by_text("table", exact=True).click()
    expect(page.locator("#explore-card .grid-table [role=row]").first).to_be_visible(timeout=WAIT)
    page.get_by_role("link", name="Skip to the map").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#explore-card .grid-table")).to_be_focused()


def test_before_there_is_a_map_the_link_skips_to_its_card(page: Page, server: str) -> None:
    page.route("**/_dash-update-component", lambda route: route.abort())
    page.goto(server)
    expect(page.locator("#explore-card")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#explore-card")).to_be_focused()


def test_examples_are_one_tab_stop_and_arrows_choose_none(page: Page, server: str) -> None:
    page.goto(server)
    wait_for_map(page, "Paris")
    page.get_by_role("button", name="Run").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.locator("#explore-special-tokens")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("radio", name="A fact")).to_be_focused()
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "ArrowLeft", "ArrowLeft"):
        page.keyboard.press(key)
    expect(page.get_by_role("radio", name="Repetition")).to_be_focused()
    expect(page.locator("#explore-text")).to_contain_text("Eiffel")
    page.keyboard.press("Tab")
    expect(page.locator("#explore-special-tokens")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    wait_for_map(page, "three")
