"""More tokens than pixels: no outlier is lost, no sink hides one, the tooltip says what is drawn.

Maps are planted: every value is 0.75 but for outliers of 0.5, drawn lightest, and sinks of 40,
drawn darkest. What is seen is read from the pixels on screen.
"""

import math
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.exploring import MAP
from tests.browser.test_share import save

N_OUTLIERS = 64
SIZES = ((4096, 1440), (1420, 1440), (1000, 1440), (4096, 390), (140, 390))
"""Tokens, and pixels of the window; at the last there are fewer than pixels, but hardly."""

PLANT = """async ({ columns, outliers, sinks, leftOut }) => {
  const map = layerscope.maps.explore;
  const z = new Float32Array(4 * columns).fill(0.75);
  for (const sink of sinks) for (let row = 0; row < 4; row++) z[row * columns + sink] = 40;
  outliers.forEach((column, at) => { z[(at % 4) * columns + column] = 0.5; });
  const bytes = Array.from(new Uint8Array(z.buffer), (byte) => String.fromCharCode(byte));
  const figure = structuredClone(map.figure);
  figure.data = [{ ...figure.data[0], zmin: 0.5, zmax: 1,
                   z: { dtype: "f4", shape: `4, ${columns}`, bdata: btoa(bytes.join("")) } }];
  figure.layout.xaxis.range = [-0.5, columns - 0.5];
  figure.layout.yaxis.range = [-0.5, 3.5];
  const tokens = Array.from({ length: columns }, (_, at) => `t${at}`);
  const request = { text: String([columns, leftOut]) };
  Object.assign(figure.layout.meta, { request, tokens, leftOut, ids: tokens, next: [],
    layers: ["0", "1", "2", "3"], predictions: false, maskedRows: [], unit: "" });
  dash_clientside.set_props("explore-heatmap", { figure: layerscope.draw(map, figure) });
  const { key } = map;
  const isDrawn = (graph) => Math.abs(graph._fullLayout.width - graph.clientWidth) < 1
    && graph.data[0].z.length === 4 && graph.data[0].dx === map.width && map.key === key
    && graph._fullLayout.xaxis.range[1] === columns - 0.5;
  while (!isDrawn(layerscope.graph(map))) await new Promise(requestAnimationFrame);
}"""

SEEN = """async (graph) => {
  const picture = new Image();
  picture.src = document.querySelector(`${graph || "#explore-heatmap"} .hm image`).href.baseVal;
  await picture.decode();
  const { width, height } = picture;
  const pen = Object.assign(document.createElement("canvas"), { width, height }).getContext("2d",
    { willReadFrequently: true });
  pen.drawImage(picture, 0, 0);
  let runs = 0;
  for (let row = 0; row < 4; row++) {
    const { data } = pen.getImageData(0, Math.floor((row + 0.5) / 4 * height), width, 1);
    const isLight = (x) => x >= 0 && data[4 * x] > 200 && data[4 * x + 3] > 200;
    for (let x = 0; x < width; x++) runs += isLight(x) && !isLight(x - 1);
  }
  return runs;
}"""


def plant(
    page: Page,
    columns: int,
    *,
    outliers: Sequence[int],
    sinks: Sequence[int] = (),
    left_out: bool = True,
) -> None:
    """Show such a map; the outliers are in one layer after another, the sinks in all."""
    shown = list(sinks) if left_out else []
    planted = {"columns": columns, "outliers": outliers, "sinks": sinks, "leftOut": shown}
    page.evaluate(PLANT, planted)


def hover_column(page: Page, row: int, column: int) -> Locator:
    """Point at a token of a planted map, or at the column that it shares."""
    pane = page.locator(f"{MAP} .nsewdrag[data-subplot=xy]")
    pane.scroll_into_view_if_needed()
    box = pane.bounding_box()
    assert box
    width, columns = page.evaluate("(map => [map.width, map.columns])(layerscope.maps.explore)")
    begin = box["x"] + column // width * width / columns * box["width"]
    x, y = math.ceil(begin + 0.01), box["y"] + (3.5 - row) / 4 * box["height"]  # a mouse's pixel
    page.mouse.move(x, y - 4)
    page.mouse.move(x, y)
    tooltip = page.locator(".tooltip.is-shown")
    expect(tooltip).to_be_visible()
    return tooltip


