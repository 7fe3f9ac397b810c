"""Probe: the published maps to look at, a study of one's own from file to map."""

import base64
import csv
import re
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from model_backend.probing.storage.study_files import write_study
from tests.browser.exploring import WAIT, slow_down, wait_for_drawn
from tests.browser.serving import serving
from tests.model_backend.fake_study_service import make_study
from tests.model_backend.probing.storage.test_zip_exchange import rows_of
from tests.waiting import until

MAP = "#probe-heatmap .js-plotly-plot"


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a dashboard that has two studies already, of models of different depth."""
    folder = tmp_path_factory.mktemp("studies")
    for name, rows in (("one", 4), ("another", 3)):
        study = make_study(name, rows=rows)
        study = replace(study, card=replace(study.card, dataset=name))
        write_study(folder / name, study, rows_of(study, rows))
    with serving("--studies", str(folder)) as address:
        yield address


@pytest.fixture()
def probe(page: Page, studies: str, console: list[str]) -> Iterator[Page]:
    page.goto(f"{studies}/#probe/published/TriviaQA")
    wait_for_auc_map(page, "published/TriviaQA")
    yield page


def open_gallery(page: Page) -> None:
    """Unfold the maps, which fold once one of them is chosen."""
    gallery = page.locator("#study-maps")
    if gallery.get_attribute("open") is None:
        gallery.locator("> summary").click()


def wait_for_auc_map(page: Page, name: str) -> None:
    wait_for_drawn(page, "probe", "meta.request.map === wanted", name)


def point(page: Page, row: int, column: int) -> tuple[float, float]:
    """Centre of a cell on screen."""
    pane = page.locator(f"{MAP} .nsewdrag[data-subplot=xy]")
    pane.scroll_into_view_if_needed()
    box = pane.bounding_box()
    assert box
    rows, columns = page.evaluate("[layerscope.maps.probe.rows, layerscope.maps.probe.columns]")
    across = (column + 0.5) / columns * box["width"]
    return box["x"] + across, box["y"] + (rows - row - 0.5) / rows * box["height"]


def test_the_published_maps_are_there_hovered_opened_and_read(probe: Page) -> None:
    assert probe.locator(".shelf-map").count() >= 9
    expect(probe.get_by_role("link", name="Math")).to_be_hidden()
    open_gallery(probe)
    probe.get_by_role("link", name="Math").click()
    wait_for_auc_map(probe, "published/Math")
    gallery = probe.locator("#study-maps")
    expect(gallery.locator("> summary")).to_be_focused()
    open_gallery(probe)
    expect(probe.get_by_role("link", name="Math")).to_have_attribute("aria-current", "true")
    probe.get_by_role("link", name="Math").click()  # it is there already
    expect(gallery).not_to_have_attribute("open", "")
    probe.wait_for_function(STILL)  # the map comes into the window
    x, y = point(probe, 13, 5)
    probe.mouse.move(x - 2, y)
    probe.mouse.move(x, y)
    tooltip = probe.locator(".tooltip.is-shown")
    expect(tooltip).to_contain_text("exact_answer_last")
    expect(tooltip).to_contain_text("layer 13")
    expect(tooltip).to_contain_text("AUC0.923")
    probe.mouse.click(x, y)
    expect(probe.locator("#probe-cell")).to_contain_text("1 of 480 cells")
    expect(probe.locator("#probe-reading")).to_contain_text("Highest: AUC 0.923")


STILL = """() => new Promise((done) => {
  const top = () => document.getElementById("probe-card").getBoundingClientRect().top;
  const before = top();
  setTimeout(() => done(top() === before), 300);
})"""
"""True if the map has not moved for a moment."""

SHOWN = """() => { const map = layerscope.maps.probe;
  return { request: map.meta.request, numbers: [...map.z], pins: map.pins }; }"""


def has_pins(page: Page) -> bool:
    """True if the address holds pins of the map, not only its name."""
    _, _, packed = page.evaluate("location.hash").partition("/2.")
    state = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
    return bool(packed) and b'"pins":[[' in zlib.decompress(state)


def test_a_reload_shows_the_same_map(probe: Page) -> None:
    open_gallery(probe)
    probe.get_by_role("link", name="NLI (MNLI)").click()
    wait_for_auc_map(probe, "published/NLI (MNLI)")
    probe.evaluate("layerscope.setPins(layerscope.maps.probe, [{ row: 2, column: 5 }])")
    until(lambda: has_pins(probe))
    before = probe.evaluate(SHOWN)
    assert len(before["numbers"]) == 480 and before["pins"]
    probe.evaluate("window.isOld = true")
    probe.reload()
    wait_for_auc_map(probe, "published/NLI (MNLI)")
    assert not probe.evaluate("window.isOld")
    probe.wait_for_function("() => layerscope.maps.probe.pins.length", timeout=WAIT)
    assert probe.evaluate(SHOWN) == before


OTHERS = """() => ["probe", "probe-beside", "probe-difference"].map((name) => {
  const map = layerscope.maps[name], { layout } = layerscope.graph(map);
  return { meta: map.meta, numbers: [...map.z], x: layout.xaxis.range, y: layout.yaxis.range,
           pins: map.pins, open: map.open };
})"""


def choose_beside(page: Page, name: str) -> None:
    page.get_by_role("textbox", name="Compare with").click()
    page.get_by_role("option", name=name).click()
    wait_for_beside(page)


def wait_for_beside(page: Page) -> None:
    for name in ("beside", "difference"):
        drawn = page.locator(f"#probe-{name}-heatmap .hm image")
        expect(drawn).to_have_count(1, timeout=WAIT)
    page.wait_for_function("() => !document.querySelector('#view-probe .map.is-busy')")
    page.wait_for_timeout(1000)


def test_a_study_beside_a_study_is_linked_to_it_and_in_its_link(
    page: Page, studies: str, console: list[str], browser: Browser, tmp_path: Path
) -> None:
    page.goto(f"{studies}/#probe/study/one/resid_post")
    wait_for_auc_map(page, "study/one/resid_post")
    choose_beside(page, "another")
    said = page.locator("#probe-difference-notes")
    expect(said).to_contain_text("3 layers beside 2: each is matched")
    expect(said).to_contain_text("They differ most at layer")
    page.evaluate(
        """() => { const map = layerscope.maps.probe;
          layerscope.zoomTo(map, { x: [1.5, 6.5], y: [0.5, 3.5] });
          layerscope.setPins(map, [{ row: 2, column: 5 }]); }"""
    )
    zoomed = "layerscope.graph(layerscope.maps['probe-beside']).layout.xaxis.range[0] === 1.5"
    page.wait_for_function(f"() => {zoomed} && location.hash.includes('/2.')", timeout=WAIT)
    page.wait_for_timeout(1500)
    here, link = page.evaluate(OTHERS), page.url
    assert all(one["pins"][0]["column"] == 5 for one in here)
    with page.expect_download(timeout=WAIT) as download:
        page.locator("#probe-difference-card .share summary").click()
        page.locator("#probe-difference-card").get_by_role("button", name="CSV table").click()
    download.value.save_as(tmp_path / "table.csv")
    lines = list(csv.DictReader((tmp_path / "table.csv").open(encoding="utf-8-sig")))
    assert len(lines) == 15  # three layers and five positions are in view
    for line in lines:
        left, right = float(line["this map"]), float(line["the other"])
        assert abs(float(line["value"]) - (left - right)) < 1e-6
    elsewhere = browser.new_context(viewport={"width": 1440, "height": 1000})
    other = elsewhere.new_page()
    other.goto(link)
    wait_for_auc_map(other, "study/one/resid_post")
    wait_for_beside(other)
    other.wait_for_timeout(1000)
    assert other.evaluate(OTHERS) == here
    assert other.url == link
    elsewhere.close()


def test_a_study_is_renamed_deleted_and_restored(
    page: Page, studies: str, console: list[str]
) -> None:
    page.goto(f"{studies}/#probe/published/TriviaQA")
    wait_for_auc_map(page, "published/TriviaQA")
    open_gallery(page)
    study = page.locator(".study", has=page.get_by_text("one", exact=True))
    study.get_by_text("Rename").click()
    study.get_by_role("textbox").fill("Capitals by hand")
    study.get_by_role("textbox").press("Enter")
    renamed = page.locator(".study", has=page.get_by_text("Capitals by hand", exact=True))
    expect(renamed).to_be_visible(timeout=WAIT)
    page.reload()
    wait_for_auc_map(page, "published/TriviaQA")
    open_gallery(page)
    renamed.get_by_role("button", name="Delete Capitals by hand").click(timeout=WAIT)
    expect(page.locator(".undo")).to_contain_text("Capitals by hand is deleted", timeout=WAIT)
    expect(page.locator(".study")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".study")).to_have_count(2, timeout=WAIT)
    expect(page.locator(".undo")).to_have_count(0)
    renamed.get_by_role("link").first.click()
    wait_for_auc_map(page, "study/one/resid_post")
    expect(page.locator("#probe-facts")).to_contain_text("Capitals by hand, fake")


def upload(page: Page, name: str, content: bytes) -> None:
    file = {"name": name, "mimeType": "text/csv", "buffer": content}
    page.locator("#study-upload input").set_input_files(file)  # type: ignore[arg-type]


def run_study(page: Page, n_questions: int) -> None:
    """A quick study: no shuffles, no other model, no second question."""
    page.get_by_text("More", exact=True).click()
    page.get_by_label("Shuffles of the labels").fill("0")
    for switch in ("random-model", "truth"):
        page.locator(f"#study-{switch}").click()
    page.get_by_label("Questions", exact=True).fill(str(n_questions))
    page.get_by_role("button", name="Run study").click()
    asked = page.locator("#study-jobs .job", has_text=f"{n_questions:,} questions")
    expect(asked).to_be_visible(timeout=WAIT)


def choose_places(page: Page) -> None:
    page.locator("#study-dataset").click()
    page.get_by_role("option", name="places", exact=True).click()


def test_a_file_with_a_fault_is_refused_by_its_line_and_disarms_run(probe: Page) -> None:
    probe.get_by_label("Questions", exact=True).fill("321")
    upload(probe, "bad.csv", b"question,answer\none,1\ntwo\n")
    expect(probe.locator("#study-refused")).to_contain_text("Line 3", timeout=WAIT)
    expect(probe.get_by_label("Questions", exact=True)).to_have_value("321")
    run, dataset = probe.get_by_role("button", name="Run study"), probe.locator("#study-dataset")
    expect(dataset).to_have_value("")
    expect(run).to_be_disabled()
    choose_places(probe)
    expect(run).to_be_enabled()
    expect(probe.locator("#study-refused")).to_be_hidden()  # it is of another file
    upload(probe, "worse.csv", b"question,answer\none\n")  # the second is refused like the first
    expect(probe.locator("#study-refused")).to_contain_text("worse.csv", timeout=WAIT)
    expect(run).to_be_disabled()


def test_columns_of_other_names_are_chosen_by_hand(probe: Page) -> None:
    rows = "".join(f"Wo liegt {n}?,Land {n}\n" for n in range(60))
    upload(probe, "odd.csv", f"frage,antwort\n{rows}".encode())
    expect(probe.locator("#study-refused")).to_contain_text("frage, antwort", timeout=WAIT)
    for role, column in (("question", "frage"), ("answer", "antwort")):
        probe.locator(f"#study-column-{role}").click()
        probe.get_by_role("option", name=column).click()
    expect(probe.locator("#study-preview")).to_contain_text("60 questions", timeout=WAIT)
    expect(probe.locator("#study-dataset")).to_have_value("odd.csv")


def test_a_file_that_is_too_large_is_not_even_sent(probe: Page) -> None:
    upload(probe, "large.csv", b"x" * 10_000_001)
    expect(probe.locator("#page-error")).to_contain_text("the limit is 10 MB")
    expect(probe.get_by_role("button", name="Run study")).to_be_disabled()


def test_over_a_slow_network_a_study_outlives_a_reload_and_ends_in_its_map(probe: Page) -> None:
    slow_down(probe, 1_500)
    run_study(probe, 100)
    job = probe.locator("#study-jobs .job", has_text="100 questions")
    expect(job).to_contain_text(re.compile("of 100 questions|cells"), timeout=WAIT)
    probe.reload()
    expect(job).to_be_visible(timeout=WAIT)
    expect(probe.get_by_label("Questions", exact=True)).to_have_value("100")
    link = job.get_by_role("link", name="Show its map")
    expect(link).to_be_visible(timeout=2 * WAIT)
    slow_down(probe, 0)
    link.click()
    expect(probe.locator("#study-headline")).to_contain_text("probe, nested", timeout=WAIT)
    expect(probe.locator(f"{MAP} .hm image")).to_have_count(1, timeout=WAIT)
    x, y = point(probe, 9, 5)
    probe.mouse.move(x - 2, y)
    probe.mouse.move(x, y)
    for said in ("95 % interval", "wrong", "groups", "difference to it"):
        expect(probe.locator("#probe-hovered")).to_contain_text(said)
    probe.mouse.click(x, y)
    expect(probe.locator("#probe-cell .paths .js-plotly-plot")).to_have_count(5, timeout=WAIT)
    expect(probe.locator("#study-examples .ag-row")).to_have_count(10)


def test_a_study_is_cancelled_within_a_second_or_two(probe: Page) -> None:
    run_study(probe, 2000)
    jobs = probe.locator("#study-jobs")
    jobs.get_by_role("button", name="Cancel").click(timeout=WAIT)
    expect(jobs).to_contain_text("cancelled", timeout=5_000)


def test_on_a_phone_nothing_of_a_study_is_wider_than_the_screen(
    page: Page, studies: str, console: list[str]
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{studies}/#probe/study/one/resid_post")
    wait_for_auc_map(page, "study/one/resid_post")
    heading = page.get_by_role("heading", name="Baselines and controls")
    expect(heading).to_be_visible(timeout=WAIT)
    table = page.locator("#view-probe .scroll:has(tbody th)")
    assert table.evaluate("element => element.scrollWidth > element.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
