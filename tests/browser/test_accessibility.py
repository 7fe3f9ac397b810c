"""No view has a serious fault that axe-core finds, whatever is open on it; and few tab stops.

Every page is looked at several times: light and dark, wide and as narrow as a phone.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from werkzeug.security import generate_password_hash

from dashboard.factory import VIEWS
from model_backend import Measure
from model_backend.probing.storage.study_files import write_study
from tests.browser.exploring import MAP, WAIT, open_view, wait_for_map
from tests.browser.serving import serving
from tests.browser.test_sign_in import sign_in
from tests.model_backend.fake_study_service import make_study
from tests.model_backend.probing.storage.test_zip_exchange import rows_of

SERIOUS = ("serious", "critical")

WALKED_BY_ARROWS = "scrollable-region-focusable: ['#mantine-"
"""axe-core reports that no key scrolls an open list of choices. Arrow keys do, from its box."""


STILL = """(scheme) => matchMedia(`(prefers-color-scheme: ${scheme})`).matches
  && [scheme, undefined].includes(document.documentElement.dataset.mantineColorScheme)
  && document.getAnimations().every((one) => one.playState !== "running"
    || one.effect.getTiming().iterations === Infinity)"""
"""True once the page has its colour scheme and no colour transition runs."""


CONTRAST = {"runOnly": ["color-contrast"]}
"""What axe-core finds otherwise in the other colour scheme."""


def serious(page: Page, options: dict[str, list[str]] | None = None) -> list[str]:
    """Violations that axe-core calls serious or critical: rule and element."""
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{fault['id']}: {node['target']} {node.get('failureSummary', '')}"
        for fault in found
        if fault["impact"] in SERIOUS
        for node in fault["nodes"]
    ]


def in_both_schemes(page: Page) -> list[str]:
    """The faults of the page as it is, in light and in dark, and in which."""
    found = []
    ways: dict[Literal["light", "dark"], Any] = {"light": None, "dark": CONTRAST}
    for scheme, options in ways.items():
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(STILL, arg=scheme)
        found += [f"{scheme}: {fault}" for fault in serious(page, options)]
    return found


def on_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})


def open_a_cell(page: Page, ids: str) -> None:
    page.locator(f"#{ids}-heatmap .js-plotly-plot").focus()
    for key in ("ArrowRight", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    expect(page.locator(f"#{ids}-cell h2").first).to_be_visible(timeout=WAIT)


def test_a_page_with_a_fault_is_found_out(page: Page) -> None:
    page.set_content("<html lang='en'><title>t</title><main><h1>h</h1><img src='x'></main></html>")
    assert any(fault.startswith("image-alt") for fault in serious(page))


def test_explore_has_no_serious_fault(explore: Page) -> None:
    open_a_cell(explore, "explore")
    explore.keyboard.press("p")
    expect(explore.locator("#explore-compared thead th")).to_have_count(1, timeout=WAIT)
    explore.locator("#explore-card .share summary").click()
    assert in_both_schemes(explore) == []
    explore.locator("#explore-card .share summary").click()
    on_a_phone(explore)
    open_view(explore)
    explore.locator("#explore-show").get_by_text("table").click()
    expect(explore.locator("#explore-card .ag-row").first).to_be_visible(timeout=WAIT)
    explore.get_by_label("Text", exact=True).fill("")
    explore.get_by_role("button", name="Run").click()
    expect(explore.get_by_role("alert")).to_be_visible()
    assert in_both_schemes(explore) == []


def test_what_opens_above_the_page_has_no_serious_fault(explore: Page) -> None:
    explore.locator(MAP).focus()
    explore.keyboard.press("?")
    expect(explore.get_by_role("dialog")).to_be_visible()
    assert in_both_schemes(explore) == []
    explore.keyboard.press("Escape")
    explore.get_by_label("Measure", exact=True).first.click()
    expect(explore.get_by_role("option", name="residual norm")).to_be_visible()
    assert [fault for fault in in_both_schemes(explore) if WALKED_BY_ARROWS not in fault] == []
    expect(explore.get_by_role("option").last).not_to_be_in_viewport()
    for _ in Measure:
        explore.keyboard.press("ArrowDown")
        walked = explore.locator("[role=option][data-combobox-selected]")
        expect(walked).to_be_in_viewport(ratio=0.9)


def test_ask_has_no_serious_fault(page: Page, server: str, console: list[str]) -> None:
    page.goto(f"{server}/#ask")
    tokens = page.locator("#ask-stream [role=listbox]")
    expect(tokens).to_be_visible(timeout=WAIT)
    tokens.focus()
    page.keyboard.press("ArrowRight")
    page.get_by_text("Named positions", exact=True).click()
    page.get_by_text("More: length").click()
    expect(page.locator("#ask-heatmap .hm image")).to_have_count(1, timeout=WAIT)
    open_a_cell(page, "ask")
    assert in_both_schemes(page) == []
    on_a_phone(page)
    assert in_both_schemes(page) == []


def test_compare_has_no_serious_fault(page: Page, server: str, console: list[str]) -> None:
    page.goto(f"{server}/#compare")
    for ids in ("left", "right", "difference"):
        expect(page.locator(f"#{ids}-heatmap .hm image")).to_have_count(1, timeout=WAIT)
    assert in_both_schemes(page) == []
    on_a_phone(page)
    assert in_both_schemes(page) == []


@pytest.fixture()
def with_studies(tmp_path: Path) -> Iterator[str]:
    """The address of a dashboard that has two studies, and wants to know who comes."""
    for name, rows in (("one", 4), ("another", 3)):
        study = make_study(name, rows=rows)
        study = replace(study, card=replace(study.card, dataset=name))
        write_study(tmp_path / "studies" / name, study, rows_of(study, rows))
    passwords = tmp_path / "passwords"
    passwords.write_text(f"alice:{generate_password_hash('open sesame')}\n")
    with serving("--studies", str(tmp_path / "studies"), "--password-file", str(passwords)) as at:
        yield at


def test_signing_in_and_probe_have_no_serious_fault(page: Page, with_studies: str) -> None:
    page.goto(with_studies)
    sign_in(page, "wrong password")
    expect(page.get_by_role("alert")).to_be_visible()
    assert in_both_schemes(page) == []
    sign_in(page, "open sesame")
    wait_for_map(page, "Peru")
    page.goto(f"{with_studies}/#probe/published/Math")
    expect(page.locator("#probe-heatmap .hm image")).to_have_count(1, timeout=WAIT)
    open_a_cell(page, "probe")
    page.get_by_text("More", exact=True).click()
    upload = {"name": "bad.csv", "mimeType": "text/csv", "buffer": b"question,answer\none,1\ntwo\n"}
    page.locator("#study-upload input").set_input_files(upload)  # type: ignore[arg-type]
    expect(page.locator("#study-refused")).to_contain_text("Line 3", timeout=WAIT)
    assert in_both_schemes(page) == []
    page.goto(f"{with_studies}/#probe/study/one/resid_post")
    expect(page.get_by_role("heading", name="Baselines and controls")).to_be_visible(timeout=WAIT)
    page.get_by_role("textbox", name="Compare with").click()
    page.get_by_role("option", name="another").click()
    expect(page.locator("#probe-difference-heatmap .hm image")).to_have_count(1, timeout=WAIT)
    open_a_cell(page, "probe")
    expect(page.locator("#study-behind .ag-row").first).to_be_visible(timeout=WAIT)
    assert in_both_schemes(page) == []
    on_a_phone(page)
    assert in_both_schemes(page) == []


# Patch has no map before it is run.
@pytest.mark.parametrize("title", [view.TITLE for view in VIEWS if view.TITLE != "Patch"])
def test_the_first_tab_stop_skips_to_the_map_of_the_view(
    page: Page, server: str, title: str
) -> None:
    first_map = {"Explore": "explore", "Ask": "ask", "Probe": "probe", "Compare": "left"}[title]
    page.goto(f"{server}/#{title.lower()}")
    heatmap = page.locator(f"#{first_map}-heatmap .js-plotly-plot")
    expect(heatmap).to_have_attribute("tabindex", "0", timeout=WAIT)
    page.wait_for_function("() => !document.querySelector('.card.map.is-busy')", timeout=WAIT)
    steps = page.evaluate("history.length")
    skip = page.get_by_role("link", name="Skip to the map")
    expect(skip).not_to_be_in_viewport()
    page.keyboard.press("Tab")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport(ratio=1)
    page.keyboard.press("Enter")
    expect(heatmap).to_be_focused()
    expect(skip).not_to_be_in_viewport()
    page.keyboard.press("ArrowRight")
    expect(page.locator(f"#{first_map}-live")).to_contain_text("layer")
    assert page.evaluate("history.length") == steps
    assert page.evaluate("location.hash.slice(1).split('/')[0] || 'explore'") == title.lower()


def test_the_link_skips_to_the_table_that_is_shown_instead(page: Page, server: str) -> None:
    page.goto(server)
    wait_for_map(page, "Peru")
    open_view(page)
    page.locator("#explore-show").get_by_text("table", exact=True).click()
    expect(page.locator("#explore-card .grid-table [role=row]").first).to_be_visible(timeout=WAIT)
    page.get_by_role("link", name="Skip to the map").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#explore-card .grid-table")).to_be_focused()


def test_before_there_is_a_map_the_link_skips_to_its_card(page: Page, server: str) -> None:
    page.route("**/_dash-update-component", lambda route: route.abort())
    page.goto(server)
    expect(page.locator("#explore-card")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#explore-card")).to_be_focused()


def test_examples_are_one_tab_stop_and_arrows_choose_none(page: Page, server: str) -> None:
    page.goto(server)
    wait_for_map(page, "Peru")
    page.locator("#view-explore .examples > summary").press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("radio", name="A capital")).to_be_focused()
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "ArrowLeft", "ArrowLeft"):
        page.keyboard.press(key)
    expect(page.get_by_role("radio", name="A story")).to_be_focused()
    expect(page.locator("#explore-text")).to_contain_text("Italy")
    page.keyboard.press("Tab")
    expect(page.locator("#explore-special-tokens")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    wait_for_map(page, "Alice")
    expect(page.locator("#view-explore .examples > summary")).to_be_focused()
