"""A small study, and then its probe score in Explore, in Ask and from a link."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.links.url_state import write_link
from tests.browser.exploring import WAIT, choose, hover, wait_for_map
from tests.browser.serving import serving
from tests.browser.test_ask import wait_for_answer
from tests.browser.test_probe import run_study, wait_for_auc_map

META = "() => { const { meta, z } = layerscope.maps.explore; return { meta, z: [...z] }; }"


@pytest.fixture(scope="module")
def studied(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Page]]:
    """A dashboard whose one study was run in a page that has shown Explore before."""
    with serving("--studies", str(tmp_path_factory.mktemp("studies"))) as address:
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        page.goto(address)
        wait_for_map(page, "Peru")
        yield address, page
        page.close()


def wait_for_score(page: Page, prefix: str, *, named: bool) -> dict[str, Any]:
    """Request of the map, once it shows a probe score of these columns."""
    page.wait_for_function(
        """([prefix, named]) => {
          const meta = window.layerscope?.maps?.[prefix]?.meta;
          return meta?.name === "probe score" && Boolean(meta.names) === named
            && !document.getElementById(`${prefix}-card`).classList.contains("is-busy"); }""",
        arg=[prefix, named],
        timeout=WAIT,
    )
    found: dict[str, Any] = page.evaluate("prefix => layerscope.maps[prefix].meta", prefix)
    return found


def score_at(page: Page, prefix: str, row: int, column: int) -> str:
    """Tooltip text of one cell of a map of probe scores."""
    value = page.evaluate(
        "([prefix, ...at]) => layerscope.describe(layerscope.maps[prefix], ...at).value.toFixed(3)",
        [prefix, row, column],
    )
    return f"P(correct) {value}"


def opened_score(page: Page, prefix: str, row: int, column: int) -> None:
    """Opens a cell, whose panel must say what the map does."""
    cell = {"row": row, "column": column}
    page.evaluate(
        "([prefix, cell]) => layerscope.setOpen(layerscope.maps[prefix], cell)", [prefix, cell]
    )
    score = page.locator(f"#{prefix}-cell [data-score=value][data-at='{row} {column}']")
    expect(score).to_have_text(score_at(page, prefix, row, column))


def test_a_study_gives_its_score_to_explore_ask_and_a_link(
    studied: tuple[str, Page], page: Page, console: list[str]
) -> None:
    address, first = studied
    first.locator("#explore-measure").click()
    offered = first.get_by_role("option", name="probe score (run a study first)")
    expect(offered).to_have_attribute("data-combobox-disabled", "true")
    first.keyboard.press("Escape")
    first.goto(f"{address}/#probe/published/TriviaQA")
    wait_for_auc_map(first, "published/TriviaQA")
    run_study(first, 100)
    expect(first.get_by_role("link", name="Show its map")).to_be_visible(timeout=2 * WAIT)

    page.goto(address)
    wait_for_map(page, "Peru")
    choose(page, "Measure", "probe score")
    meta = wait_for_score(page, "explore", named=False)
    assert "study of places" in meta["source"] and meta["probe"]
    expect(page.locator("#explore-notes")).to_contain_text("nested AUC")
    expect(page.locator("#explore-reading")).to_contain_text("an extrapolation")
    hover(page, 9, 5)
    for said in ("P(correct) 0.", "study of places", "AUC of its probe", "95 % interval"):
        expect(page.locator("#explore-hovered")).to_contain_text(said)
    opened_score(page, "explore", 9, 5)
    page.locator("#explore-cell").get_by_role("button", name="Pin", exact=True).click()
    pinned = page.locator("#explore-compared tr", has_text="probe score")
    expect(pinned).to_contain_text(score_at(page, "explore", 9, 5))
    page.wait_for_function("() => location.hash.includes('/2.')", timeout=WAIT)
    page.wait_for_timeout(1000)
    link, here = page.url, page.evaluate(META)

    page.goto(f"{address}/#ask")
    wait_for_answer(page, "Rome")
    page.locator("#ask-measure").click()
    page.get_by_role("option", name="probe score").click()
    named = wait_for_score(page, "ask", named=True)
    assert named["probe"] is None and len(named["lines"][0]["values"][0]) == len(named["names"])
    expect(page.locator("#ask-whose")).to_be_hidden()
    for name in ("first_answer", "-1"):
        column = named["names"].index(name)
        opened_score(page, "ask", 9, column)
        expect(page.locator("#ask-cell")).to_contain_text(f"Probe of {name}, ")
    page.get_by_role("radiogroup", name="Columns").get_by_text("all tokens").click()
    assert wait_for_score(page, "ask", named=False)["probe"]
    expect(page.locator("#ask-whose")).to_be_visible()

    page.goto("about:blank")
    page.goto(link)
    wait_for_score(page, "explore", named=False)
    assert page.evaluate(META) == here


def test_a_link_to_a_study_that_is_not_here_keeps_the_text(
    page: Page, server: str, console: list[str]
) -> None:
    parts = {"text": "A hat in the rain", "model": "builtin", "special_tokens": True}
    parts |= {"measure": "probe score", "study": "20200101-000000-gone", "probe": "last_q"}
    page.goto(f"{server}/{write_link('explore', {'parts': parts, 'maps': {}})}")
    wait_for_map(page, "hat")
    expect(page.locator("#share-notice")).to_contain_text("study 20200101-000000-gone, which this")
    expect(page.locator("#explore-measure")).to_have_value("next-token probability")
