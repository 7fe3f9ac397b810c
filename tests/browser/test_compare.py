"""Compare: what is pointed at or opened on one map is so on the others; texts and questions."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from model_backend import percent
from tests.browser.exploring import WAIT, wait_for_map

MAPS = ("left", "right", "difference")
STATE = """() => Object.fromEntries(["left", "right", "difference"].map((name) => {
  const map = layerscope.maps[name], { layout } = layerscope.graph(map);
  return [name, { meta: map.meta, numbers: [...map.z], x: layout.xaxis.range, y: layout.yaxis.range,
                  open: map.open, pins: map.pins }];
}))"""


@pytest.fixture()
def compare(page: Page, server: str, console: list[str]) -> Iterator[Page]:
    page.goto(f"{server}/#compare")
    wait_for_maps(page)
    yield page


def wait_for_maps(page: Page) -> None:
    for name in MAPS:
        expect(page.locator(f"#{name}-heatmap .hm image")).to_have_count(1, timeout=WAIT)
    page.wait_for_function(
        "() => !document.querySelector('#view-compare .is-busy') && location.hash.includes('/2.')",
        timeout=WAIT,
    )


def state(page: Page, name: str, part: str) -> Any:
    return page.evaluate(f"name => layerscope.maps[name].{part}", name)


def wait_for(page: Page, name: str, holds: str) -> None:
    """Until something is so of a map, there called ``map``."""
    page.wait_for_function(
        f"name => {{ const map = window.layerscope?.maps?.[name]; return map && ({holds}); }}",
        arg=name,
        timeout=WAIT,
    )


LEAST_DIFFERENCE = """() => {
  const map = layerscope.maps.difference;
  const cells = [...Array(map.rows * map.columns).keys()]
    .map((at) => [Math.floor(at / map.columns), at % map.columns])
    .map(([row, column]) => layerscope.describe(map, row, column));
  const least = cells.reduce((one, other) => (other.value < one.value ? other : one));
  layerscope.say(least);
  return [least.value, document.getElementById("difference-live").textContent];
}"""


def wait_for_link(page: Page, but: str) -> str:
    page.wait_for_function("but => location.href !== but", arg=but, timeout=WAIT)
    page.wait_for_timeout(1000)
    return page.url


def test_one_map_leads_the_others(compare: Page) -> None:
    pane = compare.locator("#left-heatmap .nsewdrag[data-subplot=xy]")
    pane.scroll_into_view_if_needed()
    pane.hover()
    for other in MAPS[1:]:
        wait_for(compare, other, "map.cursor !== null")
    zoom = "map => layerscope.zoomTo(layerscope.maps[map], { x: [1.5, 4.5], y: [2.5, 9.5] })"
    compare.evaluate(zoom, "right")
    for name in MAPS:
        wait_for(compare, name, "layerscope.graph(map).layout.xaxis.range[0] === 1.5")
        wait_for(compare, name, "layerscope.graph(map).layout.yaxis.range[1] === 9.5")
    compare.evaluate("() => layerscope.setPins(layerscope.maps.left, [{ row: 3, column: 2 }])")
    for name in MAPS:
        assert state(compare, name, "pins") == [{"row": 3, "column": 2}]
    expect(compare.locator("#right-compared")).to_contain_text("position 2", timeout=WAIT)
    expect(compare.locator("#compare-notes")).to_contain_text("Aligned by position: 8 of 8 tokens")
    least, told = compare.evaluate(LEAST_DIFFERENCE)
    assert least < -0.01 and told.endswith(percent(float(least)))


@pytest.mark.parametrize("width", [1440, 390])
def test_an_opened_cell_is_on_screen_on_both_sides(compare: Page, width: int) -> None:
    compare.set_viewport_size({"width": width, "height": 1000})
    pane = compare.locator("#left-heatmap .nsewdrag[data-subplot=xy]")
    pane.scroll_into_view_if_needed()
    pane.click()  # in its middle
    for side in ("left", "right"):
        head = compare.locator(f"#{side}-cell .cell-head")
        expect(head).to_be_in_viewport(timeout=WAIT)
    assert state(compare, "right", "open") == state(compare, "left", "open")
    compare.locator("#right-cell .close").click()
    expect(compare.locator("#left-panel")).to_be_hidden(timeout=WAIT)
    assert state(compare, "left", "open") is None


def test_another_text_on_one_side_keeps_what_was_pinned_where_it_has_a_partner(
    compare: Page,
) -> None:
    compare.get_by_text("equal tokens").click()
    compare.evaluate("""() => layerscope.setPins(layerscope.maps.left,
      [{ row: 3, column: 2 }, { row: 5, column: 7 }])""")
    compare.get_by_label("Text on the right").fill("Now the capital of Poland")
    compare.locator("#compare-run").click()
    wait_for(compare, "right", "map.meta.tokens.includes('Now')")
    wait_for(compare, "right", "map.pins.length === 1")
    assert (
        state(compare, "right", "meta.tokens[layerscope.maps[name].pins[0].column]") == "·capital"
    )
    assert len(state(compare, "left", "pins")) == 2
    assert state(compare, "difference", "pins")[0]["row"] == 3


def test_an_answer_comes_along_from_ask_and_its_link_opens_elsewhere(
    page: Page, server: str, console: list[str], browser: Browser
) -> None:
    page.goto(f"{server}/#ask")
    expect(page.locator("#ask-heatmap .hm image")).to_have_count(1, timeout=WAIT)
    page.wait_for_function("() => location.hash.includes('/2.')", timeout=WAIT)
    page.evaluate("() => layerscope.setOpen(layerscope.maps.ask, { row: 5, column: 4 })")
    asked = page.evaluate("() => layerscope.maps.ask.meta.request")
    page.locator("#ask-card .share summary").click()
    page.locator("#ask-card").get_by_role("button", name="Compare with").click()
    wait_for_maps(page)
    for side in ("left", "right"):
        answer = state(page, side, "meta.request.answer")
        assert answer == {name: asked[name] for name in asked if name != "axis"}
        assert state(page, side, "open") == {"row": 5, "column": 4}
        assert state(page, side, "meta.names[0]") == "last_q"
    expect(page.locator("#compare-notes")).to_contain_text("same in every cell")
    before = page.url
    page.get_by_label("Question on the right").fill("What is the capital of Poland?")
    page.locator("#compare-run").click()
    wait_for(page, "right", "map.meta.about.includes('Warsaw')")
    link = wait_for_link(page, before)
    here = page.evaluate(STATE)
    assert here["difference"]["meta"]["names"][0] == "last_q"
    elsewhere = browser.new_context(viewport={"width": 1440, "height": 1000})
    other = elsewhere.new_page()
    other.goto(link)
    wait_for_maps(other)
    wait_for(other, "right", "map.meta.about.includes('Warsaw')")
    other.wait_for_timeout(1500)
    assert other.evaluate(STATE) == here
    assert other.url == link
    elsewhere.close()


def test_back_from_compare_with_leads_to_the_map_it_came_from(
    page: Page, server: str, console: list[str]
) -> None:
    page.goto(server)
    wait_for_map(page, "Peru")
    page.wait_for_function("() => location.hash.includes('/2.')", timeout=WAIT)
    page.wait_for_timeout(1000)
    explore = page.url
    page.locator("#explore-card .share summary").click()
    page.locator("#explore-card").get_by_role("button", name="Compare with").click()
    wait_for_maps(page)
    page.wait_for_timeout(2000)
    compare = page.url
    page.go_back()
    expect(page.locator("#view-explore")).to_be_visible(timeout=WAIT)
    page.wait_for_timeout(2000)
    assert page.url == explore
    page.go_forward()
    expect(page.locator("#view-compare")).to_be_visible(timeout=WAIT)
    page.wait_for_timeout(2000)
    assert page.url == compare
    text = page.evaluate("() => layerscope.maps.right.meta.request.text")
    assert text.startswith("The capital of Italy")


def test_a_link_to_an_answer_is_one_step_of_the_history(
    page: Page, server: str, console: list[str], browser: Browser
) -> None:
    page.goto(f"{server}/#ask")
    expect(page.locator("#ask-heatmap .hm image")).to_have_count(1, timeout=WAIT)
    page.wait_for_function("() => location.hash.includes('ask/2.')", timeout=WAIT)
    page.wait_for_timeout(1000)
    elsewhere = browser.new_context()
    other = elsewhere.new_page()
    other.goto(page.url)
    expect(other.locator("#ask-heatmap .hm image")).to_have_count(1, timeout=WAIT)
    other.wait_for_function("() => !document.querySelector('#view-ask .is-busy')", timeout=WAIT)
    other.wait_for_timeout(2000)
    assert other.evaluate("history.length") == 2  # an empty page, and this one
    elsewhere.close()
