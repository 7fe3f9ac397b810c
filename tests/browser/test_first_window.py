"""The first window has the map with its token names in it, and nothing on it jumps."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.exploring import MAP, open_view, run, wait_for_drawn, wait_for_map
from tests.browser.serving import serving
from tests.model_backend.real.packages import SMOLLM2, file_of

SEVENTEEN = "The Eiffel Tower stands in Paris, the capital of France."
"""A text of 17 tokens to the built-in model."""

BOXES = """prefix => {
  const box = (element) => { const { x, y, width, height } = element.getBoundingClientRect();
    return { x, y, width, height, right: x + width, bottom: y + height }; };
  const figure = document.getElementById(`${prefix}-heatmap`);
  return { cells: box(figure.querySelector('.nsewdrag[data-subplot=xy]')),
    labels: [...figure.querySelectorAll('.xtick text')].map(box),
    window: { width: innerWidth, height: innerHeight },
    wide: document.documentElement.scrollWidth, high: document.documentElement.scrollHeight }; }"""
"""Places of a map's cells and of its labels in the window."""


def boxes(page: Page, prefix: str = "explore") -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(BOXES, prefix)
    return found


def open_at(page: Page, address: str, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.goto(address)
    wait_for_drawn(page, "explore")
    run(page, SEVENTEEN)
    wait_for_map(page, "Paris")


def check_all_is_in_the_window(found: dict[str, Any]) -> None:
    cells, window = found["cells"], found["window"]
    assert cells["y"] >= 0
    assert cells["bottom"] <= window["height"]
    assert found["labels"]
    for label in found["labels"]:
        assert cells["bottom"] - 1 <= label["y"] <= cells["bottom"] + 14, "a name is at its column"
        assert label["bottom"] <= window["height"]


def share_of_window(found: dict[str, Any]) -> float:
    cells, window = found["cells"], found["window"]
    share: float = cells["width"] * cells["height"] / (window["width"] * window["height"])
    return share


@pytest.mark.parametrize(
    ("width", "height", "least"), [(1440, 900, 0.36), (1280, 720, 0.30), (1920, 1080, 0.42)]
)
def test_the_whole_map_with_its_token_names_is_in_the_first_window(
    page: Page, server: str, width: int, height: int, least: float
) -> None:
    open_at(page, server, width, height)
    found = boxes(page)
    assert len(found["labels"]) == 17
    check_all_is_in_the_window(found)
    assert share_of_window(found) >= least
    assert found["wide"] == width
    assert found["high"] <= height + 24, "there is nothing to scroll to but a margin"


@pytest.fixture(scope="module")
def many_layers() -> Iterator[str]:
    """A dashboard with a model of thirty layers."""
    with serving("--model", str(file_of(SMOLLM2, ".gguf"))) as address:
        yield address


@pytest.mark.slow
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1280, 720)])
def test_a_map_of_31_rows_fits_too(page: Page, many_layers: str, width: int, height: int) -> None:
    open_at(page, many_layers, width, height)
    assert page.evaluate("layerscope.maps.explore.rows") == 31
    check_all_is_in_the_window(boxes(page))


def test_rows_stay_high_enough_to_be_told_apart(page: Page, server: str) -> None:
    open_at(page, server, 1280, 420)
    found = boxes(page)
    assert found["cells"]["height"] >= 9 * page.evaluate("layerscope.maps.explore.rows")


def test_on_a_phone_the_map_begins_in_the_first_window(page: Page, server: str) -> None:
    open_at(page, server, 390, 844)
    found = boxes(page)
    assert found["cells"]["y"] <= 500
    assert found["wide"] == 390


def test_the_map_follows_the_height_of_the_window(page: Page, server: str) -> None:
    open_at(page, server, 1440, 900)
    before = boxes(page)["cells"]["height"]
    page.set_viewport_size({"width": 1440, "height": 760})
    page.wait_for_function(
        "([prefix, before]) => document.querySelector(`#${prefix}-heatmap"
        " .nsewdrag[data-subplot=xy]`).getBoundingClientRect().height < before - 100",
        arg=["explore", before],
    )
    check_all_is_in_the_window(boxes(page))


