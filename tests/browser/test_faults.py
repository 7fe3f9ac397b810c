"""A server that goes away for a while: what people see, and what comes back."""

import threading

from playwright.sync_api import Page, expect

from tests.browser.exploring import run, wait_for_map
from tests.browser.test_probe import wait_for_auc_map

LONG = 180_000
"""Milliseconds for the page to notice, on a busy machine too."""


def test_a_connection_that_breaks_is_told_and_the_page_asks_again_by_itself(
    page: Page, server: str
) -> None:
    page.goto(server)
    wait_for_map(page, "Peru")
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


def test_a_page_of_a_proxy_in_place_of_an_answer_is_told(page: Page, server: str) -> None:
    page.goto(server)
    wait_for_map(page, "Peru")
    html = "<html><head><title>504 Gateway Time-out</title></head></html>"
    page.route(
        "**/_dash-update-component*",
        lambda route: route.fulfill(status=504, content_type="text/html", body=html),
    )
    run(page, "Something else entirely")
    said = "A proxy before the server answered 504. The server took longer than the proxy waits"
    expect(page.get_by_role("alert")).to_contain_text(said, timeout=LONG)


LOSE_FIRST = """() => {
  const { set_props: tell } = dash_clientside;
  window.lost = 0;
  dash_clientside.set_props = (id, props) => {
    if (id === "probe-request" && !window.lost) window.lost += 1;
    else tell(id, props);
  };
}"""


def test_a_map_of_probe_that_was_asked_for_too_early_is_asked_for_again(
    page: Page, server: str
) -> None:
    page.goto(server)
    wait_for_map(page, "Peru")
    page.evaluate(LOSE_FIRST)
    page.get_by_role("link", name="Probe", exact=True).click()
    page.get_by_role("link", name="Math").wait_for()
    wait_for_auc_map(page, "published/TriviaQA")
    assert page.evaluate("window.lost") == 1


LOSE_ENTERED = """() => {
  window.lost = 0;
  window.dash_clientside = window.dash_clientside || {};
  let tell = null;
  Object.defineProperty(window.dash_clientside, "set_props", {
    get: () => tell && ((id, props) => {
      if (!window.lost && /^(page-entered|view-)/.test(id)) window.lost += id === "page-entered";
      else tell(id, props);
    }),
    set: (given) => { tell = given; },
    configurable: true,
  });
}"""


def test_a_view_that_dash_did_not_hear_of_is_put_on_the_page_all_the_same(
    page: Page, server: str
) -> None:
    page.add_init_script(f"({LOSE_ENTERED})()")
    page.goto(f"{server}/#probe/published/Math")
    wait_for_auc_map(page, "published/Math")
    assert page.evaluate("window.lost") == 1
    expect(page.locator("#view-explore")).to_be_hidden()


def test_a_page_whose_files_are_not_where_it_looks_says_so(page: Page, server: str) -> None:
    for files in ("**/_layerscope/scripts/**", "**/_dash-component-suites/**", "**/assets/**"):
        page.route(files, lambda route: route.fulfill(status=404, body="nothing here"))
    page.goto(server)
    expect(page.locator("body")).to_contain_text("files are not where it looks for them")
