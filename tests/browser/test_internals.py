"""The insides of Dash and Plotly that the page needs; a failure names what a version changed.

assets/base/dash_internals.js and assets/base/plotly_internals.js are the only scripts to mend then.
"""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from dashboard.web.scripts import NOT_LOADED
from tests.browser.exploring import MAP, WAIT, run, wait_for_map

OF_DASH = {
    "sets properties from outside": "typeof dash_clientside.set_props === 'function'",
    "has a value for an output that stays": "'no_update' in dash_clientside",
    "keeps functions for its callbacks": "typeof dash_clientside.layerscope.show === 'function'",
    "tells a component's properties": (
        "dash_component_api.getLayout('explore-text').props.value.length > 0"
    ),
    "has its configuration in the page": (
        "JSON.parse(document.getElementById('_dash-config').textContent)"
        ".requests_pathname_prefix === '/'"
    ),
    "takes component functions by name": "typeof dashMantineFunctions.hintedOption === 'function'",
    "has React for them": "React.createElement('span').type === 'span'",
}
GRAPH = f"document.querySelector('{MAP}')"
OF_PLOTLY = {
    "draws into the graph of dcc.Graph": f"{GRAPH} !== null",
    "has one element over the cells": (
        f"{GRAPH}.querySelectorAll('.nsewdrag[data-subplot=xy]').length === 1"
    ),
    "tells its events through emit": (
        f"typeof {GRAPH}.emit === 'function' && typeof {GRAPH}.on === 'function'"
    ),
    "keeps data and layout on its element": (
        f"{GRAPH}.data[0].z.length > 1 && {GRAPH}.layout.xaxis.range.length === 2"
    ),
    "turns a column into a pixel and back": (
        f"(axis => Math.abs(axis.p2c(axis.d2p(2)) - 2) < 0.01)({GRAPH}._fullLayout.xaxis)"
    ),
    "has row 0 at the bottom": (f"(axis => axis.d2p(0) > axis.d2p(1))({GRAPH}._fullLayout.yaxis)"),
    "says where an axis begins and how long it is": (
        f"(({{ xaxis, yaxis }}, [area], box) => [area.left - box.left - xaxis._offset,"
        " area.top - box.top - yaxis._offset, area.width - xaxis._length,"
        " area.height - yaxis._length].every((pixels) => Math.abs(pixels) < 1))"
        f"({GRAPH}._fullLayout, {GRAPH}.querySelector('.nsewdrag[data-subplot=xy]')"
        f".getClientRects(), {GRAPH}.getBoundingClientRect())"
    ),
    "changes and pictures a graph": (
        "['relayout', 'restyle', 'toImage'].every((name) => typeof Plotly[name] === 'function')"
        " && typeof Plotly.Plots.resize === 'function'"
    ),
    "is a script of its own": (
        "[...document.scripts].filter(({ src }) => /plotly.*\\.js/.test(src)).length === 1"
    ),
}


def test_dash_and_plotly_are_inside_as_the_page_expects(explore: Page) -> None:
    checks = {f"Dash {what}": check for what, check in OF_DASH.items()}
    checks |= {f"Plotly {what}": check for what, check in OF_PLOTLY.items()}
    wrong = [
        what for what, check in checks.items() if explore.evaluate(f"() => {check}") is not True
    ]
    assert not wrong


def test_requests_of_dash_go_through_fetch_and_say_which_page_asks(explore: Page) -> None:
    with explore.expect_request("**/_dash-update-component*", timeout=WAIT) as asked:
        run(explore, "Another text")
    assert len(asked.value.headers["x-layerscope-page"]) == 24
    wait_for_map(explore, "Another")


def test_outlines_are_kept_from_dash_and_zooms_are_not(explore: Page) -> None:
    explore.evaluate(
        f"""() => {{ window.heard = [];
        {GRAPH}.on("plotly_relayout", (change) => window.heard.push(...Object.keys(change))); }}"""
    )
    explore.evaluate(f"() => Plotly.relayout({GRAPH}, {{ shapes: {GRAPH}.layout.shapes || [] }})")
    explore.evaluate(f"() => Plotly.relayout({GRAPH}, {{ 'xaxis.range': [0.5, 3.5] }})")
    heard = explore.evaluate("window.heard")
    assert "xaxis.range" in heard and "shapes" not in heard


@pytest.mark.parametrize("file", ["_layerscope/scripts", "_dash-component-suites/dash/dash-rend"])
@pytest.mark.parametrize("broken", ["404", "gone", "not a script"])
def test_a_page_without_its_script_says_so(page: Page, server: str, broken: str, file: str) -> None:
    def answer(route: Route) -> None:
        if broken == "gone":
            route.abort("connectionreset")
        else:
            status = 404 if broken == "404" else 200
            route.fulfill(status=status, body="<html>")

    page.route(re.compile(re.escape(file)), answer)
    page.goto(server)
    expect(page.get_by_text(NOT_LOADED)).to_be_visible()
    expect(page.get_by_text("Loading...")).to_have_count(0)