def test_all_outliers_are_seen_beside_sinks_and_at_any_size(explore: Page) -> None:
    for columns, window in SIZES:
        explore.set_viewport_size({"width": window, "height": 900})
        step = (columns - 8) // N_OUTLIERS
        outliers = [at * step + 4 for at in range(N_OUTLIERS)]
        beside = [at + way for at in outliers for way in (-1, 1)] if columns > window else []
        plant(explore, columns, outliers=outliers, sinks=beside)
        if beside:
            assert explore.evaluate("layerscope.maps.explore.width") > 1
        assert explore.evaluate(SEEN) == N_OUTLIERS, f"{columns} tokens in a window of {window}"


def test_a_column_stands_for_the_outlier_and_says_that_a_sink_is_in_it(explore: Page) -> None:
    plant(explore, 1100, outliers=(602, 0, 0, 0), sinks=(603,))
    tooltip = hover_column(explore, 0, 602)
    expect(tooltip.locator(".tooltip-head code")).to_have_text("t602")
    width = explore.evaluate("layerscope.maps.explore.width")
    panel = explore.locator("#explore-hovered")
    expect(panel).to_contain_text(f"{width} tokens share this column")
    expect(panel).to_contain_text("▾ t603, a sink, not drawn40")
    expect(explore.locator("#explore-pooled")).to_contain_text(f"{width} tokens share each column")


def test_sinks_that_are_in_the_range_are_drawn_like_all_tokens(explore: Page) -> None:
    plant(explore, 1100, outliers=(602, 0, 0, 0), sinks=(603,), left_out=False)
    tooltip = hover_column(explore, 0, 602)
    expect(tooltip.locator(".tooltip-head code")).to_have_text("t603")
    expect(explore.locator("#explore-hovered")).to_contain_text("share this column")
    expect(explore.locator("#explore-hovered")).not_to_contain_text("a sink")


def test_keys_walk_over_every_token_and_say_which_one_is_drawn(explore: Page) -> None:
    plant(explore, 1100, outliers=(1, 0, 0, 0), sinks=(0,))
    explore.locator(MAP).focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowDown"):
        explore.keyboard.press(key)
    tooltip = explore.locator(".tooltip.is-shown")
    expect(tooltip.locator(".tooltip-head code")).to_have_text("t0")
    panel = explore.locator("#explore-hovered")
    expect(panel.locator(".tooltip-where code")).to_have_text("t1")
    expect(explore.locator("#explore-live")).to_have_text("layer 0, position 0, token t0, 40")


def test_zoomed_in_every_token_has_its_own_column_and_nothing_is_said_of_others(
    explore: Page,
) -> None:
    plant(explore, 1100, outliers=(602, 0, 0, 0), sinks=(603,))
    said = explore.locator("#explore-pooled")
    expect(said).to_be_visible()
    explore.evaluate(
        "layerscope.zoomTo(layerscope.maps.explore, { x: [590.5, 620.5], y: [-0.5, 3.5] })"
    )
    expect(said).to_be_hidden()
    assert explore.evaluate("layerscope.maps.explore.width") == 1


def test_a_page_that_was_saved_shows_every_outlier_in_any_window(
    explore: Page, browser: Browser, tmp_path: Path
) -> None:
    outliers = [at * 23 + 4 for at in range(N_OUTLIERS)]
    plant(explore, 1500, outliers=outliers)
    alone = save(explore, "Interactive page", tmp_path)
    opened = browser.new_page(viewport={"width": 390, "height": 900})
    opened.goto(alone.as_uri())
    expect(opened.locator("#map-heatmap .hm image")).to_have_count(1)
    assert opened.evaluate(SEEN, "#map-heatmap") == N_OUTLIERS
    opened.close()
