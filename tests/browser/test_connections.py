"""Every view over a slow network, with late answers to polls, and when the connection breaks."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.exploring import WAIT, point, run, slow_down, wait_for_drawn, wait_for_map
from tests.browser.test_ask import put, wait_for_answer
from tests.browser.test_compare import wait_for_maps
from tests.browser.test_patch import wait_for_whole
from tests.browser.test_probe import open_gallery, wait_for_auc_map

VIEWS = ("explore", "ask", "compare", "probe", "patch")
POLLS = ("page-status", "study-jobs", "answer/progress", "patch/progress")
"""Parts of the addresses or outputs of polls."""


@pytest.fixture(scope="module")
def one_page(browser: Browser, server: str) -> Iterator[Page]:
    """One page for all tests of this file: every view is put on it once."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    page = context.new_page()
    page.goto(server)
    wait_for_map(page, "Peru")
    yield page
    context.close()


@pytest.fixture(scope="module")
def errors(one_page: Page) -> list[str]:
    """Errors of the page's scripts."""
    said: list[str] = []
    one_page.on("pageerror", lambda error: said.append(str(error)))
    return said


def go_to(page: Page, view: str) -> None:
    page.get_by_role("navigation").get_by_role("link", name=view.capitalize(), exact=True).click()
    page.wait_for_function("view => !document.getElementById(`view-${view}`).hidden", arg=view)
    if view != "patch":  # where nothing runs before it is asked for
        wait_for_drawn(page, "left" if view == "compare" else view)


def begin(page: Page, view: str, city: str) -> None:
    """Ask a view for something that has a place name in it."""
    if view == "explore":
        run(page, f"The capital of France is {city}")
    elif view == "ask":
        put(page, f"In which country is {city}?")
    elif view == "compare":
        page.get_by_label("Text on the left", exact=True).fill(f"She lives in {city}")
        page.get_by_role("button", name="Compare", exact=True).click()
    elif view == "patch":
        page.get_by_label("Text B (is changed)").fill(f"The capital of {city} is")
        page.locator("#patch-run").click()
    else:
        open_gallery(page)
        page.get_by_role("link", name=city).click()


def wait_until_there(page: Page, view: str, city: str) -> None:
    if view == "explore":
        wait_for_map(page, city)
    elif view == "ask":
        asked = "meta.about.includes(wanted)"
        wait_for_drawn(page, "ask", asked, city)
        wait_for_answer(page, "")
    elif view == "compare":
        wait_for_drawn(page, "left", "meta.tokens.join('').includes(wanted)", city)
        wait_for_maps(page)
    elif view == "patch":
        wait_for_drawn(page, "patch", "meta.tokens.join('').includes(wanted)", city)
        wait_for_whole(page)
    else:
        wait_for_auc_map(page, f"published/{city}")


def wanted(view: str, cities: dict[str, str]) -> str:
    return cities[view if view in cities else "else"]


@pytest.mark.parametrize("view", VIEWS)
def test_a_journey_of_every_view_over_a_slow_network(
    one_page: Page, errors: list[str], view: str
) -> None:
    go_to(one_page, view)
    city = wanted(view, {"probe": "Math", "patch": "Japan", "else": "Berlin"})
    slow_down(one_page, 1_000)
    try:
        begin(one_page, view, city)
        wait_until_there(one_page, view, city)
        if view == "explore":
            one_page.mouse.click(*point(one_page, 5, 3))
            panel = one_page.locator("#explore-cell")
            expect(panel).to_contain_text("position 3", timeout=WAIT)
            expect(one_page.locator("#explore-reading")).to_contain_text("France", timeout=WAIT)
    finally:
        slow_down(one_page, 0)
    expect(one_page.get_by_role("alert")).to_be_hidden()
    assert errors == []


