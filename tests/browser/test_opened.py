"""A click opens a cell: fetched from when it is pressed, and never any other than was asked for."""

import re

from playwright.sync_api import Browser, Page, Request, Route, expect

from tests.browser.exploring import MAP, hover, point, run, wait_for_map

CELL = "_layerscope/cell/explore"
CELLS = f"**/{CELL}"
REFUSED = '{"error": "Two others are before you."}'
NO_DOUBLE = 600
"""Milliseconds after which a second click is not one of two."""


def hold_cells(page: Page) -> list[Route]:
    """The cells that are asked for from now on; none is answered before its ``continue_``."""
    held: list[Route] = []
    page.route(CELLS, lambda route: held.append(route))
    return held


def test_a_panel_says_which_cell_it_waits_for(explore: Page) -> None:
    held = hold_cells(explore)
    explore.mouse.click(*point(explore, 4, 5))
    waiting = explore.locator("#explore-waiting")
    expect(waiting).to_be_visible()
    expect(waiting).to_contain_text("layer 4")
    held[0].continue_()
    expect(explore.locator("#explore-cell")).to_contain_text("position 5")
    expect(waiting).to_be_hidden()


def test_a_cell_is_fetched_once_from_when_it_is_pressed(explore: Page) -> None:
    asked: list[Request] = []
    explore.on("request", lambda request: asked.append(request) if CELL in request.url else None)
    hover(explore, 4, 5)
    with explore.expect_response(CELLS):
        explore.mouse.down()
    expect(explore.locator("#explore-panel .no-cell")).to_be_visible()
    explore.mouse.up()
    expect(explore.locator("#explore-cell")).to_contain_text("position 5")
    assert len(asked) == 1


def test_a_click_opens_the_cell_that_the_tooltip_names(explore: Page) -> None:
    run(explore, "She sold sea shells by the shore. " * 120)  # more tokens than there is room for
    wait_for_map(explore, "shore")
    panel, shown = explore.locator("#explore-cell"), explore.locator("#explore-hovered")
    zoom = "layerscope.zoomTo(layerscope.maps.explore, { x: [100.5, 130.5], y: [2.5, 9.5] })"
    for step in ("layerscope.maps.explore.width", zoom):
        assert explore.evaluate(step) != 1
        for share in (0.2, 0.71):
            box = explore.locator(f"{MAP} .nsewdrag[data-subplot=xy]").bounding_box()
            assert box
            x, y = box["x"] + share * box["width"], box["y"] + share * box["height"]
            explore.mouse.move(2, 2)
            explore.wait_for_timeout(NO_DOUBLE)
            expect(shown).to_be_hidden()  # what it said of the cell before
            explore.mouse.move(x, y)
            expect(shown).to_contain_text("position")
            named = re.search(r"layer (\w+).*?position (\d+)", shown.inner_text(), re.DOTALL)
            assert named
            explore.mouse.click(x, y)
            expect(panel).to_contain_text(f"layer {named[1]}")
            expect(panel).to_contain_text(re.compile(rf"position {named[2]}\b"))


def test_a_cell_that_is_refused_says_why_and_can_be_clicked_again(page: Page, server: str) -> None:
    page.goto(server)
    wait_for_map(page, "Peru")
    page.route(CELLS, lambda route: route.fulfill(status=429, body=REFUSED))
    page.mouse.click(*point(page, 4, 5))
    expect(page.get_by_role("alert")).to_contain_text("Two others are before you.")
    expect(page.locator("#explore-panel .no-cell")).to_be_visible()
    page.unroute(CELLS)
    page.wait_for_timeout(NO_DOUBLE)
    page.mouse.click(*point(page, 4, 5))
    expect(page.locator("#explore-cell")).to_contain_text("position 5")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_of_two_cells_the_last_one_clicked_is_shown(explore: Page) -> None:
    held, panel = hold_cells(explore), explore.locator("#explore-cell")
    for at in (5, 9):
        explore.mouse.click(*point(explore, 4, at))
        explore.wait_for_timeout(NO_DOUBLE)
    held[1].continue_()
    expect(panel).to_contain_text("position 9")
    with explore.expect_response(CELLS):
        held[0].continue_()
    explore.wait_for_timeout(300)
    expect(panel).to_contain_text("position 9")


def test_a_cell_of_a_text_that_was_left_does_not_come(explore: Page) -> None:
    held = hold_cells(explore)
    explore.mouse.click(*point(explore, 4, 5))
    expect(explore.locator("#explore-waiting")).to_be_visible()
    run(explore, "another text altogether")
    wait_for_map(explore, "altogether")
    with explore.expect_response(CELLS):
        held[0].continue_()
    explore.wait_for_timeout(300)
    expect(explore.locator("#explore-panel .no-cell")).to_be_visible()
    assert explore.evaluate("layerscope.maps.explore.open") is None


def test_a_drag_that_asked_for_a_cell_in_vain_says_nothing(page: Page, server: str) -> None:
    page.goto(server)
    wait_for_map(page, "Peru")
    page.route(CELLS, lambda route: route.fulfill(status=429, body=REFUSED))
    (left, top), (right, bottom) = point(page, 9, 3), point(page, 4, 9)
    page.mouse.move(left, top)
    with page.expect_response(CELLS):
        page.mouse.down()
    page.mouse.move(right, bottom, steps=4)
    page.mouse.up()
    page.wait_for_function(
        "() => layerscope.graph(layerscope.maps.explore).layout.xaxis.range[0] > 1"
    )
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.locator("#explore-panel .no-cell")).to_be_visible()


def test_a_mouse_opens_cells_where_a_finger_is_expected(browser: Browser, server: str) -> None:
    tablet = browser.new_context(viewport={"width": 1024, "height": 1000}, has_touch=True,
                                 is_mobile=True)  # fmt: skip
    page = tablet.new_page()
    page.goto(server)
    wait_for_map(page, "Peru")
    assert page.evaluate("matchMedia('(hover: none)').matches")
    page.locator(MAP).scroll_into_view_if_needed()
    page.mouse.click(*point(page, 4, 5))
    expect(page.locator("#explore-cell")).to_contain_text("position 5")
    page.wait_for_timeout(NO_DOUBLE)
    expect(page.locator("#explore-cell")).to_contain_text("position 5")
    tablet.close()
