"""The first journey: open the page, look at the map, read a cell, type a text of one's own."""

import re

import pytest
from playwright.sync_api import Page, Request, Route, expect

from model_backend import Measure
from tests.browser.exploring import (
    MAP,
    choose,
    choose_example,
    hover,
    point,
    run,
    wait_for_map,
    wait_for_name,
)
from tests.browser.exploring import WAIT as WAIT  # others import it from here


def test_the_examples_map_appears_by_itself(explore: Page) -> None:
    ticks = explore.locator(f"{MAP} .xtick").all_text_contents()
    assert "·Peru" in ticks
    rows = explore.locator(f"{MAP} .ytick").all_text_contents()
    assert rows[0] == "embed"


def test_a_hover_reads_the_cell_and_asks_the_server_nothing(explore: Page) -> None:
    hover(explore, 2, 3)
    expect(explore.locator(".tooltip-bar")).to_have_count(5)
    requests: list[Request] = []
    explore.on("request", lambda request: requests.append(request))
    tooltip, panel = hover(explore, 5, 4), explore.locator("#explore-hovered")
    expect(tooltip).to_contain_text("layer 5")
    expect(panel).to_contain_text("layer 5")
    expect(panel).to_contain_text("position 4")
    shares = panel.locator(".tooltip-bar span").all_text_contents()
    assert len(shares) == 5
    assert all(re.fullmatch(r"(\d+(\.\d)?|<0\.1|>99\.9) %", share) for share in shares)
    assert requests == []


def test_a_click_opens_the_cell_beside_the_map_with_all_there_is(explore: Page) -> None:
    explore.mouse.click(*point(explore, 4, 5))
    panel = explore.locator("#explore-cell")
    expect(panel).to_contain_text("layer 4")
    expect(panel).to_contain_text("position 5")
    expect(panel.locator(".predictions").first.locator("li")).to_have_count(10)
    expect(panel.locator(".paths polyline")).to_have_count(10)
    expect(panel.locator(".paths .others title")).to_have_count(5)
    expect(panel.locator(".legend .others")).to_have_text("the 5 after them")
    expect(panel.locator(".attention svg")).to_have_count(2)
    panel.locator(".attention rect").first.hover()
    expect(panel.locator(".chart-note").first).to_contain_text(
        re.compile(r"head \d+ · .* · [<>\d.]+ ?%")
    )
    expect(explore.locator(f"{MAP} > .outline.is-open")).to_be_visible()
    expect(panel.locator(".write")).to_have_count(2)
    expect(panel).to_contain_text("raises")
    expect(panel).to_contain_text("neuron ")
    expect(panel.locator(".values").first.locator("dt")).to_have_count(len(Measure))
    expect(panel.locator(".values").first).to_contain_text("probe score—")
    expect(panel).to_contain_text("Run a study of this model in Probe first.")
    map_box = explore.locator("#explore-card").bounding_box()
    panel_box = explore.locator("#explore-panel").bounding_box()
    assert map_box and panel_box
    assert map_box["x"] + map_box["width"] <= panel_box["x"]


def test_pins_are_compared_and_survive_a_change_of_measure(explore: Page) -> None:
    panel, table = explore.locator("#explore-cell"), explore.locator("#explore-compared")
    for row, position in ((4, 5), (9, 7)):
        explore.wait_for_timeout(600)  # or it would be a double click
        explore.mouse.click(*point(explore, row, position))
        expect(panel).to_contain_text(f"position {position}")
        panel.get_by_role("button", name="Pin", exact=True).click()
    expect(table.locator("thead th")).to_have_count(2)
    expect(table).to_contain_text("run a study first")
    choose(explore, "Measure", "residual norm")
    wait_for_name(explore, "residual norm")
    expect(table).to_contain_text("layer 9, position 7")
    expect(panel).to_contain_text("position 7")
    numbers = explore.locator(f"{MAP} .annotation-text").all_text_contents()
    assert [text for text in numbers if text.isdigit()] == ["1", "2"]
    table.get_by_role("button", name="Let go of pin 1").click()
    expect(table.locator("thead th")).to_have_count(1)
    cells = [{"row": row, "column": row - 1} for row in (3, 5, 7, 9)]
    explore.evaluate("cells => layerscope.setPins(layerscope.maps.explore, cells)", cells)
    expect(table.locator("thead th")).to_have_count(4)
    frame = table.locator(".scrolls")
    assert frame.evaluate("one => one.scrollWidth <= one.clientWidth"), "four pins are seen whole"
    explore.set_viewport_size({"width": 390, "height": 844})
    assert frame.evaluate("one => one.scrollWidth > one.clientWidth")
    assert "gradient" in frame.evaluate("one => getComputedStyle(one).backgroundImage")


def test_a_text_of_ones_own_replaces_the_map(explore: Page) -> None:
    explore.get_by_label("Text", exact=True).fill("the cat and the hat")
    explore.keyboard.press("Control+Enter")
    wait_for_map(explore, "hat")
    ticks = explore.locator(f"{MAP} .xtick").all_text_contents()
    assert ticks.count("·the") == 1
    assert len(ticks) == explore.evaluate("layerscope.maps.explore.columns")


