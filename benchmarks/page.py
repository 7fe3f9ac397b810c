"""Time the page takes to draw a map and to compose a tooltip, in a real Chromium."""

import logging
import math
import statistics
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, sync_playwright
from werkzeug.serving import make_server

from benchmarks.synthetic import Size, SyntheticBackend
from benchmarks.table import Line
from dashboard.factory import create_app
from dashboard.page.ids import EXPLORE, Explore
from model_backend import NOT_INSPECTED, FileBackend, Measure
from tests.browser.chromium import FLAGS, find_chromium

SMALL, LARGE = Size(33, 512), Size(80, 4096)
DRAW_GUIDES = {SMALL: 150, LARGE: 500}
HOVER_GUIDE = 16
N_DRAWS, N_HOVERS = 8, 30
MEASURES = [measure for measure in Measure if measure not in NOT_INSPECTED]
MAP = f"#{EXPLORE.heatmap} .js-plotly-plot"

INSTRUMENT = """() => {
  const { layerscope: page } = window.dash_clientside;
  const { show } = page;
  const times = window.times = { draw: null, hover: null };
  page.show = (...figure) => {
    const start = performance.now();
    document.querySelector(MAP).once("plotly_afterplot",
      () => { times.draw = performance.now() - start; });
    return show(...figure);
  };
  let moved = 0;
  window.addEventListener("mousemove", (event) => { moved = event.timeStamp; }, true);
  document.addEventListener("layerscope:hover", () => { // the tooltip is composed then
    times.hover = performance.now() - moved;
  });
}""".replace("MAP", f'"{MAP}"')


def page_lines() -> Iterator[Line]:
    """Milliseconds from the figure's arrival to the drawn map, and from a move to a tooltip."""
    chromium = find_chromium()
    if chromium is None:
        yield Line("draw and hover in Chromium", None, note="no Chromium here")
        return
    with _served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1440, "height": 1600})
        page.goto(address)
        _wait_for(page, SMALL)
        page.evaluate(INSTRUMENT)
        for size, guide in DRAW_GUIDES.items():
            yield from _lines(page, size, guide)
        browser.close()


def _lines(page: Page, size: Size, guide: int) -> Iterator[Line]:
    _set(page, Explore.MODEL, str(size))
    _wait_for(page, size)
    drawing = statistics.median(_draw(page, number) for number in range(N_DRAWS))
    yield Line(f"draw {size} in Chromium", drawing, "ms", guide, is_guide=True, digits=0)
    hovers = [_hover(page, number) for number in range(N_HOVERS)]
    unanswered = hovers.count(math.inf)
    note = f"{unanswered} of {N_HOVERS} unanswered" if unanswered else ""
    hovering = statistics.median(hovers)
    yield Line(f"hover on {size}", hovering, "ms", HOVER_GUIDE, is_guide=True, note=note, digits=1)


def _draw(page: Page, number: int) -> float:
    """Choose another measure, and wait until its map is drawn."""
    page.evaluate("times.draw = null")
    _set(page, EXPLORE.measure, MEASURES[number % len(MEASURES)])
    page.wait_for_function("() => times.draw !== null", timeout=60_000)
    page.wait_for_timeout(100)
    return float(page.evaluate("times.draw"))


def _hover(page: Page, number: int) -> float:
    """Move the pointer to another cell; infinity if no tooltip comes."""
    box = page.locator(f"{MAP} .nsewdrag[data-subplot=xy]").bounding_box()
    assert box
    share = (number + 1) / (N_HOVERS + 2)
    page.evaluate("times.hover = null")
    for nudge in range(5):  # a move that falls into Plotly's pause between two is not answered
        x, y = box["x"] + share * box["width"] + nudge, box["y"] + share * box["height"]
        page.mouse.move(x, y)
        page.wait_for_timeout(150)
        taken = page.evaluate("times.hover")
        if taken is not None:
            return float(taken)
    return math.inf


def _set(page: Page, component: str, value: str) -> None:
    page.evaluate("([id, value]) => dash_clientside.set_props(id, { value })", [component, value])


def _wait_for(page: Page, size: Size) -> None:
    """Until a map of this size is drawn and its predictions have come."""
    page.wait_for_function(
        "([rows, columns]) => layerscope.maps.explore?.rows === rows"
        " && layerscope.maps.explore.columns === columns",
        arg=[size.rows, size.tokens],
        timeout=60_000,
    )
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(500)


@contextmanager
def _served() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app = create_app(FileBackend(SyntheticBackend(SMALL, LARGE))).server
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
