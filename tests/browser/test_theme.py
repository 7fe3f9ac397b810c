"""Light and dark: as the system says, until the switch says otherwise, and then for good."""

from playwright.sync_api import Page, expect

from tests.browser.exploring import MAP, wait_for_map

LOOKS = f"""() => [["body", "backgroundColor"], ["#explore-card", "backgroundColor"],
  ["{MAP} .xtick text", "fill"]].map(([part, what]) => getComputedStyle(
  document.querySelector(part))[what].match(/[0-9.]+/g).slice(0, 3).reduce(
  (sum, one) => sum + Number(one) / 3, 0))"""
"""Lightness from 0 to 255 of the page, the map's card, and the map's text."""


def expect_scheme(page: Page, scheme: str) -> None:
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", scheme)
    page.wait_for_function(
        f"""isDark => {{ const [body, card, ink] = ({LOOKS})();
          return isDark ? body < 60 && card < 60 && ink > 180
            : body > 230 && card > 230 && ink < 90; }}""",
        arg=scheme == "dark",
    )


def test_the_switch_overrules_the_system_and_outlives_a_reload(
    page: Page, server: str, console: list[str]
) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(server)
    wait_for_map(page, "Peru")
    expect_scheme(page, "dark")
    cell = "() => document.querySelector('#explore-heatmap .hm image').href.baseVal"
    cells = page.evaluate(cell)
    switch = page.get_by_role("button", name="Switch between light and dark")
    switch.click()
    expect_scheme(page, "light")
    page.reload()
    wait_for_map(page, "Peru")
    expect_scheme(page, "light")
    assert page.evaluate(cell) != cells
    switch.click()
    expect_scheme(page, "dark")
    page.wait_for_function(f"cells => ({cell})() === cells", arg=cells)  # as when drawn in the dark


def test_in_the_dark_the_highest_cell_is_brightest_and_in_pictures_darkest(explore: Page) -> None:
    highest = """() => { const { data: [cells] } = document.querySelector(
      '#explore-heatmap .js-plotly-plot'); return cells.colorscale.at(-1)[1]; }"""
    assert explore.evaluate(highest) == "#08285a"
    explore.emulate_media(color_scheme="dark")
    expect_scheme(explore, "dark")
    explore.wait_for_function(f"() => ({highest})() === '#e4f3ff'")
    explore.locator("#explore-card summary").filter(has_text="Share").click()
    with explore.expect_download() as download:
        explore.get_by_role("button", name="SVG picture").click()
    picture = download.value.path().read_text(encoding="utf-8")
    assert "rgb(8, 40, 90)" in picture and "rgb(228, 243, 255)" not in picture


def test_without_the_switch_the_page_follows_the_system(explore: Page) -> None:
    expect_scheme(explore, "light")
    explore.emulate_media(color_scheme="dark")
    expect_scheme(explore, "dark")


LIGHTNESS = """part => { const probe = document.createElement("canvas").getContext("2d");
  return [...document.querySelectorAll(part)].map((one) => {
    probe.fillStyle = getComputedStyle(one).fill;
    const lightness = [1, 3, 5].map((at) => parseInt(probe.fillStyle.slice(at, at + 2), 16));
    const share = Number(one.dataset.said.match(/([\\d.]+) %$/)[1]);
    return [share, lightness.reduce((sum, one) => sum + one)]; }); }"""
"""The share and the lightness of every square of a chart of attention."""


def test_small_pictures_are_bright_where_they_are_high_on_a_dark_page_too(
    page: Page, server: str
) -> None:
    page.goto(f"{server}/#probe/published/Math")
    thumbnail = page.locator(".thumbnail").first
    expect(thumbnail).to_have_css("filter", "none")
    page.emulate_media(color_scheme="dark")
    expect(thumbnail).to_have_css("filter", "invert(1) hue-rotate(180deg)")
    page.goto(server)
    wait_for_map(page, "Peru")
    page.evaluate("layerscope.setOpen(layerscope.maps.explore, { row: 9, column: 6 })")
    squares = "#explore-cell .chart.attention rect"
    expect(page.locator(squares).first).to_be_attached()
    for scheme, sign in (("dark", 1), ("light", -1)):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        expect_scheme(page, scheme)
        ordered = [sign * lightness for _, lightness in sorted(page.evaluate(LIGHTNESS, squares))]
        assert ordered[0] < ordered[-1]
