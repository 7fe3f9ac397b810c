"""The map by keyboard, what is read aloud of it, and the list of shortcuts."""

from playwright.sync_api import Page, expect

from tests.browser.exploring import MAP, point


def test_the_map_has_one_tab_stop_and_arrow_keys(explore: Page) -> None:
    explore.locator(MAP).focus()
    explore.keyboard.press("ArrowRight")
    tooltip = explore.locator(".tooltip.is-shown")
    expect(tooltip).to_contain_text("position 0")
    explore.keyboard.press("ArrowRight")
    explore.keyboard.press("ArrowDown")
    expect(tooltip).to_contain_text("position 1")
    explore.keyboard.press("Enter")
    expect(explore.locator("#explore-cell")).to_contain_text("position 1")


def test_keys_follow_a_click_and_stay_within_a_zoom(explore: Page) -> None:
    explore.mouse.click(*point(explore, 5, 3))
    explore.keyboard.press("Shift+P")
    explore.wait_for_function("() => layerscope.maps.explore.pins.length === 1")
    number = explore.locator(f"{MAP} .annotation-text", has_text="1").last
    ink = explore.evaluate("getComputedStyle(document.body).color")
    assert number.evaluate("e => getComputedStyle(e).fill") != ink
    explore.keyboard.press("Escape")
    explore.wait_for_function("() => layerscope.maps.explore.open === null")
    explore.evaluate("layerscope.zoomTo(layerscope.maps.explore, {x: [5.5, 9.5], y: [7.5, 12.5]})")
    for key in ("ArrowRight", "ArrowLeft", "ArrowLeft", "ArrowUp"):
        explore.keyboard.press(key)
    assert explore.evaluate("layerscope.maps.explore.cursor") == {"row": 12, "column": 6}
    for _ in range(9):
        explore.keyboard.press("ArrowRight")
        explore.keyboard.press("ArrowDown")
    assert explore.evaluate("layerscope.maps.explore.cursor") == {"row": 8, "column": 9}


def test_a_question_mark_lists_the_keys(explore: Page) -> None:
    explore.locator(MAP).focus()
    explore.keyboard.press("?")
    expect(explore.get_by_role("dialog")).to_contain_text("open the cell")
