"""A process killed while it loads a model: the page says so, and all comes back by itself."""

import os
import re
import signal
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Page, expect

from tests.browser.exploring import wait_for_map
from tests.browser.serving import running
from tests.browser.test_faults import LONG
from tests.browser.test_loading import SIZES, choose
from tests.model_backend.hub_stand_in import running_hub
from tests.model_backend.saved import save_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("hub") / "model", **SIZES)


def test_a_process_killed_while_it_loads_is_told_and_comes_back_with_the_model(
    page: Page, model: Path, tmp_path: Path
) -> None:
    models = ("--model", "builtin", "--model", "org/model")
    with running_hub(model) as hub:
        home = {"HF_ENDPOINT": hub.address, "HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "0"}
        with running(*models, **home) as (address, process):
            page.goto(address)
            wait_for_map(page, "Peru")
            hub.gate.clear()
            page.get_by_label("Text", exact=True).fill("My own text")
            choose(page, "org/model")
            expect(page.locator(".load")).to_contain_text("downloading", timeout=LONG)
            [worker] = psutil.Process(process.pid).children()
            os.kill(worker.pid, signal.SIGKILL)
            # Chromium asks again by itself where a connection broke before any answer: then the
            # page goes on waiting, and tells how far the new process has come.
            told = page.get_by_role("alert").or_(page.locator(".load")).first
            expect(told).to_contain_text(re.compile("tries again by|org/model"), timeout=LONG)
            hub.gate.set()
            expect(page.locator("#explore-facts")).to_contain_text("org/model", timeout=2 * LONG)
            expect(page.get_by_role("alert")).to_be_hidden()
            expect(page.get_by_label("Text", exact=True)).to_have_value("My own text")
