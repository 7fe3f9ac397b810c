"""A real server with the built-in model, and a real Chromium to look at it with.

Pages of one process share a profile on disk, and with it the scripts that Chromium has compiled:
a load of the page costs 2.0 s of processor time in place of 3.3. What a page has stored is cleared
when its test is over.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, BrowserType, ConsoleMessage, Page, expect

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
def profile(
    browser_type: BrowserType,
    browser_type_launch_args: dict[str, Any],
    browser_context_args: dict[str, Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[BrowserContext]:
    """A Chromium of its own with a profile on disk."""
    folder = tmp_path_factory.mktemp("profile")
    options = {**browser_type_launch_args, **browser_context_args}
    context = browser_type.launch_persistent_context(folder, **options)
    yield context
    context.close()


@pytest.fixture()
def context(profile: BrowserContext) -> Iterator[BrowserContext]:
    """The profile, as empty as a new one but for the scripts that it has read before."""
    yield profile
    profile.set_offline(False)
    profile.clear_permissions()
    profile.clear_cookies()
    blank = profile.new_page()
    for page in profile.pages:
        if page != blank:
            page.close()
    stored = {"origin": "*", "storageTypes": "local_storage,indexeddb"}
    profile.new_cdp_session(blank).send("Storage.clearDataForOrigin", stored)


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
