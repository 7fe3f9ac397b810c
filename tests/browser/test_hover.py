"""A cell that is pointed at is read beside the map, and marked with its row and column."""

import pytest
from playwright.sync_api import Browser, FloatRect, Page, expect

from tests.browser.exploring import MAP, hover, point, wait_for_map

READING = "#explore-reading > * .reading >> nth=0"
OVERLAPS = """([one, other]) => {
  const boxOf = (selector) => document.querySelector(selector).getBoundingClientRect();
  const [a, b] = [boxOf(one), boxOf(other)];
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom; }"""
AT_ONCE = """() => {
  const graph = document.querySelector('#explore-heatmap .js-plotly-plot');
  const panel = document.getElementById('explore-hovered');
  graph.emit('plotly_hover', { points: [{ curveNumber: 0, pointNumber: [6, 4] }], event: {} });
  return [panel.checkVisibility(), panel.innerText]; }"""
"""What the panel says in the very task in which Plotly reports a cell."""


def test_the_reading_stands_beside_the_map_and_comes_back(explore: Page) -> None:
    reading, panel = explore.locator(READING), explore.locator("#explore-hovered")
    expect(reading).to_be_visible()
    card, words = explore.locator("#explore-card").bounding_box(), reading.bounding_box()
    assert card and words
    assert card["x"] + card["width"] <= words["x"]
    assert words["y"] < 450, "in the first window"
    expect(panel).to_be_hidden()
    hover(explore, 5, 4)
    expect(panel).to_be_visible()
    expect(panel).to_contain_text("Actual next token")
    explore.mouse.move(5, 5)
    expect(panel).to_be_hidden()
    expect(reading).to_be_visible()


def test_the_panel_shows_a_cell_in_the_same_frame(explore: Page) -> None:
    hover(explore, 5, 4)
    expect(explore.locator("#explore-hovered .tooltip-bar")).to_have_count(5)
    visible, said = explore.evaluate(AT_ONCE)
    assert visible
    assert "layer 6" in said
    assert "position 4" in said


def test_the_actual_next_token_has_its_place_among_the_guesses(explore: Page) -> None:
    hover(explore, 16, 7)
    panel = explore.locator("#explore-hovered")
    rows = panel.locator(".tooltip-bar")
    expect(rows).to_have_count(5)
    tokens = explore.evaluate("layerscope.maps.explore.meta.tokens")
    guesses = panel.locator(".tooltip-bar code").all_text_contents()
    place = guesses.index(tokens[8])
    share = panel.locator(".tooltip-bar span").nth(place).inner_text()
    ordinal = ("1st", "2nd", "3rd", "4th", "5th")[place]
    expect(panel.locator(".actual-next")).to_have_text(
        f"Actual next token: {tokens[8]}, {ordinal}, {share}"
    )
    hover(explore, 16, len(tokens) - 1)
    expect(panel).to_contain_text(f"position {len(tokens) - 1}")
    expect(panel.locator(".actual-next")).to_have_count(0)


def test_a_click_keeps_the_cell_while_others_are_read(explore: Page) -> None:
    kept, panel = explore.locator("#explore-cell"), explore.locator("#explore-hovered")
    explore.mouse.click(*point(explore, 4, 5))
    expect(kept).to_contain_text("position 5")
    expect(panel).to_be_hidden()
    explore.locator("#explore-panel .kept").evaluate("(one) => { one.scrollTop = 200; }")
    hover(explore, 9, 9)
    expect(panel).to_contain_text("position 9")
    explore.mouse.move(5, 5)
    expect(panel).to_be_hidden()
    expect(kept).to_be_visible()
    assert explore.locator("#explore-panel .kept").evaluate("(one) => one.scrollTop") == 200


@pytest.mark.parametrize(("row", "position"), [(0, 0), (16, 0), (0, 12), (16, 12), (8, 8)])
def test_the_tooltip_is_small_and_never_on_its_cell(explore: Page, row: int, position: int) -> None:
    tooltip = hover(explore, row, position)
    box = tooltip.bounding_box()
    assert box
    assert box["width"] <= 260
    assert box["height"] <= 90
    assert not explore.evaluate(OVERLAPS, [".tooltip", f"{MAP} > .outline.is-pointed-at"])
    assert box["x"] >= 0
    assert box["y"] >= 0


