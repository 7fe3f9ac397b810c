"""From the click that asks to the picture: how often the browser waits for the server."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, Request, Response, expect

from tests.browser.exploring import WAIT, run, wait_for_drawn, wait_for_map

UPDATE = "_dash-update-component"


@dataclass
class Call:
    """One call of a callback; its moments are those of the browser's events, in their order."""

    output: str
    begun: int
    answered: int | None = None


class Calls:
    """All calls of callbacks that a page makes from now on."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._made: dict[Request, Call] = {}
        self._n_events = 0
        page.on("request", self._begin)
        page.on("response", self._answer)

    def _begin(self, request: Request) -> None:
        self._n_events += 1
        if UPDATE in request.url:
            output = json.loads(request.post_data or "{}")["output"]
            self._made[request] = Call(output, self._n_events)

    def _answer(self, response: Response) -> None:
        self._n_events += 1
        if response.request in self._made:
            self._made[response.request].answered = self._n_events

    def outputs(self) -> list[str]:
        return [call.output for call in self._made.values()]

    def before(self, output: str) -> list[str]:
        """The longest row of calls, each begun once the one before was answered, up to the first
        that puts this out: of those only that the page says it waits for."""
        upstream = leading_to(output, self._page)
        calls = [call for call in self._made.values() if call.output in upstream]
        chain = [next(call for call in calls if output in call.output)]
        while earlier := [c for c in calls if c.answered and c.answered < chain[0].begun]:
            chain.insert(0, max(earlier, key=lambda call: call.answered or 0))
        return [call.output for call in chain]


def leading_to(output: str, page: Page) -> set[str]:
    """The callbacks from which something flows into this output, as registered in Dash."""
    origin = page.evaluate("location.origin")
    callbacks = page.request.get(f"{origin}/_dash-dependencies").json()
    found: set[str] = set()
    wanted = {output}
    while wanted:
        new = [one for one in callbacks if one["output"] not in found
               and any(part in one["output"] for part in wanted)]  # fmt: skip
        found |= {one["output"] for one in new}
        wanted = {f"{part['id']}.{part['property']}" for one in new for part in one["inputs"]}
    return found


@pytest.fixture()
def compare(page: Page, server: str, console: list[str]) -> Iterator[Page]:
    page.goto(f"{server}/#compare")
    wait_for_drawn(page, "difference")
    page.wait_for_timeout(1000)
    yield page


def test_a_text_is_on_screen_after_two_round_trips(explore: Page) -> None:
    explore.wait_for_timeout(1000)
    calls = Calls(explore)
    run(explore, "Two trips are enough for any picture")
    wait_for_map(explore, "picture")
    trips = calls.before("explore-drawing.data")
    assert len(trips) == 2, trips


def test_both_sides_and_their_difference_are_there_after_two_round_trips(compare: Page) -> None:
    calls = Calls(compare)
    compare.get_by_label("Text on the right").fill("The capital of Spain is Rome.")
    compare.locator("#compare-run").click()
    wait_for_drawn(compare, "right", "meta.tokens.join('').includes(wanted)", "Spain")
    trips = calls.before("difference-drawing.data")
    assert len(trips) == 2, trips


def test_an_answer_is_on_screen_two_round_trips_after_its_last_token(
    page: Page, server: str, console: list[str]
) -> None:
    page.goto(f"{server}/#ask")
    expect(page.locator("#ask-heatmap .hm image")).to_have_count(1, timeout=WAIT)
    calls = Calls(page)
    page.get_by_label("Question", exact=True).fill("What is the capital of Spain?")
    page.get_by_role("button", name="Ask", exact=True).click()
    wait_for_drawn(page, "ask", "meta.about.includes(wanted)", "Spain")
    trips = calls.before("ask-drawing.data")  # the answer's tokens are no callbacks
    assert len(trips) == 2, trips


def test_every_view_draws_each_of_its_maps_once_when_it_is_first_seen(
    explore: Page,
) -> None:
    calls = Calls(explore)
    for view, last in (("ask", "ask"), ("compare", "difference"), ("probe", "probe")):
        explore.evaluate("view => { location.hash = view; }", view)
        wait_for_drawn(explore, last)
        explore.wait_for_timeout(2000)  # what draws it again comes after the picture
    drawn = [
        part for output in calls.outputs() for part in re.findall(r"[\w-]+-drawing.data", output)
    ]
    maps = ("ask", "left", "right", "difference", "probe", "probe-beside", "probe-difference")
    assert sorted(drawn) == sorted(f"{name}-drawing.data" for name in maps)
