"""Pictures and saved pages hold what is on screen: words, title, hover, predictions, reading."""

import base64
import re
import struct
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.exploring import choose, run, wait_for_map
from tests.browser.test_share import save

CAPITALS = (
    "The capital of France is Paris. The capital of Germany is Berlin. The capital of Italy is "
    "Rome. The capital of Spain is"
)
MOST_BYTES = 2_500_000


@pytest.fixture()
def capitals(explore: Page) -> Page:
    """A map of 27 tokens in a wide window, in which words fit."""
    explore.set_viewport_size({"width": 1920, "height": 1080})
    run(explore, CAPITALS)
    wait_for_map(explore, "Spain")
    expect(explore.locator(".map-words .in-cells text").first).to_be_visible()
    return explore


def set_picture(page: Page, name: str, value: str) -> None:
    """Choose a picture's title or width in the Share menu."""
    menu = page.locator("#explore-card .share")
    if menu.get_attribute("open") is None:
        menu.locator("summary").click()
    menu.locator(f"select[data-picture={name}]").select_option(value)


def texts_of(picture: Path) -> list[str]:
    root = ElementTree.parse(picture).getroot()
    return ["".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text")]


def size_of(png: Path) -> tuple[int, int]:
    width, height = struct.unpack(">II", png.read_bytes()[16:24])
    return width, height


def test_a_picture_has_the_words_and_both_lines_of_tokens(capitals: Page, tmp_path: Path) -> None:
    on_screen = capitals.locator(".map-words .in-cells text").all_text_contents()
    choice = capitals.locator(".map-words .choice").text_content()
    drawn = texts_of(save(capitals, "SVG picture", tmp_path))
    assert choice in drawn
    for word in set(on_screen):
        assert drawn.count(word) >= on_screen.count(word), word
    choose(capitals, "Cells show", "nothing")
    plain = texts_of(save(capitals, "SVG picture", tmp_path))
    assert len(drawn) - len(plain) == len(on_screen)


def test_a_picture_has_the_width_and_the_title_that_are_chosen(
    capitals: Page, tmp_path: Path
) -> None:
    set_picture(capitals, "width", "2400")
    titled = size_of(save(capitals, "PNG picture", tmp_path))
    assert titled[0] == 2400
    set_picture(capitals, "title", "no")
    bare = save(capitals, "SVG picture", tmp_path)
    assert not any("revision" in text for text in texts_of(bare))
    assert size_of(save(capitals, "PNG picture", tmp_path))[1] < titled[1]


EDGES = """async (file) => {
  const picture = new Image();
  picture.src = file;
  await picture.decode();
  const { width, height } = picture;
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.drawImage(picture, 0, 0);
  const isWhite = (x, y, w, h) => pen.getImageData(x, y, w, h).data.every((part) => part > 250);
  const edge = Math.round(width / 400);
  return [isWhite(0, 0, width, edge), isWhite(0, height - edge, width, edge),
          isWhite(0, 0, edge, height), isWhite(width - edge, 0, edge, height)]; }"""


@pytest.mark.parametrize(
    ("scheme", "title", "width"), [("light", "yes", 1920), ("dark", "no", 1200)]
)
def test_nothing_touches_an_edge_of_a_picture_and_it_is_white(
    capitals: Page, tmp_path: Path, scheme: str, title: str, width: int
) -> None:
    """Without a title the next tokens are next to the edge; in a narrow map they stand aslant."""
    capitals.set_viewport_size({"width": width, "height": 900})
    capitals.wait_for_timeout(500)
    capitals.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    set_picture(capitals, "title", title)
    png = save(capitals, "PNG picture", tmp_path)
    address = f"data:image/png;base64,{base64.b64encode(png.read_bytes()).decode()}"
    assert capitals.evaluate(EDGES, address) == [True] * 4


def test_a_saved_page_is_small_and_reads_like_the_map_without_a_network(
    capitals: Page, tmp_path: Path, browser: Browser
) -> None:
    choose(capitals, "Measure", "next-token probability")
    capitals.wait_for_function(
        "() => layerscope.maps.explore.meta.name === 'next-token probability'"
    )
    reading = capitals.locator("#explore-reading")
    expect(reading).to_contain_text("really follows")
    page = save(capitals, "Interactive page", tmp_path)
    assert page.stat().st_size <= MOST_BYTES
    there = browser.new_context(offline=True, viewport={"width": 1920, "height": 1080})
    opened = there.new_page()
    said: list[str] = []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.goto(page.as_uri())
    expect(opened.locator("#map-heatmap .hm image")).to_have_count(1)
    expect(opened.locator(".map-words .choice")).to_have_text(
        capitals.locator(".map-words .choice").text_content() or "nothing"
    )
    opened.locator("#map-heatmap .nsewdrag[data-subplot=xy]").hover(position={"x": 300, "y": 100})
    expect(opened.locator(".tooltip.is-shown")).to_contain_text(re.compile(r"layer \d+"))
    expect(opened.locator("#map-reading")).to_have_text(reading.text_content() or "nothing")
    sentence = opened.locator("#map-reading .observation:not([disabled])").first
    sentence.click()
    expect(opened.locator("#map-heatmap .layer-above .shapelayer path").first).to_be_attached()
    assert said == []
    there.close()
