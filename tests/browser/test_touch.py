"""A phone: the page fits, and fingers read cells and open them."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.exploring import MAP, WAIT, point, wait_for_map


def test_a_finger_reads_a_cell_first_and_opens_it_at_the_second_tap(
    browser: Browser, server: str
) -> None:
    phone = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = phone.new_page()
    page.goto(server)
    wait_for_map(page, "Peru")
    page.locator(MAP).scroll_into_view_if_needed()
    page.touchscreen.tap(*point(page, 4, 5))
    expect(page.locator(".tooltip.is-shown")).to_contain_text("layer 4")
    expect(page.locator(f"{MAP} > .outline.is-pointed-at")).to_be_visible()
    expect(page.locator("#explore-panel .no-cell")).to_be_visible()
    page.wait_for_timeout(600)
    page.touchscreen.tap(*point(page, 4, 5))
    expect(page.locator("#explore-cell")).to_contain_text("position 5")
    phone.close()


def test_a_finger_reads_cells_of_one_map_after_another(browser: Browser, server: str) -> None:
    phone = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = phone.new_page()
    page.goto(f"{server}/#compare")
    for ids in ("left", "right", "difference"):
        expect(page.locator(f"#{ids}-heatmap .hm image")).to_have_count(1, timeout=WAIT)
    page.wait_for_function("() => !document.querySelector('.card.map.is-busy')", timeout=WAIT)
    page.get_by_role("heading", name="Layerscope").click()  # there a mouse is left to rest
    for ids, share in (("left", 0.3), ("difference", 0.3), ("left", 0.7)):
        plot = page.locator(f"#{ids}-heatmap .nsewdrag[data-subplot=xy]")
        plot.scroll_into_view_if_needed()
        box = plot.bounding_box()
        assert box
        plot.tap(position={"x": share * box["width"], "y": 0.52 * box["height"]})
        page.wait_for_function("ids => layerscope.maps[ids].tapped", arg=ids, timeout=WAIT)
        page.wait_for_timeout(1000)  # what a browser plays after a tap is to change nothing
        token = page.evaluate(
            "ids => (map => map.meta.tokens[map.tapped.column])(layerscope.maps[ids])", ids
        )
        expect(page.locator(".tooltip.is-shown code").first).to_have_text(token)
        expect(page.locator(f"#{ids}-heatmap .outline.is-pointed-at")).to_be_visible()
    page.locator("#left-text").tap()
    expect(page.locator(".tooltip.is-shown")).to_have_count(0)
    phone.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_a_phone(page: Page, server: str, console: list[str], scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(server)
    wait_for_map(page, "Peru")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
