"""A journey through Patch: what is known before, the map with its rows, a cell, and the link."""

import json
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.exploring import WAIT, wait_for_drawn
from tests.browser.test_into_window import check_is_seen


def meta(page: Page) -> dict[str, Any]:
    return page.evaluate("() => window.layerscope.maps.patch.meta")


def wait_for_whole(page: Page) -> None:
    expect(page.locator("#patch-progress")).to_contain_text("All 17 rows are exact", timeout=WAIT)
    wait_for_drawn(page, "patch", "document.getElementById('patch-notes').textContent"
                                  ".includes('correlated')")  # fmt: skip


def test_two_texts_are_patched_a_cell_is_opened_and_the_link_shows_the_same(
    page: Page, server: str, console: list[str]
) -> None:
    page.goto(f"{server}#patch")
    known = page.locator("#patch-setup")
    expect(known).to_contain_text("Gap: 21.3 logits", timeout=WAIT)
    assert known.locator("mark").all_text_contents() == ["·Italy", "·Peru"]
    page.locator("#patch-run").click()
    wait_for_whole(page)
    shown = meta(page)
    assert shown["tokens"][4] == "·Peru"
    value = page.evaluate(
        "() => [[2, 4], [14, 5]].map(([row, column]) =>"
        " layerscope.describe(layerscope.maps.patch, row, column).value)"
    )
    assert abs(value[0] - 1.0026) < 0.001 and abs(value[1] - 0.9671) < 0.001
    reading = page.locator("#patch-reading")
    expect(reading).to_contain_text("·Peru carries")
    page.evaluate("() => layerscope.setOpen(layerscope.maps.patch, { row: 2, column: 4 })")
    cell = page.locator("#patch-cell")
    expect(cell).to_contain_text("Next token with this cell patched", timeout=WAIT)
    expect(cell.locator("tbody tr").first).to_contain_text("·Rome")
    page.wait_for_url("**/#patch/*", timeout=WAIT)
    address = page.evaluate("() => location.hash")
    assert "job" not in json.dumps(address)
    page.goto("about:blank")
    page.goto(server + address)
    wait_for_whole(page)
    expect(page.locator("#patch-text-b")).to_have_value("The capital of Peru is")


def test_unequal_texts_are_paired_with_a_press_and_an_example_comes_into_a_phones_window(
    page: Page, server: str, console: list[str]
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{server}#patch")
    expect(page.locator("#patch-keep")).to_be_hidden()
    page.locator("#patch-text-b").fill("The old capital of Peru is")
    expect(page.locator("#patch-setup")).to_contain_text("text B 7", timeout=WAIT)
    page.get_by_role("button", name="Use the proposed pairs").click()
    expect(page.locator("#patch-setup")).to_contain_text("have to be run", timeout=WAIT)
    page.locator("#view-patch .examples summary").click()
    page.locator("#view-patch").get_by_text("Questions: Lima, Rome").click()
    expect(page.locator("#patch-facts")).to_contain_text("The or It", timeout=WAIT)
    wait_for_whole(page)
    assert "<|assistant|>" in meta(page)["tokens"]
    check_is_seen(page, "patch")
    expect(page.locator("#patch-card.is-growing")).to_have_count(0)
    expect(page.locator("#patch-keep")).to_be_visible()
