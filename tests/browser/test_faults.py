"""A server that goes away for a while: what people see, and what comes back."""

import threading

from playwright.sync_api import Page, expect

from tests.browser.test_explore import run, wait_for_map

LONG = 90_000
"""Milliseconds for the page to notice, on a busy machine too."""


def test_a_connection_that_breaks_is_told_and_the_page_asks_again_by_itself(
    page: Page, server: str
) -> None:
    page.goto(server)
    wait_for_map(page, "Paris")
    away = threading.Event()
    away.set()
    page.route(
        "**/_dash-update-component*",
        lambda route: route.abort("connectionreset") if away.is_set() else route.continue_(),
    )
    run(page, "Something else entirely")
    expect(page.get_by_role("alert")).to_contain_text("tries again by itself", timeout=LONG)
    away.clear()
    wait_for_map(page, "entirely")
    expect(page.get_by_role("alert")).to_be_hidden()