def test_profiles_are_shown_as_they_are_chosen_and_never_part_names_from_columns(
    page: Page, server: str
) -> None:
    open_at(page, server, 1440, 1000)
    lines = page.locator(f"{MAP} .scatterlayer .trace.scatter")
    expect(lines).to_have_count(3)
    wide = boxes(page)["cells"]["width"]
    for chosen, count in (("layers and tokens", 6), ("none", 0)):
        open_view(page)
        page.locator("#explore-profiles").get_by_text(chosen, exact=True).click()
        expect(lines).to_have_count(count)
        check_all_is_in_the_window(boxes(page))
    assert boxes(page)["cells"]["width"] > wide + 40


PLACES = """() => [...document.querySelectorAll(
    '.header, .tabs .tab, .question, .question .text, .question .run, .map-bar, .card.map, .cell,'
    + ' #explore-heatmap, #explore-heatmap .nsewdrag[data-subplot=xy]')].map((one) => {
  const { x, y, width } = one.getBoundingClientRect();
  return [x, y, width].map(Math.round); })"""
"""Where things are; a card may grow at its foot, which moves none of them."""


def test_nothing_moves_when_run_is_pressed(explore: Page) -> None:
    held: list[Route] = []
    explore.wait_for_load_state("networkidle")  # what is asked of its own accord is not held
    explore.route("**/_dash-update-component", lambda route: held.append(route))
    before = explore.evaluate(PLACES)
    explore.get_by_role("button", name="Run").click()
    expect(explore.locator("#explore-card")).to_have_class("card map is-busy")
    explore.wait_for_timeout(500)
    assert explore.evaluate(PLACES) == before
    explore.unroute("**/_dash-update-component")
    for route in held:
        route.continue_()
    wait_for_drawn(explore, "explore")
    explore.wait_for_timeout(300)
    assert explore.evaluate(PLACES) == before


def test_an_error_lies_over_the_page_and_pushes_nothing(explore: Page) -> None:
    before = explore.evaluate(PLACES)
    run(explore, "")
    expect(explore.get_by_role("alert")).to_contain_text("There is no text yet")
    after = explore.evaluate(PLACES)
    assert after == before
    alert = explore.get_by_role("alert").bounding_box()
    button = explore.get_by_role("button", name="Run").bounding_box()
    assert alert and button
    assert alert["y"] >= button["y"] + button["height"], "Run can be pressed again"


def test_a_long_text_takes_one_line_until_it_is_edited(explore: Page) -> None:
    text = " ".join(["a long text of many words"] * 30)
    box, card = explore.get_by_label("Text", exact=True), explore.locator("#explore-card")
    place = card.bounding_box()
    box.fill(text)
    assert card.bounding_box() == place, "the open box lies over the map"
    opened = box.bounding_box()
    assert opened
    assert opened["height"] > 60
    explore.keyboard.press("Control+Enter")
    wait_for_drawn(explore, "explore", "meta.request.text === wanted", text)
    folded = box.bounding_box()
    assert folded
    assert folded["height"] < 42
    assert card.bounding_box() == place
    box.press("End")
    box.press("x")
    expect(box).to_have_value(text + "x")
    opened = box.bounding_box()
    assert opened
    assert opened["height"] > 60


def test_all_controls_are_in_reach_of_mouse_and_keyboard(explore: Page) -> None:
    for label in ("Measure", "Site"):
        expect(explore.get_by_label(label, exact=True).first).to_be_visible()
    behind = ("scale", "span", "sinks", "show", "profiles", "layers", "tokens")
    for part in behind:
        expect(explore.locator(f"#explore-{part}")).not_to_be_in_viewport()
    explore.locator("#explore-card .view-menu > summary").press("Enter")
    for part in behind:
        control = explore.locator(f"#explore-{part}")
        expect(control.or_(control.locator("+ *")).last).to_be_in_viewport(ratio=1)
    explore.keyboard.press("Tab")
    explore.keyboard.press("Escape")
    expect(explore.locator("#explore-scale")).not_to_be_in_viewport()
    expect(explore.locator("#explore-card .view-menu > summary")).to_be_focused()
    explore.locator("#view-explore .examples > summary").click()
    for part in ("#explore-special-tokens + *", "[data-open-file]"):
        expect(explore.locator(f"#view-explore {part}").first).to_be_in_viewport()
    explore.mouse.click(5, 700)
    expect(explore.locator("#view-explore [data-open-file]")).not_to_be_in_viewport()
    explore.get_by_role("button", name="Keys and clicks").click()
    expect(explore.get_by_role("dialog")).to_be_visible()
