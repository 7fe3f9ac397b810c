"""Words over the cells of a map: where they fit, cut to their room, and the tokens above it."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.exploring import choose, run, wait_for_map, wait_for_name

CAPITALS = "The capital of Italy is Rome. The capital of Peru is"
IN_CELLS = "#explore-heatmap .map-words .in-cells text"
NEXT = "#explore-heatmap .map-words .next text:not(.name)"

OVERFLOWING = f"""() => {{
  const map = layerscope.maps.explore, axis = layerscope.graph(map)._fullLayout.xaxis;
  const room = axis._length / (axis.range[1] - axis.range[0]);
  return [...document.querySelectorAll("{IN_CELLS}")].filter(
    (text) => text.getBoundingClientRect().width > room).map((text) => text.textContent); }}"""
"""Words that are wider than a cell."""

UNREADABLE = f"""async () => {{
  const picture = new Image();
  picture.src = document.querySelector("#explore-heatmap .hm image").href.baseVal;
  await picture.decode();
  const {{ width, height }} = picture;
  const canvas = Object.assign(document.createElement("canvas"), {{ width, height }});
  const pen = canvas.getContext("2d", {{ willReadFrequently: true }});
  pen.drawImage(picture, 0, 0);
  const area = document.querySelector("#explore-heatmap .nsewdrag[data-subplot=xy]");
  const plot = area.getBoundingClientRect();
  const light = ([red, green, blue]) => [red, green, blue].reduce((sum, part, at) => {{
    const share = part / 255;
    const line = share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    return sum + line * [0.2126, 0.7152, 0.0722][at]; }}, 0);
  const wrong = [];
  for (const text of document.querySelectorAll("{IN_CELLS}")) {{
    const box = text.getBoundingClientRect();
    const x = Math.round((box.x + box.width / 2 - plot.x) / plot.width * width);
    const y = Math.round((box.y + box.height / 2 - plot.y) / plot.height * height);
    const [red, green, blue, alpha] = pen.getImageData(x, y, 1, 1).data;
    if (alpha < 255) continue; // grey cells have no picture of their own
    const ink = getComputedStyle(text).fill.match(/\\d+/g).map(Number);
    const [low, high] = [light([red, green, blue]), light(ink)].sort((a, b) => a - b);
    if ((high + 0.05) / (low + 0.05) < 4.5) wrong.push([text.textContent, red, green, blue, ink]);
  }}
  return wrong; }}"""
"""Words whose contrast with the pixels below them is under 4.5."""


@pytest.fixture()
def capitals(explore: Page) -> Page:
    """A map of 13 tokens whose answer, Lima, the built-in model knows."""
    explore.set_viewport_size({"width": 1440, "height": 900})
    run(explore, CAPITALS)
    wait_for_map(explore, "Peru")
    expect(explore.locator(f"{NEXT}.choice")).to_have_count(1)
    return explore


def test_thirteen_tokens_have_the_likeliest_token_in_every_cell_by_themselves(
    capitals: Page,
) -> None:
    expect(capitals.locator(IN_CELLS)).to_have_count(17 * 13)
    assert capitals.locator(IN_CELLS).last.text_content() == "·Lima"  # the last row comes last
    assert capitals.evaluate(OVERFLOWING) == []
    assert capitals.locator(IN_CELLS).filter(has_text="…").count() > 5  # ·continent and others


def test_above_the_map_stands_what_comes_next_and_at_the_end_the_models_choice(
    capitals: Page,
) -> None:
    shown = capitals.locator(NEXT).all_text_contents()
    assert len(shown) == 13
    assert [shown[at] for at in (0, 2, 5, -1)] == ["The", "·of", "·Rome", "→ ·Lima"]
    tokens = capitals.locator("#explore-heatmap .xtick").all_text_contents()
    assert tokens[0] == "<s>" and len(tokens) == 13
    run(capitals, f"{CAPITALS} Lima. The capital of Germany is Berlin. The capital of Spain is")
    wait_for_map(capitals, "Spain")
    expect(capitals.locator("#explore-heatmap .next.is-aslant")).to_have_count(1)
    highest = capitals.locator(NEXT).evaluate_all(
        "texts => Math.min(...texts.map((text) => text.getBoundingClientRect().top))"
    )
    bar = capitals.locator("#explore-card .map-bar").bounding_box()
    assert bar and highest >= bar["y"] + bar["height"], "slanted tokens are clear of the controls"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("measure", ["next-token probability", "next-token rank"])
def test_every_word_can_be_read(capitals: Page, scheme: str, measure: str) -> None:
    capitals.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    choose(capitals, "Measure", measure)
    wait_for_name(capitals, measure)
    expect(capitals.locator(IN_CELLS)).to_have_count(17 * 13)
    capitals.wait_for_timeout(300)
    assert capitals.evaluate(UNREADABLE) == []


def test_the_reader_chooses_what_cells_show_and_a_link_keeps_it(capitals: Page) -> None:
    choose(capitals, "Measure", "residual norm")
    wait_for_name(capitals, "residual norm")
    numbers = capitals.locator(IN_CELLS)
    expect(numbers.first).to_have_text(re.compile(r"^[\d.]+k?$"))
    choose(capitals, "Cells show", "likeliest token")
    expect(numbers.last).to_have_text("·Lima")
    choose(capitals, "Cells show", "nothing")
    expect(numbers).to_have_count(0)
    capitals.wait_for_function("() => location.hash.length > 40")
    capitals.wait_for_timeout(500)
    capitals.goto(capitals.url)
    capitals.reload()
    wait_for_map(capitals, "Peru")
    expect(capitals.get_by_label("Cells show").first).to_have_value("nothing")
    expect(capitals.locator(f"{NEXT}.choice")).to_have_text("→ ·Lima")
    expect(numbers).to_have_count(0)


def test_words_that_do_not_fit_come_when_the_map_is_zoomed(capitals: Page) -> None:
    capitals.set_viewport_size({"width": 390, "height": 844})
    expect(capitals.locator(IN_CELLS)).to_have_count(0)
    capitals.evaluate(
        "layerscope.zoomTo(layerscope.maps.explore, { x: [7.5, 12.5], y: [9.5, 16.5] })"
    )
    expect(capitals.locator(IN_CELLS)).to_have_count(5 * 7)
    assert capitals.evaluate(OVERFLOWING) == []
