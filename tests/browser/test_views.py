"""Every view behind a sign-in and below a prefix: it works, and nothing leaves the server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from werkzeug.security import generate_password_hash

from tests.browser import test_ask, test_probe
from tests.browser.exploring import WAIT, point, wait_for_map
from tests.browser.serving import serving
from tests.browser.test_compare import MAPS
from tests.browser.test_share import save
from tests.browser.test_sign_in import sign_in

WATCH = """() => { window.violations = [];
  document.addEventListener("securitypolicyviolation", (event) =>
    window.violations.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`)); }"""


@pytest.fixture(scope="module")
def closed_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    passwords = tmp_path_factory.mktemp("access") / "passwords"
    passwords.write_text(f"alice:{generate_password_hash('open sesame')}\n")
    with serving("--password-file", str(passwords), "--url-prefix", "scope") as address:
        yield f"{address}/scope/"


@pytest.fixture()
def fetched(page: Page) -> list[str]:
    """Every address that the page asked for."""
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    page.add_init_script(f"({WATCH})()")
    return addresses


def violations(page: Page) -> list[str]:
    found: list[str] = page.evaluate("window.violations")
    return found


def look_at_explore(page: Page, folder: Path) -> None:
    wait_for_map(page, "Peru")
    page.mouse.click(*point(page, 3, 2))
    expect(page.locator("#explore-cell .predictions").first).to_be_visible(timeout=WAIT)
    for kind in ("PNG picture", "SVG picture", "CSV table"):
        assert save(page, kind, folder).stat().st_size > 500


def look_at_ask(page: Page, _: Path) -> None:
    test_ask.wait_for_answer(page, "Rome")


def look_at_probe(page: Page, _: Path) -> None:
    page.get_by_role("link", name="Math").click()
    test_probe.wait_for_auc_map(page, "published/Math")
    page.mouse.click(*test_probe.point(page, 13, 5))
    expect(page.locator("#probe-cell")).to_contain_text("1 of 480 cells", timeout=WAIT)


def look_at_compare(page: Page, _: Path) -> None:
    for name in MAPS:
        expect(page.locator(f"#{name}-heatmap .hm image")).to_have_count(1, timeout=WAIT)


LOOK = {
    "Explore": look_at_explore,
    "Ask": look_at_ask,
    "Probe": look_at_probe,
    "Compare": look_at_compare,
}


def test_no_view_breaks_the_policy_or_asks_anybody_else(
    page: Page, closed_server: str, fetched: list[str], console: list[str], tmp_path: Path
) -> None:
    page.set_default_timeout(WAIT)
    page.goto(closed_server)
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert violations(page) == []
    sign_in(page, "open sesame")
    wait_for_map(page, "Peru")
    for title, look in LOOK.items():
        page.goto(f"{closed_server}#{title.lower()}")
        expect(page.locator(f"#view-{title.lower()}")).to_be_visible()
        look(page, tmp_path)
        assert violations(page) == [], title
    page.get_by_role("button", name="Switch between light and dark").click()
    assert violations(page) == []
    origin = closed_server.removesuffix("/scope/")
    ours = (f"{origin}/scope/", "data:", "blob:")
    assert len(fetched) > 30
    assert [url for url in fetched if not url.startswith(ours)] == []
    assert not any("Peru" in url or "Rome" in url for url in fetched)


def n_parts(page: Page, title: str) -> int:
    return page.locator(f"#view-{title} > *").count()


def test_a_view_is_put_on_the_page_when_it_is_first_seen_and_stays(
    page: Page, server: str, console: list[str]
) -> None:
    page.goto(f"{server}#ask")
    test_ask.wait_for_answer(page, "Rome")
    assert [title for title in LOOK if n_parts(page, title.lower())] == ["Ask"]
    page.locator("#ask-question").fill("What is the capital of Spain?")
    page.get_by_role("link", name="Explore").click()
    wait_for_map(page, "Peru")
    assert [title for title in LOOK if n_parts(page, title.lower())] == ["Explore", "Ask"]
    page.get_by_role("link", name="Ask").click()
    expect(page.locator("#ask-question")).to_have_value("What is the capital of Spain?")


def test_tabs_clicked_at_once_all_open(page: Page, server: str, console: list[str]) -> None:
    page.goto(server)
    wait_for_map(page, "Peru")
    page.evaluate("() => { for (const tab of document.querySelectorAll('.tab')) tab.click(); }")
    page.get_by_role("link", name="Probe").click()
    expect(page.locator("#probe-heatmap .hm image")).to_have_count(1, timeout=WAIT)
    page.get_by_role("link", name="Compare").click()
    look_at_compare(page, Path())


def test_a_script_that_the_policy_forbids_is_noticed(page: Page, closed_server: str) -> None:
    page.add_init_script(f"({WATCH})()")
    page.goto(closed_server)
    page.evaluate("""() => { const script = document.createElement("script");
      script.textContent = "1"; document.body.append(script); }""")
    assert violations(page)[0].startswith("script-src")
