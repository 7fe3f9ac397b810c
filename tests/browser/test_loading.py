"""A model comes from a hub while the page says how far it is, and can be called off."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.exploring import WAIT, slow_down, wait_for_drawn, wait_for_map
from tests.browser.serving import serving
from tests.model_backend.hub_stand_in import Hub, running_hub
from tests.model_backend.saved import save_model

SIZES = {"hidden_size": 512, "intermediate_size": 1024, "num_hidden_layers": 4}
"""Large enough that half of it is more than the hub's client hands on at once, which is 10 MB."""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with running_hub(save_model(tmp_path_factory.mktemp("hub") / "model", **SIZES)) as hub:
        yield hub


@pytest.fixture(scope="module")
def loading_server(hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("home")
    models = ("--model", "builtin", "--model", "org/model", "--model", "org/gated")
    with serving(*models, HF_ENDPOINT=hub.address, HF_HOME=str(home), HF_HUB_OFFLINE="0") as at:
        yield at


def choose(page: Page, model: str) -> None:
    page.get_by_role("textbox", name="Model").click()
    page.get_by_role("option", name=model).click()


def test_over_a_slow_network_the_loading_is_shown_and_can_be_called_off(
    page: Page, loading_server: str, hub: Hub
) -> None:
    page.goto(loading_server)
    wait_for_map(page, "Peru")
    hub.gate.clear()
    slow_down(page, 1_500)
    choose(page, "org/model")
    panel = page.locator(".load")
    expect(panel).to_contain_text("org/model: downloading", timeout=20_000)
    panel.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("alert")).to_contain_text("was cancelled", timeout=20_000)
    expect(panel).to_be_hidden(timeout=20_000)
    hub.gate.set()


def test_a_model_that_loads_for_an_answer_is_shown_and_called_off_too(
    page: Page, loading_server: str, hub: Hub
) -> None:
    page.goto(f"{loading_server}#ask")
    wait_for_drawn(page, "ask")
    hub.gate.clear()
    page.locator("#view-ask").get_by_role("textbox", name="Model").click()
    page.get_by_role("option", name="org/model").click()
    page.get_by_role("button", name="Ask", exact=True).click()
    panel = page.locator(".load")
    expect(panel).to_contain_text("Loading org/model", timeout=WAIT)
    panel.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("alert").filter(visible=True)).to_contain_text(
        "cancelled", timeout=WAIT
    )
    expect(panel).to_be_hidden()
    hub.gate.set()


def test_a_download_is_shown_called_off_and_begun_again(
    page: Page, loading_server: str, hub: Hub
) -> None:
    page.goto(loading_server)
    wait_for_map(page, "Peru")
    hub.gate.clear()
    choose(page, "org/model")
    panel = page.locator(".load")
    expect(panel).to_contain_text(re.compile(r"org/model: downloading, 1\d\.\d of 3\d\.\d MB"))
    assert 0.2 < float(panel.locator("progress").get_attribute("value") or 0) < 0.6
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / "loading.png")
    panel.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("alert")).to_contain_text("The loading of org/model was cancelled")
    expect(panel).to_be_hidden()
    hub.gate.set()
    page.get_by_role("button", name="Run").click()
    expect(page.locator("#explore-facts")).to_contain_text("org/model", timeout=WAIT)
    expect(page.get_by_role("alert")).to_be_hidden()


def test_a_gated_model_says_so_and_the_text_is_kept(page: Page, loading_server: str) -> None:
    page.goto(loading_server)
    wait_for_map(page, "Peru")
    page.get_by_label("Text", exact=True).fill("My own text")
    choose(page, "org/gated")
    expect(page.get_by_role("alert")).to_contain_text("org/gated is gated: accept its terms")
    expect(page.get_by_label("Text", exact=True)).to_have_value("My own text")
