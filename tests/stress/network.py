"""The page in a real browser over slow networks: the first map, another text, another view."""

import time
from collections.abc import Iterator

from playwright.sync_api import Page, sync_playwright

from tests.browser.chromium import FLAGS, HOW_TO, find_chromium
from tests.browser.exploring import run, slow_down, wait_for_map
from tests.browser.serving import serving
from tests.stress.table import Row, some

LATENCIES = (0, 200, 500, 1_000, 2_000)
"""Milliseconds that are added to every answer."""
MOST_ROUNDS = 4


def slow_down_networks(share: float) -> Iterator[Row]:
    """Look at the page with each latency; every map must come, and the console stay empty."""
    with serving("--model", "builtin") as address, sync_playwright() as playwright:
        path = find_chromium()
        if not path:
            raise RuntimeError(HOW_TO)
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        for latency in LATENCIES:
            rounds, seconds, said = some(MOST_ROUNDS, share), 0.0, list[str]()
            for _ in range(rounds):
                page = browser.new_page()
                seconds += look(page, address, latency, said)
                page.close()
            seen = said[0] if said else f"{seconds / rounds:.0f} s a round"
            yield Row(f"the page, {latency:,} ms later each time", rounds, seen[:110], not said)
        browser.close()


def look(page: Page, address: str, latency: int, said: list[str]) -> float:
    """Open the page, run a text, and go to Probe and back; the result is how long it took.

    Errors of the page's scripts are added to ``said``.
    """
    page.on("pageerror", lambda error: said.append(str(error)))
    slow_down(page, latency)
    start = time.monotonic()
    page.goto(address, timeout=180_000)
    wait_for_map(page, "Peru")
    run(page, "Something else entirely")
    wait_for_map(page, "entirely")
    page.get_by_role("link", name="Probe", exact=True).click()
    page.get_by_role("link", name="Math").wait_for(timeout=180_000)
    page.get_by_role("link", name="Explore", exact=True).click()
    wait_for_map(page, "entirely")
    return time.monotonic() - start
