"""Hints about the text: edited since the map, a space at its end, longer than the model takes."""

from playwright.sync_api import Page, expect

from dashboard.views.explore.hints import EDITED, SPACE, TWICE
from tests.browser.exploring import run, wait_for_map
from tests.waiting import until


def test_a_text_that_was_edited_since_is_told_and_run_with_one_click(explore: Page) -> None:
    box = explore.get_by_label("Text", exact=True)
    expect(explore.get_by_text(EDITED.strip())).to_be_hidden()
    box.fill("The capital of France is")
    expect(explore.get_by_text(EDITED.strip())).to_be_visible()
    explore.get_by_role("button", name="Measure this text").click()
    wait_for_map(explore, "France")
    expect(explore.get_by_text(EDITED.strip())).to_be_hidden()


def test_a_space_at_the_end_is_pointed_out_and_removed_with_one_click(explore: Page) -> None:
    run(explore, "The capital of France is ")
    wait_for_map(explore, "France")
    expect(explore.get_by_text(SPACE.strip())).to_be_visible()
    explore.get_by_role("button", name="Remove it").click()
    expect(explore.get_by_label("Text", exact=True)).to_have_value("The capital of France is")
    expect(explore.get_by_text(SPACE.strip())).to_be_hidden()
    until(lambda: explore.evaluate("layerscope.maps.explore.meta.request.text.endsWith('is')"))


def test_a_start_token_that_is_there_twice_is_left_out_with_one_click(explore: Page) -> None:
    run(explore, "<s>The capital of France is")
    wait_for_map(explore, "<s><s>")
    expect(explore.get_by_text(TWICE.strip())).to_be_visible()
    explore.get_by_role("button", name="Leave one out").click()
    expect(explore.get_by_label("Text", exact=True)).to_have_value("The capital of France is")
    until(lambda: explore.evaluate("layerscope.maps.explore.meta.tokens[1] === 'The'"))
    expect(explore.get_by_text(TWICE.strip())).to_be_hidden()


def test_of_a_text_that_is_too_long_the_beginning_is_run_with_one_click(explore: Page) -> None:
    run(explore, "one two three four " * 700)
    expect(explore.locator("#explore-long")).to_contain_text("takes 1,024 at most")
    explore.get_by_role("button", name="Measure its beginning").click()
    until(lambda: explore.evaluate("layerscope.maps.explore.columns > 1000"))
    assert explore.evaluate("layerscope.maps.explore.columns") <= 1024
    expect(explore.locator("#explore-long")).to_be_hidden()
