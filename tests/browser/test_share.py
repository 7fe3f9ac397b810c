"""A link opens the same picture in another browser; back and forward; and files of what is seen."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from dashboard.links.url_state import write_link
from tests.browser.exploring import WAIT, wait_for_map
from tests.browser.exploring import choose as choose_option
from tests.waiting import until

STATE = """() => {
  const map = layerscope.maps.explore, { layout, data } = layerscope.graph(map);
  return { meta: map.meta, numbers: [...map.z], drawn: data[0].z, x: layout.xaxis.range,
           y: layout.yaxis.range, open: map.open, pins: map.pins };
}"""


@pytest.fixture()
def explore(page: Page, server: str, console: list[str]) -> Iterator[Page]:
    page.goto(server)
    wait_for_map(page, "Peru")
    wait_for_link(page)
    yield page


def wait_for_link(page: Page, but: str = "") -> str:
    """The address, once it holds a state other than that of ``but``."""
    page.wait_for_function(
        "but => location.hash.includes('/2.') && location.href !== but", arg=but, timeout=WAIT
    )
    page.wait_for_timeout(600)
    return page.url


def change(page: Page) -> str:
    """Another measure, a zoom, a pin and an opened cell; the link of all that."""
    choose_option(page, "Measure", "lens entropy")
    page.wait_for_function("() => layerscope.maps.explore.meta.name === 'lens entropy'")
    before = wait_for_link(page)
    page.evaluate(
        """() => { const map = layerscope.maps.explore;
          layerscope.zoomTo(map, { x: [1.5, 7.5], y: [2.5, 9.5] });
          layerscope.setPins(map, [{ row: 3, column: 4 }]);
          layerscope.setOpen(map, { row: 5, column: 4 }); }"""
    )
    return wait_for_link(page, before)


def test_a_link_opens_the_same_picture_in_another_browser(explore: Page, browser: Browser) -> None:
    link = change(explore)
    here = explore.evaluate(STATE)
    elsewhere = browser.new_context(viewport={"width": 1440, "height": 1000})
    other = elsewhere.new_page()
    other.goto(link)
    wait_for_map(other, "Peru")
    wait_for_link(other)
    until(lambda: bool(other.evaluate(STATE) == here))
    assert here["open"] == {"row": 5, "column": 4} and here["x"] == [1.5, 7.5]
    assert other.url == link
    elsewhere.close()


def test_back_and_forward_walk_through_states(explore: Page) -> None:
    first, start = explore.url, explore.evaluate(STATE)
    link = change(explore)
    there = explore.evaluate(STATE)
    walk(explore, "back", first)
    explore.wait_for_function("name => layerscope.maps.explore.meta.name === name",
                              arg=start["meta"]["name"], timeout=WAIT)  # fmt: skip
    explore.wait_for_timeout(500)
    assert explore.evaluate(STATE) == start
    walk(explore, "forward", link)
    explore.wait_for_function(
        "() => layerscope.maps.explore.meta.name === 'lens entropy'", timeout=WAIT
    )
    explore.wait_for_timeout(500)
    assert explore.evaluate(STATE) == there


def test_what_was_typed_and_not_run_outlives_back_forward_and_a_reload(explore: Page) -> None:
    box = explore.get_by_label("Text", exact=True)
    shown = box.input_value()
    first = explore.url
    box.fill("Another text altogether")
    explore.get_by_role("button", name="Run").click()
    wait_for_map(explore, "altogether")
    second = wait_for_link(explore, first)
    box.fill("A draft that nobody ran")
    walk(explore, "back", first)
    expect(box).to_have_value(shown, timeout=WAIT)
    wait_for_map(explore, "Peru")
    explore.wait_for_timeout(1000)
    walk(explore, "forward", second)
    wait_for_map(explore, "altogether")
    expect(box).to_have_value("A draft that nobody ran", timeout=WAIT)
    assert "altogether" in explore.evaluate("() => layerscope.maps.explore.meta.request.text")
    explore.reload()
    wait_for_map(explore, "altogether")
    expect(box).to_have_value("A draft that nobody ran", timeout=WAIT)
    assert explore.url == second


def test_a_draft_outlives_a_walk_through_other_views_and_is_not_run(explore: Page) -> None:
    box = explore.get_by_label("Text", exact=True)
    here, shown = explore.url, box.input_value()
    box.fill("A draft that nobody ran")
    explore.get_by_role("link", name="Compare").click()
    expect(explore.locator("#difference-heatmap .hm image")).to_have_count(1, timeout=WAIT)
    explore.wait_for_function("() => location.hash.includes('compare/2.')", timeout=WAIT)
    explore.get_by_label("Text on the right").fill("Not yet compared")
    explore.wait_for_timeout(2000)
    there = explore.url
    walk(explore, "back", here)
    expect(box).to_have_value("A draft that nobody ran", timeout=WAIT)
    explore.wait_for_timeout(3000)
    assert explore.evaluate("() => layerscope.maps.explore.meta.request.text") == shown
    walk(explore, "forward", there)
    expect(explore.get_by_label("Text on the right")).to_have_value("Not yet compared")


def test_copy_link_confirms(explore: Page, context: BrowserContext) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    choose(explore, "Copy link")
    said, menu = (explore.locator(f"#explore-card {part}") for part in (".share-said", ".share"))
    expect(said).to_have_text("Link copied.")
    expect(said).to_be_in_viewport(ratio=1)
    expect(said).to_have_attribute("role", "status")
    expect(menu).not_to_have_attribute("open", "")
    expect(menu.locator("summary")).to_be_focused()
    assert explore.evaluate("() => navigator.clipboard.readText()") == explore.url


def test_the_menu_closes_once_a_file_is_saved_and_stays_to_say_why_none_was(
    explore: Page, console: list[str], tmp_path: Path
) -> None:
    said, menu = (explore.locator(f"#explore-card {part}") for part in (".share-said", ".share"))
    explore.route("**/_layerscope/export/**", lambda route: route.fulfill(status=503, json={}))
    choose(explore, "CSV table")
    expect(said).to_have_text("The server answered 503.")
    expect(said).to_be_in_viewport(ratio=1)
    expect(menu).to_have_attribute("open", "")
    explore.unroute("**/_layerscope/export/**")
    console.clear()  # the browser tells of the refusal too
    saved = save(explore, "CSV table", tmp_path)
    expect(said).to_have_text(f"Saved as {saved.name}.")
    expect(menu).not_to_have_attribute("open", "")


@pytest.mark.parametrize(
    ("fragment", "said"),
    [
        (
            write_link("explore", {"parts": {"text": "Only mine", "model": "who/knows"}}),
            "who/knows",
        ),
        ("#explore/1.eJyrVipI", "cut short or altered"),
        ("#nothing/1.eJyrVipI", "a view named 'nothing'"),
    ],
)
def test_a_link_that_cannot_be_followed_says_so(
    page: Page, server: str, console: list[str], fragment: str, said: str
) -> None:
    page.goto(server + "/" + fragment)
    expect(page.locator("#share-notice")).to_contain_text(said, timeout=WAIT)
    if "who/knows" in said:
        expect(page.get_by_label("Text", exact=True)).to_have_value("Only mine")
        assert page.evaluate("() => layerscope.maps.explore?.meta ?? null") is None
    else:
        wait_for_map(page, "Peru")


def test_another_revision_is_named(page: Page, server: str, console: list[str]) -> None:
    parts = {"text": "One two three", "model": "builtin", "special_tokens": True}
    maps = {"explore": {"revision": "0123456789abcdef", "pins": []}}
    page.goto(f"{server}/{write_link('explore', {'parts': parts, 'maps': maps})}")
    wait_for_map(page, "three")
    expect(page.locator("#share-notice")).to_contain_text(
        "made with revision 0123456789 of builtin"
    )


def test_pictures_and_pages_hold_title_model_text_and_scale(
    explore: Page, tmp_path: Path, browser: Browser
) -> None:
    png = save(explore, "PNG picture", tmp_path)
    assert png.read_bytes().startswith(b"\x89PNG") and png.stat().st_size > 20_000
    drawing = save(explore, "SVG picture", tmp_path).read_text(encoding="utf-8")
    words = (
        "next-token probability",
        "builtin · revision",
        "capital of Peru",
        "0 % to 100 %; grey",
    )
    assert all(word in drawing for word in words)
    alone = save(explore, "Interactive page", tmp_path)
    there = browser.new_context(offline=True)
    opened = there.new_page()
    wanted: list[str] = []
    opened.on("request", lambda request: wanted.append(request.url))
    opened.goto(alone.as_uri())
    expect(opened.locator("#map-heatmap .hm image")).to_have_count(1)
    assert wanted == [alone.as_uri()]
    assert not opened.locator("[data-title*='hare'], [data-title*='loud']").count()
    rows = explore.evaluate("() => layerscope.maps.explore.rows")
    assert opened.evaluate("() => layerscope.maps.map.rows") == rows
    there.close()


def walk(page: Page, way: str, to: str, most: int = 6) -> None:
    """Press the browser's button until that address is there, a few times at most."""
    for _ in range(most):
        if page.url == to:
            return
        page.evaluate(f"() => history.{way}()")
        page.wait_for_timeout(1500)
    assert page.url == to


def choose(page: Page, label: str) -> None:
    menu = page.locator("#explore-card .share")
    if menu.get_attribute("open") is None:
        menu.locator("summary").click()
    menu.get_by_role("button", name=re.compile(f"^{label}")).click()


def save(page: Page, label: str, folder: Path) -> Path:
    """Choose one of the files, and where it was saved."""
    with page.expect_download(timeout=WAIT) as download:
        choose(page, label)
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path
