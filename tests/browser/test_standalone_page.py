"""The page that ``show`` makes, from a file without a network, and as a frame of a notebook."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect

from dashboard.notebook import NotebookMap, show
from dashboard.page.labels import visible
from model_backend import LayerTokenGrid, Measure, Scale, published_maps
from tests.model_backend.fakes import VOCABULARY, FakeBackend, make_inspection

INSPECTION = make_inspection("one two three four five")
NORMS = INSPECTION.grids[Measure.RESIDUAL_NORM]
PUBLISHED = published_maps()[0]
MANY = make_inspection(" ".join(f"w{at}" for at in range(1500)))

Open = Callable[[NotebookMap], Page]


@pytest.fixture()
def open_page(page: Page, console: list[str], tmp_path: Path) -> Iterator[Open]:
    """Opens a map's page from a file; the page must ask for nothing else."""
    file = tmp_path / "map.html"
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.context.set_offline(True)

    def opened(shown: NotebookMap) -> Page:
        shown.save(file)
        page.goto(file.as_uri())
        expect(page.locator("#map-heatmap .hm image")).to_have_count(1)
        return page

    yield opened
    assert {url for url in asked if not url.startswith(("data:", "blob:"))} <= {file.as_uri()}


def point_at(page: Page | FrameLocator, grid: LayerTokenGrid, row: int, column: int) -> Locator:
    """The tooltip of a cell under the pointer."""
    area = page.locator("#map-heatmap .nsewdrag[data-subplot=xy]")
    box = area.bounding_box()
    assert box is not None
    rows, columns = grid.values.shape
    x = (column + 0.5) / columns * box["width"]
    y = (rows - row - 0.5) / rows * box["height"]
    area.hover(position={"x": x, "y": y})
    return page.locator(".tooltip.is-shown")


def check_cell(tooltip: Locator, grid: LayerTokenGrid, row: int, column: int) -> None:
    expect(tooltip).to_contain_text(f"layer {grid.layer_labels[row]}")
    expect(tooltip.locator(".tooltip-head code")).to_have_text(visible(grid.token_labels[column]))
    said = tooltip.locator(".tooltip-value strong").first.inner_text().split()[0]
    assert float(said) == pytest.approx(float(grid.values[row, column]), rel=5.1e-3)


@pytest.mark.parametrize(("row", "column"), [(1, 2), (3, 4)])
def test_an_inspection_is_read_with_its_guesses(open_page: Open, row: int, column: int) -> None:
    page = open_page(show(INSPECTION, Measure.RESIDUAL_NORM, backend=FakeBackend()))
    tooltip = point_at(page, NORMS, row, column)
    check_cell(tooltip, NORMS, row, column)
    guesses = tooltip.locator(".tooltip-bar")
    first = VOCABULARY[INSPECTION.top_ids[row, column, 0]]
    expect(guesses).to_have_count(5)
    expect(guesses.first.locator("code")).to_have_text(visible(first))
    said = float(guesses.first.inner_text().split()[-2])  # stored as whole thousandths
    assert said == pytest.approx(100 * float(INSPECTION.top_probs[row, column, 0]), abs=0.55)


def test_a_grid_is_read_without_guesses(open_page: Open) -> None:
    tooltip = point_at(open_page(show(NORMS)), NORMS, 2, 1)
    check_cell(tooltip, NORMS, 2, 1)
    expect(tooltip).to_contain_text("position 1")
    expect(tooltip.locator(".tooltip-bar")).to_have_count(0)
    assert "id" not in tooltip.inner_text().split()


def test_a_map_of_aucs_is_read(open_page: Open) -> None:
    page = open_page(show(PUBLISHED))
    check_cell(point_at(page, PUBLISHED.grid, 13, 5), PUBLISHED.grid, 13, 5)
    expect(page.locator(".notes")).to_contain_text("arXiv")


def test_many_columns_are_pooled_until_the_map_is_zoomed(open_page: Open) -> None:
    page = open_page(show(MANY))
    pooled = page.locator("#map-pooled")
    expect(pooled).to_contain_text("tokens share each column")
    area = page.locator("#map-heatmap .nsewdrag[data-subplot=xy]")
    box = area.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 101, steps=5)
    page.mouse.up()
    expect(pooled).to_be_hidden()
    area.dblclick(position={"x": 300, "y": 200})
    expect(pooled).to_be_visible()


@pytest.mark.parametrize(("colour", "scheme"), [("#ffffff", "light"), ("#111111", "dark")])
def test_two_maps_of_a_notebook_follow_its_colours_and_keep_to_themselves(
    page: Page, console: list[str], colour: str, scheme: str
) -> None:
    frames = [show(one)._repr_html_() for one in (NORMS, PUBLISHED)]
    page.set_content(f"<body style='background: {colour}'>{''.join(frames)}</body>")
    one, two = (page.frame_locator("iframe").nth(at) for at in (0, 1))
    for frame in (one, two):
        expect(frame.locator("#map-heatmap .hm image")).to_have_count(1)
        expect(frame.locator("html")).to_have_attribute("data-mantine-color-scheme", scheme)
        whole = frame.locator("body").evaluate("body => body.scrollHeight <= innerHeight")
        assert whole, "a frame is as high as its map"
    check_cell(point_at(one, NORMS, 2, 1), NORMS, 2, 1)
    expect(two.locator(".tooltip")).to_have_count(0)
    assert page.evaluate("[typeof Plotly, typeof layerscope]") == ["undefined", "undefined"]


def test_a_frame_follows_when_the_notebook_changes_its_colours(page: Page) -> None:
    page.set_content(f"<body style='background: #fff'>{show(NORMS)._repr_html_()}</body>")
    html = page.frame_locator("iframe").locator("html")
    expect(html).to_have_attribute("data-mantine-color-scheme", "light")
    page.evaluate("document.body.style.background = '#111'")
    expect(html).to_have_attribute("data-mantine-color-scheme", "dark")


def test_a_logarithm_is_read_as_its_value(open_page: Open) -> None:
    tooltip = point_at(open_page(show(NORMS, scale=Scale.LOG10)), NORMS, 1, 1)
    check_cell(tooltip, NORMS, 1, 1)
