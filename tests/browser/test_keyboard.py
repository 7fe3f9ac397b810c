"""The map by keyboard, what is read aloud of it, and the list of shortcuts."""

import re

import numpy as np
from playwright.sync_api import Page, expect

from dashboard.page.components import SHORTCUTS
from dashboard.page.labels import visible
from model_backend import InspectRequest, LocalBackend, Measure, percent
from tests.browser.exploring import MAP, point


def test_the_map_has_one_tab_stop_and_arrow_keys(explore: Page) -> None:
    explore.locator(MAP).focus()
    explore.keyboard.press("ArrowRight")
    panel = explore.locator("#explore-hovered")
    expect(explore.locator(".tooltip.is-shown")).to_be_visible()
    expect(panel).to_contain_text("position 0")
    explore.keyboard.press("ArrowRight")
    explore.keyboard.press("ArrowDown")
    expect(panel).to_contain_text("position 1")
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


def test_the_line_read_aloud_says_layer_token_and_the_backends_number(explore: Page) -> None:
    tokens, grid = measured(explore, "next-token probability")
    line = explore.locator("#explore-live")
    explore.locator(MAP).focus()
    row, column = len(grid) - 1, -1
    for key, up, right in (
        ("ArrowRight", 0, 1),
        ("ArrowRight", 0, 1),
        ("ArrowDown", -1, 0),
        ("ArrowRight", 0, 1),
        ("ArrowDown", -1, 0),
        ("ArrowLeft", 0, -1),
        ("ArrowUp", 1, 0),
    ):
        explore.keyboard.press(key)
        row, column = row + up, column + right
        said = f"layer {row}, position {column}, token {tokens[column]}, "
        expect(line).to_contain_text(f"{said}{percent(float(grid[row, column]))}")


def measured(page: Page, name: str) -> tuple[list[str], np.ndarray]:
    """The tokens of the map on screen, as they are shown, and one measure as the backend has it."""
    text = page.evaluate("layerscope.maps.explore.meta.request.text")
    inspection = LocalBackend().inspect(InspectRequest("builtin", text))
    grid = inspection.grid(Measure(name))
    return [visible(token) for token in grid.token_labels], grid.values


def test_a_question_mark_lists_the_keys_and_escape_takes_the_list_away(explore: Page) -> None:
    text = explore.get_by_label("Text", exact=True)
    text.press("End")
    text.press("?")
    dialog = explore.get_by_role("dialog")
    expect(text).to_have_value(re.compile(r"\?$"))
    expect(dialog).to_have_count(0)
    explore.locator(MAP).focus()
    explore.keyboard.press("?")
    expect(dialog.locator("dt")).to_have_text(list(SHORTCUTS))
    expect(dialog).to_contain_text("open the cell")
    explore.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(explore.locator(MAP)).to_be_focused()
