"""A real server with the built-in model, and a real Chromium to look at it with."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

from tests.browser.chromium import FLAGS, HOW_TO, find_chromium
from tests.browser.exploring import wait_for_map
from tests.browser.serving import serving

expect.set_options(timeout=60_000)  # a machine that does other things too is slow, not wrong


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    path = find_chromium()
    assert path, HOW_TO
    return {**browser_type_launch_args, "executable_path": path, "args": list(FLAGS)}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "viewport": {"width": 1440, "height": 1000}}


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of the dashboard, started as a person starts it."""
    with serving("--model", "builtin", "--model", "nobody/has-this-model") as address:
        yield address


@pytest.fixture()
def console(page: Page) -> Iterator[list[str]]:
    """Everything the page complained of; a test that uses it fails if there is anything."""
    said: list[str] = []

    def keep(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            said.append(message.text)

    page.on("console", keep)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield said
    assert said == []


@pytest.fixture()
def explore(page: Page, server: str, console: list[str]) -> Iterator[Page]:
    """The page as it is after the first map."""
    page.goto(server)
    wait_for_map(page, "Peru")
    yield page
