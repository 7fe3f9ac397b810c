"""A token that is typed or clicked becomes the measure of a map, here and in a link."""

import re

from playwright.sync_api import Page, expect

from tests.browser.exploring import MAP, WAIT, wait_for_drawn, wait_for_map


def wait_for_measure(page: Page, prefix: str, beginning: str) -> str:
    wait_for_drawn(page, prefix, "meta.name.startsWith(wanted)", beginning)
    return page.evaluate(f"layerscope.maps['{prefix}'].meta.name")


def open_track_menu(page: Page) -> None:
    menu = page.locator("#explore-card .track-menu")
    if menu.get_attribute("open") is None:
        menu.locator("> summary").click()


def offer(page: Page, part: str, text: str) -> None:
    """Type a token and click the first that is offered for it."""
    open_track_menu(page)
    page.locator(f"#explore-{part}").fill(text)
    offers = page.locator(f"#explore-{'found' if part == 'token' else 'others'}")
    expect(offers).to_contain_text(text[:3])
    offers.locator("[data-track]").first.click()


def test_a_typed_token_is_drawn_read_and_kept_by_a_link(explore: Page) -> None:
    offer(explore, "token", "Lima")
    assert wait_for_measure(explore, "explore", "probability of") == "probability of ·Lima"
    expect(explore.locator("#explore-measure")).to_have_value("probability of ·Lima")
    expect(explore.locator("#explore-reading")).to_contain_text("The probability of ·Lima")
    explore.locator("#explore-shown").get_by_text("rank", exact=True).click()
    wait_for_measure(explore, "explore", "rank of")
    explore.wait_for_function("() => location.hash.includes('explore/2.')")
    explore.wait_for_timeout(600)  # the address is written once all has come to rest
    link = explore.url
    explore.goto("about:blank")
    explore.goto(link)
    wait_for_map(explore, "Peru")
    assert wait_for_measure(explore, "explore", "rank of") == "rank of ·Lima"
    expect(explore.locator("#explore-measure")).to_have_value("rank of ·Lima")


def test_tokens_are_tracked_from_a_cell_from_the_next_tokens_and_by_key(explore: Page) -> None:
    explore.evaluate("layerscope.setOpen(layerscope.maps.explore, { row: 12, column: 10 })")
    explore.locator("#explore-cell .predictions .tracker").nth(1).click(timeout=WAIT)
    clicked = wait_for_measure(explore, "explore", "probability of")
    named = explore.locator("#explore-cell .predictions .tracker code").nth(1)
    assert clicked == f"probability of {named.text_content()}"
    following = explore.locator(".map-words .next [data-track]").first
    word = (following.text_content() or "").rstrip("…")
    following.click()
    wait_for_measure(explore, "explore", f"probability of {word}")
    explore.locator(MAP).focus()
    explore.evaluate("layerscope.setOpen(layerscope.maps.explore, null)")
    for key in ("ArrowRight", "ArrowRight", "t"):
        explore.keyboard.press(key)
    wait_for_drawn(explore, "explore", "meta.name !== wanted", f"probability of {word}")


def test_two_tokens_are_split_by_layer_in_an_opened_cell(explore: Page) -> None:
    offer(explore, "token", "Lima")
    wait_for_measure(explore, "explore", "probability of")
    offer(explore, "other", "Rome")
    assert wait_for_measure(explore, "explore", "·Lima rather") == "·Lima rather than ·Rome"
    explore.keyboard.press("Escape")
    explore.evaluate(
        "() => { const map = layerscope.maps.explore;"
        " layerscope.setOpen(map, { row: map.rows - 1, column: map.columns - 1 }); }"
    )
    cell = explore.locator("#explore-cell .preference")
    expect(cell).to_contain_text("unexplained", timeout=WAIT)
    rows = explore.evaluate("layerscope.maps.explore.rows")
    expect(cell.locator(".bar-part")).to_have_count(2 * (rows - 1))
    total, *parts = [
        float(number.replace("+", ""))
        for number in re.findall(r"[+-]\d+\.\d\d", cell.locator(".sum").inner_text())
    ]
    assert abs(total - sum(parts)) < 0.05
    assert abs(parts[-1]) < 0.01