def test_an_example_runs_at_once(explore: Page) -> None:
    choose_example(explore, "A story")
    wait_for_map(explore, "Alice")
    expect(explore.get_by_label("Text", exact=True)).to_have_value(re.compile("Alice"))


@pytest.mark.parametrize("text", ["", "   \n "])
def test_no_text_gets_a_sentence_and_keeps_the_map(explore: Page, text: str) -> None:
    run(explore, text)
    expect(explore.get_by_role("alert")).to_contain_text("There is no text yet")
    assert "·Peru" in explore.locator(f"{MAP} .xtick").all_text_contents()


def test_an_error_goes_away_while_the_next_run_computes(explore: Page) -> None:
    run(explore, "")
    expect(explore.get_by_role("alert")).to_be_visible()
    held: list[Route] = []
    explore.route("**/_dash-update-component", lambda route: held.append(route))
    run(explore, "good again")
    expect(explore.get_by_role("alert")).to_have_count(0)
    explore.unroute("**/_dash-update-component")
    for route in held:
        route.continue_()
    wait_for_map(explore, "again")
    expect(explore.get_by_role("alert")).to_have_count(0)


def test_a_text_over_the_limit_is_kept_and_the_sentence_names_both_numbers(explore: Page) -> None:
    text = "word " * 6000
    run(explore, text)
    expect(explore.get_by_role("alert")).to_contain_text(re.compile(r"[\d,]+ tokens.*takes [\d,]+"))
    assert explore.get_by_label("Text", exact=True).input_value() == text


def test_markup_is_text_on_the_page(explore: Page) -> None:
    run(explore, "<b>bold</b> <img src=x onerror=alert(1)>")
    wait_for_map(explore, "bold")
    hover(explore, 2, 2)
    assert (
        explore.locator(
            "#explore-heatmap b, .tooltip b, .tooltip img, .hovered b, .hovered img"
        ).count()
        == 0
    )


def test_nothing_is_fetched_from_anywhere_else(page: Page, server: str) -> None:
    requests: list[Request] = []
    page.on("request", lambda request: requests.append(request))
    page.goto(server)
    wait_for_map(page, "Peru")
    addresses = {request.url for request in requests}
    assert all(url.startswith((server, "data:", "blob:")) for url in addresses)
    assert not any("Peru" in url for url in addresses)


def test_predictions_that_come_late_are_not_shown_for_another_text(explore: Page) -> None:
    held: list[Route] = []
    explore.route("**/_layerscope/predictions/*", lambda route: held.append(route), times=1)
    run(explore, "slow text")
    wait_for_map(explore, "slow")
    run(explore, "quick text")
    wait_for_map(explore, "quick")
    hover(explore, 2, 1)
    expect(explore.locator(".tooltip-bar")).to_have_count(5)
    held[0].continue_()
    explore.wait_for_timeout(500)
    hover(explore, 3, 1)
    expect(explore.locator(".tooltip-bar")).to_have_count(5)


def test_a_cell_clicked_again_is_let_go(explore: Page) -> None:
    panel = explore.locator("#explore-cell")
    explore.mouse.click(*point(explore, 4, 5))
    expect(panel).to_contain_text("position 5")
    explore.wait_for_timeout(600)  # or it would be a double click
    explore.mouse.click(*point(explore, 4, 5))
    expect(panel).to_be_empty()
    expect(explore.locator("#explore-panel .no-cell")).to_be_visible()


def test_an_example_can_be_chosen_again(explore: Page) -> None:
    choose_example(explore, "A sum")
    wait_for_map(explore, "plus")
    run(explore, "hello there")
    wait_for_map(explore, "there")
    choose_example(explore, "A sum")
    wait_for_map(explore, "plus")
    expect(explore.get_by_label("Text", exact=True)).to_have_value(re.compile("plus"))


def test_a_server_that_is_gone_is_said_to_be_gone(page: Page, server: str) -> None:
    page.goto(server)
    wait_for_map(page, "Peru")
    page.route("**/_dash-update-component*", lambda route: route.abort())
    run(page, "nobody hears this")
    expect(page.get_by_role("alert")).to_contain_text("does not answer")
    expect(page.get_by_label("Text", exact=True)).to_have_value("nobody hears this")


def test_a_sentence_of_the_reading_outlines_its_cells(explore: Page) -> None:
    explore.set_viewport_size({"width": 390, "height": 700})  # the reading is below the map
    explore.wait_for_timeout(500)
    sentence = explore.locator(".observation:not(:disabled)").first
    sentence.click()
    outlines = explore.locator(f"{MAP} .layer-above .shapelayer path")
    expect(outlines.first).to_be_attached()
    expect(sentence).to_have_attribute("aria-pressed", "true")
    for outline in outlines.all():
        box = outline.bounding_box()
        assert box and box["y"] >= 0 and box["y"] + box["height"] <= 700, "in the window"
    sentence.click()
    expect(outlines).to_have_count(0)
