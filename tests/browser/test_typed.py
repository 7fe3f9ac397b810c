"""A text runs as it was typed, however soon a button or a key follows."""

from playwright.sync_api import Page, expect

from tests.browser.exploring import WAIT, wait_for_drawn
from tests.browser.test_ask import put, wait_for_answer
from tests.browser.test_patch import wait_for_whole

SLOW = 5_000
"""Milliseconds after which the boxes would tell Dash what was typed, if nobody told it before."""


def be_slow(page: Page, box: str) -> None:
    expect(page.locator(f"#{box}")).to_be_visible(timeout=WAIT)
    page.evaluate(
        "([id, debounce]) => window.dash_clientside.set_props(id, { debounce })", [box, SLOW]
    )


def test_a_right_answer_and_a_text_to_patch_are_used_at_once(
    page: Page, server: str, console: list[str]
) -> None:
    page.goto(f"{server}#patch")
    be_slow(page, "patch-text-b")
    page.locator("#patch-text-b").fill("The capital of Japan is")
    page.locator("#patch-run").click()
    wait_for_drawn(page, "patch", "meta.tokens.join('').includes(wanted)", "Japan")
    wait_for_whole(page)
    page.locator("#patch-text-b").fill("The capital of Egypt is")
    page.keyboard.press("Control+Enter")
    wait_for_drawn(page, "patch", "meta.tokens.join('').includes(wanted)", "Egypt")
    page.get_by_role("link", name="Ask", exact=True).click()
    be_slow(page, "ask-right")
    wait_for_answer(page, "")
    page.locator("#view-ask").get_by_label("Right answer").fill("Mars")
    put(page, "Where is Munich?")
    expect(page.locator("#ask-verdict")).to_contain_text("✗ wrong", timeout=WAIT)
