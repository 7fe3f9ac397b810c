"""Choices of what is drawn: measure, site, scale, model."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.exploring import (
    MAP,
    WAIT,
    choose,
    open_view,
    point,
    run,
    value_at,
    wait_for_map,
    wait_for_name,
    wait_for_scale,
)


def test_a_change_of_site_draws_another_map(explore: Page) -> None:
    choose(explore, "Measure", "residual norm")
    wait_for_name(explore, "residual norm")
    before = value_at(explore, 3, 4)
    choose(explore, "Site", "resid_mid")
    explore.wait_for_function(
        "before => layerscope.describe(layerscope.maps.explore, 3, 4).value.toPrecision(4)"
        " !== Number(before).toPrecision(4)",
        arg=before,
    )
    choose(explore, "Measure", "attention output")
    wait_for_name(explore, "attention output")
    expect(explore.get_by_label("Site", exact=True).first).to_have_value("attn_out")


def test_a_choice_says_what_it_is_or_why_it_is_not_to_be_had(explore: Page) -> None:
    for label, option, said in (
        ("Measure", "update size", "How far this layer moved the stream"),
        ("Measure", "probe score (run a study first)", "Run a study of this model"),
        ("Site", "resid_mid", "would double the cost of a map"),
        ("Model", "builtin", "A small model that comes with this project"),
    ):
        explore.get_by_label(label, exact=True).first.click()
        choice = explore.get_by_role("option", name=option, exact=True)
        expect(choice.locator("span[title]")).to_have_attribute("title", re.compile(said))
        explore.keyboard.press("Escape")


def test_attention_is_measured_when_it_is_chosen(explore: Page) -> None:
    choose(explore, "Measure", "attention entropy")
    wait_for_name(explore, "attention entropy")


@pytest.mark.parametrize("scale", ["Intensity 0.5–1.0", "raw", "log10"])  # noqa: RUF001
def test_every_scale_draws_and_gives_the_same_value(explore: Page, scale: str) -> None:
    before = value_at(explore, 3, 4)
    open_view(explore)
    explore.locator("#explore-scale").get_by_text(scale, exact=True).click()
    wait_for_scale(explore, scale)
    assert value_at(explore, 3, 4) == before


def test_the_value_on_screen_is_the_value_measured(explore: Page) -> None:
    choose(explore, "Measure", "lens entropy")
    wait_for_name(explore, "lens entropy")
    shown = float(value_at(explore, 3, 4).split()[0])
    explore.mouse.click(*point(explore, 3, 4))
    panel = explore.locator("#explore-cell")
    expect(panel).to_contain_text("position 4")
    label = panel.locator("dt", has_text="lens entropy")
    measured = float(label.locator("xpath=following-sibling::dd[1]").inner_text().split()[0])
    assert shown == pytest.approx(measured, rel=2e-3)


def test_a_model_that_is_missing_says_so_and_the_others_go_on(page: Page, server: str) -> None:
    page.goto(server)
    choose(page, "Model", "nobody/has-this-model")
    expect(page.get_by_role("alert")).to_contain_text("nobody/has-this-model", timeout=WAIT)
    page.get_by_label("Model", exact=True).first.click()
    expect(page.get_by_role("option", name="nobody/has-this-model (failed)")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Use builtin instead").click()
    wait_for_map(page, "Peru")


def test_after_a_text_too_long_the_map_goes_on_showing_what_is_chosen(explore: Page) -> None:
    run(explore, "word " * 6000)
    expect(explore.get_by_role("alert")).to_contain_text("takes")
    choose(explore, "Measure", "lens entropy")
    wait_for_name(explore, "lens entropy")
    assert "·Peru" in explore.locator(f"{MAP} .xtick").all_text_contents()
    expect(explore.locator("#explore-facts")).to_contain_text("Italy")
    expect(explore.get_by_role("alert").filter(visible=True)).to_have_count(0)


def test_an_error_goes_as_soon_as_something_else_is_begun(explore: Page) -> None:
    run(explore, "word " * 6000)
    alert = explore.get_by_role("alert").filter(visible=True)
    expect(alert).to_contain_text("takes")
    explore.route("**/_dash-update-component*", lambda route: None)  # no answer comes
    run(explore, "something else")
    expect(alert).to_have_count(0)
    expect(explore.locator("#explore-card")).to_have_class(re.compile("is-busy"))
    explore.unroute_all(behavior="ignoreErrors")
