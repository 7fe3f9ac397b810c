"""The tour is offered once and can be called again; controls say what they do."""

import pytest
from playwright.sync_api import FloatRect, Page, expect

from tests.browser.exploring import wait_for_map

N_STEPS = 4


def box_of(page: Page, selector: str) -> FloatRect:
    box = page.locator(selector).bounding_box()
    assert box, selector
    return box


def overlap(one: FloatRect, other: FloatRect) -> bool:
    return (
        one["x"] < other["x"] + other["width"]
        and other["x"] < one["x"] + one["width"]
        and one["y"] < other["y"] + other["height"]
        and other["y"] < one["y"] + one["height"]
    )


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1280, 720), (390, 844)])
def test_the_tour_goes_by_keyboard_through_four_parts_and_covers_none_of_them(
    page: Page, server: str, console: list[str], width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.goto(server)
    wait_for_map(page, "Peru")
    page.get_by_role("button", name="Show me").click()
    dialog = page.get_by_role("dialog")
    for step in range(1, N_STEPS + 1):
        expect(dialog).to_contain_text(f"{step} of {N_STEPS}")
        box, part = box_of(page, "dialog.tour"), box_of(page, ".tour-light")
        assert not overlap(box, part)
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
        assert box["y"] >= 0 and box["y"] + box["height"] <= height
        assert part["y"] > -10 and part["y"] < height - 40, "the part is in the window"
        expect(dialog).to_have_accessible_name(dialog.locator("h2").inner_text())
        page.keyboard.press("Enter")
    expect(page.locator("dialog.tour, .tour-light")).to_have_count(0)
    expect(page.locator("#explore-card [role=application]")).to_be_focused()


def test_the_tour_is_offered_once_and_stands_behind_the_question_mark(
    page: Page, server: str, console: list[str]
) -> None:
    page.goto(server)
    wait_for_map(page, "Peru")
    offer = page.locator(".tour-offer")
    offer.get_by_role("button", name="No, thanks").click()
    expect(offer).to_be_hidden()
    page.reload()
    wait_for_map(page, "Peru")
    expect(offer).to_be_hidden()
    page.goto(f"{server}#compare")
    page.get_by_role("button", name="Keys and clicks").click()
    page.get_by_role("button", name="Show the tour").click()
    expect(page.get_by_role("dialog")).to_contain_text(f"1 of {N_STEPS}")
    expect(page.locator("#view-explore")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog.tour")).to_have_count(0)
    expect(page.get_by_role("button", name="Keys and clicks")).to_be_focused()


def test_a_control_says_what_it_does_to_the_pointer_and_to_the_keyboard(explore: Page) -> None:
    hint, view = explore.get_by_role("tooltip"), explore.locator("#explore-card .view-menu summary")
    view.hover()
    expect(hint).to_contain_text("Colours, table, profiles")
    assert not overlap(
        box_of(explore, ".hint-box"), box_of(explore, "#explore-card .view-menu summary")
    )
    explore.mouse.move(5, 400)
    expect(hint).to_be_hidden()
    explore.get_by_label("Text", exact=True).focus()
    explore.keyboard.press("Tab")
    expect(hint).to_contain_text("Texts to start from")
    described = explore.locator(":focus").get_attribute("aria-describedby")
    assert described == hint.get_attribute("id")
    explore.keyboard.press("Escape")
    expect(hint).to_be_hidden()