def marked(page: Page) -> list[FloatRect]:
    """The outlines of the cell that is pointed at, of its row and of its column."""
    names = ("is-pointed-at", "is-row", "is-column")
    boxes = [page.locator(f"{MAP} > .outline.{name}").bounding_box() for name in names]
    assert all(boxes)
    return [box for box in boxes if box]


def check_marks(page: Page, row: int, position: int) -> None:
    x, y = point(page, row, position)
    pane = page.locator(f"{MAP} .nsewdrag[data-subplot=xy]").bounding_box()
    assert pane
    cell, across, down = marked(page)
    for box in (cell, across, down):
        assert box["x"] <= x <= box["x"] + box["width"]
        assert box["y"] <= y <= box["y"] + box["height"]
    assert abs(across["width"] - pane["width"]) < 2
    assert abs(down["height"] - pane["height"]) < 2
    assert cell["width"] < pane["width"] / 8


def test_a_mouse_marks_cell_row_and_column(explore: Page) -> None:
    hover(explore, 5, 4)
    check_marks(explore, 5, 4)
    explore.mouse.move(5, 5)
    expect(explore.locator(f"{MAP} > .outline")).to_have_count(0)


def test_keys_mark_and_read_as_a_mouse_does(explore: Page) -> None:
    explore.locator(MAP).focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        explore.keyboard.press(key)
    check_marks(explore, 15, 1)
    expect(explore.locator("#explore-hovered")).to_contain_text("position 1")
    explore.keyboard.press("Escape")
    expect(explore.locator("#explore-hovered")).to_be_hidden()
    expect(explore.locator(f"{MAP} > .outline")).to_have_count(0)


def test_a_finger_marks_them_and_the_sheet_on_a_phone_says_all(
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
    sheet = page.locator(".tooltip.is-shown")
    expect(sheet).to_contain_text("position 5")
    expect(sheet.locator(".tooltip-bar")).to_have_count(5)
    box = sheet.bounding_box()
    assert box
    assert box["y"] + box["height"] >= 844 - 16, "at the foot of the window"
    check_marks(page, 4, 5)
    phone.close()


def test_a_click_opens_its_cell_though_the_map_is_drawn_again_under_it(explore: Page) -> None:
    explore.mouse.move(*point(explore, 8, 8))
    explore.mouse.down()
    explore.evaluate(
        "() => { const graph = document.querySelector('#explore-heatmap .js-plotly-plot');"
        " return Plotly.react(graph, graph.data, graph.layout, {}); }"
    )
    explore.mouse.up()
    explore.wait_for_function("() => layerscope.maps.explore.open")
    opened = explore.evaluate("(({ row, column }) => [row, column])(layerscope.maps.explore.open)")
    assert opened == [8, 8]


SCALED = [("body", 1.35), ("documentElement", 0.8), ("body", 2)]


def test_on_a_scaled_page_the_pointer_reads_and_opens_the_cell_that_it_is_on(
    explore: Page,
) -> None:
    for part, zoom in SCALED:
        explore.evaluate(f"document.{part}.style.zoom = {zoom}")
        explore.wait_for_timeout(500)
        for row, column in ((16, 0), (8, 8), (1, 11)):
            explore.mouse.move(2, 2)
            _, y = point(explore, row, column)
            explore.evaluate("y => scrollBy(0, y - innerHeight / 2)", y)
            x, y = point(explore, row, column)
            explore.mouse.move(x - 1, y)
            explore.mouse.move(x, y)
            read = "(({ row, column }) => [row, column])(layerscope.maps.explore.hovered || {})"
            assert explore.evaluate(read) == [row, column], (part, zoom)
            tooltip = explore.locator(".tooltip.is-shown").bounding_box()
            assert tooltip and abs(tooltip["x"] - x) < 400 and abs(tooltip["y"] - y) < 400
            explore.mouse.click(x, y)
            opened = "at => String(at) === String([map.open?.row, map.open?.column])"
            explore.wait_for_function(
                opened.replace("map.", "layerscope.maps.explore."), arg=[row, column]
            )
        explore.evaluate(f"document.{part}.style.zoom = ''")
