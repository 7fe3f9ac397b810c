"""Actions on the page for tests: run a text, point at cells, choose, wait for a result."""

from playwright.sync_api import Locator, Page, expect

MAP = "#explore-heatmap .js-plotly-plot"
WAIT = 180_000


def wait_for_map(page: Page, token: str) -> None:
    """Until the map on screen has this token among its columns."""
    wait_for_drawn(page, "explore", "meta.tokens.join('').includes(wanted)", token)


def wait_for_drawn(page: Page, prefix: str, which: str = "meta", wanted: str = "") -> None:
    """Until a map is on screen of which this holds, and nothing of it is on its way."""
    page.wait_for_function(
        f"wanted => {{ const meta = window.layerscope?.maps?.['{prefix}']?.meta;"
        f" const card = document.getElementById('{prefix}-card');"
        f" return meta && {which} && !card.classList.contains('is-busy'); }}",
        arg=wanted,
        timeout=WAIT,
    )
    drawn = page.locator(f"#{prefix}-heatmap .js-plotly-plot .hm image")
    expect(drawn).to_have_count(1, timeout=WAIT)


def run(page: Page, text: str) -> None:
    page.get_by_label("Text", exact=True).fill(text)
    page.get_by_role("button", name="Run").click()


def point(page: Page, row: int, position: int) -> tuple[float, float]:
    """Centre of a cell on screen."""
    box = page.locator(f"{MAP} .nsewdrag[data-subplot=xy]").bounding_box()
    assert box
    rows, columns = page.evaluate("[layerscope.maps.explore.rows, layerscope.maps.explore.columns]")
    across = (position + 0.5) / columns * box["width"]
    down = (rows - row - 0.5) / rows * box["height"]
    return box["x"] + across, box["y"] + down


def hover(page: Page, row: int, position: int) -> Locator:
    x, y = point(page, row, position)
    page.mouse.move(0, 0)
    expect(page.locator(".tooltip.is-shown")).to_be_hidden()  # that of a cell before
    page.mouse.move(x - 2, y)
    page.mouse.move(x, y)
    tooltip = page.locator(".tooltip.is-shown")
    expect(tooltip).to_be_visible()
    return tooltip


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label).or_(page.get_by_label(label, exact=True)).first.click()
    page.get_by_role("option", name=option, exact=True).click()


def open_view(page: Page, prefix: str = "explore") -> None:
    """Open the menu with the less usual controls of a map."""
    menu = page.locator(f"#{prefix}-card .view-menu")
    if menu.get_attribute("open") is None:
        menu.locator("> summary").click()


def open_examples(page: Page) -> None:
    menu = page.locator(".view:not([hidden]) .examples")
    if menu.get_attribute("open") is None:
        menu.locator("> summary").click()


def choose_example(page: Page, name: str) -> None:
    open_examples(page)
    page.locator(".view:not([hidden]) .examples").get_by_text(name, exact=True).click()


def wait_for_name(page: Page, name: str) -> None:
    page.wait_for_function(
        "name => layerscope.maps.explore.meta.name === name", arg=name, timeout=WAIT
    )


def wait_for_scale(page: Page, scale: str) -> None:
    page.wait_for_function(
        "scale => { const { meta } = layerscope.maps.explore;"
        " return meta.log10 === (scale === 'log10') && Boolean(meta.low) === /^I/.test(scale) }",
        arg=scale,
        timeout=WAIT,
    )


def value_at(page: Page, row: int, position: int) -> str:
    return hover(page, row, position).locator(".tooltip-value strong").first.inner_text()


def slow_down(page: Page, milliseconds: int) -> None:
    """Let every answer take this much longer from now on."""
    conditions = {"offline": False, "downloadThroughput": -1, "uploadThroughput": -1}
    browser = page.context.new_cdp_session(page)
    browser.send("Network.emulateNetworkConditions", {**conditions, "latency": milliseconds})
