"""A map saved to a file and opened again: what it shows, and what it does not make up."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.exploring import (
    WAIT,
    choose,
    choose_example,
    open_examples,
    wait_for_drawn,
    wait_for_map,
    wait_for_name,
)

NAME = re.compile("^builtin from file [0-9a-f]{16}$")


@pytest.fixture()
def saved(page: Page, server: str, console: list[str], tmp_path: Path) -> Page:
    """Explore with a map of its own, saved and opened again."""
    page.goto(server)
    wait_for_map(page, "Peru")
    open_again(page, tmp_path)
    return page


def open_again(page: Page, folder: Path) -> None:
    open_file(page, save_file(page, folder))


def save_file(page: Page, folder: Path) -> Path:
    """Save the map as NPZ."""
    page.locator("#explore-card .share summary").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="NPZ").click()
    path = folder / "map.npz"
    download.value.save_as(path)
    return path


def open_file(page: Page, path: Path) -> None:
    """Open a saved map, and wait until it is on screen."""
    with page.expect_file_chooser() as chooser:
        open_examples(page)
        page.get_by_role("button", name="Open a saved map").click()
    chooser.value.set_files(path)
    page.wait_for_function(
        "() => / from file /.test(layerscope.maps.explore.meta?.madeBy?.model)", timeout=WAIT
    )


SHOWN = """() => { const map = layerscope.maps.explore, { layout } = layerscope.graph(map);
  return { name: map.meta.name, log10: map.meta.log10, open: map.open, pins: map.pins,
    x: layout.xaxis.range.map(Math.round), y: layout.yaxis.range.map(Math.round),
    cells: map.cellText, profiles: map.profiles }; }"""
"""Everything that is chosen of a map."""


def test_a_saved_map_opens_as_it_was_saved(
    page: Page, server: str, console: list[str], tmp_path: Path
) -> None:
    page.goto(server)
    wait_for_map(page, "Peru")
    choose(page, "Measure", "lens entropy")
    wait_for_name(page, "lens entropy")
    page.evaluate("dash_clientside.set_props('explore-scale', { value: 'log10' })")
    page.wait_for_function("() => layerscope.maps.explore.meta.log10")
    choose(page, "Cells show", "value")
    page.evaluate(CHOOSE, [{"x": [2, 8], "y": [5, 12]}, [{"row": 9, "column": 4}], [7, 3]])
    expect(page.locator("#explore-compared thead th")).to_have_count(1, timeout=WAIT)
    path, saved = save_file(page, tmp_path), page.evaluate(SHOWN)
    choose(page, "Cells show", "nothing")
    choose(page, "Measure", "residual norm")
    page.evaluate(CHOOSE, [{"x": [-0.5, 12.5], "y": [-0.5, 16.5]}, [], None])
    page.evaluate("dash_clientside.set_props('explore-scale', { value: 'automatic' })")
    page.wait_for_function("() => layerscope.maps.explore.meta.low")
    open_file(page, path)
    page.wait_for_function(f"saved => JSON.stringify(({SHOWN})()) === JSON.stringify(saved)",
                           arg=saved)  # fmt: skip
    expect(page.get_by_role("textbox", name="Cells show")).to_have_value("value")
    expect(page.locator("#explore-cell")).to_contain_text("layer 7", timeout=WAIT)
    expect(page.locator("#explore-compared thead th")).to_have_count(1, timeout=WAIT)


CHOOSE = """([ranges, pins, open]) => { const map = layerscope.maps.explore;
  layerscope.zoomTo(map, ranges);
  layerscope.setPins(map, pins);
  layerscope.setOpen(map, open && { row: open[0], column: open[1] }); }"""


MODEL = "() => layerscope.maps.explore.meta.request.model"


def test_the_box_names_the_file_before_and_after_a_reload(saved: Page) -> None:
    box = saved.get_by_role("textbox", name="Model")
    expect(box).to_have_value(NAME)
    name = box.input_value()
    saved.wait_for_function("() => location.hash.includes('/2.')", timeout=WAIT)
    saved.wait_for_timeout(1000)
    saved.reload()
    wait_for_map(saved, "Peru")
    expect(box).to_have_value(name)
    assert saved.evaluate(MODEL) == name
    saved.wait_for_timeout(1000)
    saved.get_by_role("button", name="Run").click()
    saved.wait_for_timeout(1000)
    expect(saved.locator("#page-error")).to_be_hidden()
    expect(box).to_have_value(name)


@pytest.mark.parametrize("way", ["example", "typed"])
def test_another_text_than_the_files_is_run_by_the_model_that_made_it(
    saved: Page, way: str
) -> None:
    if way == "example":
        choose_example(saved, "Repetition")
    else:
        saved.get_by_label("Text", exact=True).fill("Here is another four")
        saved.get_by_role("button", name="Run").click()
    wait_for_map(saved, "four")
    expect(saved.get_by_role("textbox", name="Model")).to_have_value("builtin")
    assert saved.evaluate(MODEL) == "builtin"
    notice = saved.locator("#explore-switched")
    expect(notice).to_contain_text("holds one text only, so builtin was chosen for this one")
    expect(saved.locator("#page-error")).to_be_hidden()
    saved.get_by_role("button", name="Run").click()
    expect(notice).to_be_hidden()


def test_a_path_breaks_where_the_file_does_not_keep_its_token(saved: Page) -> None:
    saved.evaluate("() => layerscope.setOpen(layerscope.maps.explore, { row: 2, column: 4 })")
    panel = saved.locator("#explore-cell")
    expect(panel).to_contain_text("its line is broken", timeout=WAIT)
    lines = saved.evaluate(
        """() => [...document.querySelectorAll("#explore-cell .chart.paths g")].map((group) => ({
          drawn: [...group.querySelectorAll("polyline")].flatMap((line) => line.points.length
            ? [...line.points] : []).length + group.querySelectorAll("circle[r='2.5']").length,
          known: JSON.parse(group.closest(".chart").dataset.chart).lines[
            [...group.parentNode.children].filter((one) => one.tagName === "g").indexOf(group)
          ].filter((share) => share !== null).length }))"""
    )
    assert len(lines) == 5 and any(line["known"] < 17 for line in lines)
    assert all(line["drawn"] == line["known"] for line in lines)


NUMBERS = "prefix => [...layerscope.maps[prefix].z].map((z) => Number.isNaN(z) ? null : z)"


def test_a_difference_is_saved_and_opens_among_the_maps_of_probe(
    page: Page, server: str, console: list[str], tmp_path: Path
) -> None:
    page.goto(f"{server}/#compare")
    wait_for_drawn(page, "difference")
    shown = page.evaluate(NUMBERS, "difference")
    page.evaluate("layerscope.zoomTo(layerscope.maps.difference, { x: [1.5, 6.5], y: [2.5, 9.5] })")
    title = page.evaluate("layerscope.maps.difference.meta.about")
    page.locator("#difference-card .share summary").click()
    with page.expect_download(timeout=WAIT) as download:
        page.locator("#difference-card").get_by_role("button", name="JSON file").click()
    path = tmp_path / "difference.json"
    download.value.save_as(path)
    page.get_by_role("link", name="Explore").click()
    wait_for_map(page, "Peru")
    with page.expect_file_chooser() as chooser:
        open_examples(page)
        page.get_by_role("button", name="Open a saved map").click()
    chooser.value.set_files(path)
    wait_for_drawn(page, "probe", "meta.request.map.startsWith(wanted)", "file/")
    expect(page.locator("#view-probe")).to_be_visible()
    assert page.evaluate(NUMBERS, "probe") == shown
    assert page.evaluate("layerscope.graph(layerscope.maps.probe).layout.yaxis.range") == [2.5, 9.5]
    expect(page.locator("#probe-facts")).to_contain_text(title)
    expect(page.locator("#probe-notes")).to_contain_text("They differ most at layer")
    page.locator("#probe-heatmap .nsewdrag[data-subplot=xy]").click()
    expect(page.locator("#probe-cell")).to_contain_text("of every layer at this position")
    expect(page.locator("#probe-reading")).to_contain_text("Highest")