class LatePolls:
    """Every answer to a poll takes two seconds, which is longer than the pause between polls."""

    def __init__(self, page: Page) -> None:
        self.page, self.held = page, 0

    def __enter__(self) -> "LatePolls":
        for address in ("**/_dash-update-component*", "**/answer/progress", "**/patch/progress"):
            self.page.route(address, self._pass)
        return self

    def __exit__(self, *_: object) -> None:
        self.page.unroute_all(behavior="wait")

    def _pass(self, route: Route) -> None:
        text = route.request.url + (route.request.post_data or "")[:400]
        if any(poll in text for poll in POLLS):
            self.held += 1
            time.sleep(2)
        route.continue_()


@pytest.mark.parametrize("view", VIEWS)
def test_late_answers_to_every_poll_delay_nothing_else_and_are_all_used(
    one_page: Page, errors: list[str], view: str
) -> None:
    go_to(one_page, view)
    city = wanted(view, {"probe": "Winobias", "patch": "Egypt", "else": "Madrid"})
    with LatePolls(one_page) as polls:
        begin(one_page, view, city)
        wait_until_there(one_page, view, city)
        if view == "probe":
            watch_and_cancel_a_study(one_page)
    assert polls.held or view in ("explore", "compare"), "some poll was late"
    expect(one_page.get_by_role("alert")).to_be_hidden()
    assert errors == []


def watch_and_cancel_a_study(page: Page) -> None:
    """Its progress comes, and so does its end."""
    page.get_by_role("button", name="Run study").click()
    job = page.locator("#study-jobs .job").first
    expect(job).to_contain_text("of 1,000 questions", timeout=WAIT)
    job.get_by_role("button", name="Cancel").click()
    expect(job).to_contain_text("cancelled", timeout=WAIT)


@contextmanager
def broken(page: Page) -> Iterator[None]:
    """While it lasts, no request is answered."""
    page.route("**/*", lambda route: route.abort("connectionreset"))
    try:
        yield
    finally:
        page.unroute_all(behavior="ignoreErrors")


@pytest.mark.parametrize("view", VIEWS)
def test_a_connection_that_breaks_is_told_and_what_was_asked_comes_by_itself(
    one_page: Page, errors: list[str], view: str
) -> None:
    go_to(one_page, view)
    n_jobs = one_page.locator("#study-jobs .job").count()
    city = wanted(view, {"probe": "Movies", "patch": "Spain", "else": "Lisbon"})
    one_page.wait_for_load_state("networkidle")  # no script of the view is on its way
    with broken(one_page):
        begin(one_page, view, city)
        alert = one_page.get_by_role("alert").filter(visible=True)
        expect(alert).to_contain_text("tries again by itself", timeout=30_000)
        one_page.set_viewport_size({"width": 1440, "height": 900})  # draws the map before again
        one_page.wait_for_timeout(500)
    wait_until_there(one_page, view, city)
    one_page.set_viewport_size({"width": 1440, "height": 1000})
    expect(one_page.get_by_role("alert")).to_be_hidden(timeout=WAIT)
    assert one_page.locator("#study-jobs .job").count() == n_jobs, "no study was begun"
    assert errors == []


def test_a_growing_answer_outlives_a_break_of_the_connection(
    one_page: Page, errors: list[str]
) -> None:
    go_to(one_page, "ask")
    put(one_page, "In which country is Vienna?")
    with broken(one_page):
        one_page.wait_for_timeout(600)
    wait_until_there(one_page, "ask", "Vienna")
    assert errors == []


def test_a_drawing_that_is_lost_comes_though_another_view_is_on_screen(
    one_page: Page, errors: list[str]
) -> None:
    lost = list[str]()

    def lose_one(route: Route) -> None:
        asked = (route.request.post_data or "")[:100]
        if lost or "patch-drawing" not in asked:
            return route.continue_()
        lost.append(asked)
        route.abort("connectionreset")

    go_to(one_page, "patch")
    one_page.route("**/_dash-update-component*", lose_one)
    begin(one_page, "patch", "Japan")
    go_to(one_page, "explore")
    wait_until_there(one_page, "patch", "Japan")
    one_page.unroute_all(behavior="wait")
    assert lost and errors == []
