"""What is chosen in Ask, Probe and Compare comes into the window, and an answer stands first."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.exploring import WAIT, wait_for_drawn
from tests.browser.test_first_window import boxes
from tests.browser.test_probe import open_gallery

SIZES = [(1440, 900), (1280, 720)]


def check_is_seen(page: Page, prefix: str) -> None:
    """Its cells are in the window, from the first layer to the last."""
    page.wait_for_function(
        "prefix => { const box = document.querySelector(`#${prefix}-heatmap"
        " .nsewdrag[data-subplot=xy]`).getBoundingClientRect();"
        " return box.top >= 0 && box.bottom <= innerHeight; }",
        arg=prefix,
    )
    assert boxes(page, prefix)["cells"]["height"] > 150


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_an_answer_comes_first_and_its_map_with_it(
    page: Page, server: str, width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{server}#ask")
    wait_for_drawn(page, "ask")
    assert boxes(page, "ask")["cells"]["y"] < height - 240, "it begins in the first window"
    page.locator("#view-ask").get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator("#ask-stream [role=listbox]")).to_be_visible(timeout=WAIT)
    page.wait_for_timeout(500)
    wait_for_drawn(page, "ask")
    check_is_seen(page, "ask")
    answer = page.locator("#ask-stream .is-answer").bounding_box()
    prompt = page.locator("#ask-stream .asked").bounding_box()
    assert answer and prompt
    assert 0 <= answer["y"] < prompt["y"]
    assert prompt["height"] < 30, "the template is folded to one line"
    expect(page.locator("#ask-stream .asked .is-question").first).to_be_visible()
    page.locator("#ask-stream .asked summary").click()
    expect(page.locator("#ask-stream .part.is-template").first).to_be_visible()


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_map_that_is_chosen_in_probe_comes_into_the_window(
    page: Page, server: str, width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{server}#probe")
    wait_for_drawn(page, "probe")
    assert page.evaluate("scrollY") == 0, "the page begins with its question"
    page.get_by_role("link", name="Math").click()
    wait_for_drawn(page, "probe", "meta.request.map === wanted", "published/Math")
    check_is_seen(page, "probe")
    page.evaluate("scrollTo(0, 0)")
    open_gallery(page)
    page.get_by_role("link", name="Math").click()  # it is there already
    check_is_seen(page, "probe")


def test_both_sides_of_a_comparison_come_into_the_window(page: Page, server: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(f"{server}#compare")
    wait_for_drawn(page, "left")
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    page.get_by_label("Text on the left", exact=True).fill("The capital of France is Rome.")
    page.get_by_role("button", name="Compare", exact=True).click()
    page.wait_for_timeout(300)
    wait_for_drawn(page, "left", "meta.tokens.join('').includes(wanted)", "France")
    for side in ("left", "right"):
        check_is_seen(page, side)
