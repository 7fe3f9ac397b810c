"""The first journey: open the page, look at the map, read a cell, type a text of one's own."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, Route, expect

from model_backend import Measure

MAP = "#explore-heatmap .js-plotly-plot"
WAIT = 60_000


@pytest.fixture()
def explore(page: Page, server: str, console: list[str]) -> Iterator[Page]:
    page.goto(server)
    wait_for_map(page, "Paris")
    yield page


def wait_for_map(page: Page, token: str) -> None:
    """Until the map on screen has this token among its columns."""
    page.wait_for_function(
        "token => window.layerscope?.maps?.explore?.meta?.tokens.join('').includes(token)"
        " && !document.getElementById('explore-card').classList.contains('is-busy')",
        arg=token,
        timeout=WAIT,
    )
    expect(page.locator(f"{MAP} .hm image")).to_have_count(1, timeout=WAIT)


def run(page: Page, text: str) -> None:
    page.get_by_label("Text", exact=True).fill(text)
    page.get_by_role("button", name="Run").click()


def point(page: Page, row: int, position: int) -> tuple[float, float]:
    """Where a cell's middle is on screen."""
    box = page.locator(f"{MAP} .nsewdrag[data-subplot=xy]").bounding_box()
    assert box
    rows, columns = page.evaluate("[layerscope.maps.explore.rows, layerscope.maps.explore.columns]")
    across = (position + 0.5) / columns * box["width"]
    down = (rows - row - 0.5) / rows * box["height"]
    return box["x"] + across, box["y"] + down


def hover(page: Page, row: int, position: int) -> Locator:
    x, y = point(page, row, position)
    page.mouse.move(x - 2, y)
    page.mouse.move(x, y)
    tooltip = page.locator(".tooltip.is-shown")
    expect(tooltip).to_be_visible()
    return tooltip


def test_the_examples_map_appears_by_itself(explore: Page) -> None:
    ticks = explore.locator(f"{MAP} .xtick").all_text_contents()
    assert "·Paris" in ticks
    rows = explore.locator(f"{MAP} .ytick").all_text_contents()
    assert rows[0] == "embed"


def test_a_hover_reads_the_cell_and_asks_the_server_nothing(explore: Page) -> None:
    hover(explore, 2, 3)
    expect(explore.locator(".tooltip-bar")).to_have_count(5)
    requests: list[Request] = []
    explore.on("request", lambda request: requests.append(request))
    tooltip = hover(explore, 5, 4)
    expect(tooltip).to_contain_text("layer 5")
    expect(tooltip).to_contain_text("position 4")
    expect(tooltip).to_contain_text("intensity")
    shares = explore.locator(".tooltip-bar span").all_text_contents()
    assert len(shares) == 5
    assert all(re.fullmatch(r"(\d+\.\d|<0\.1)%", share) for share in shares)
    assert requests == []


def test_a_click_opens_the_cell_beside_the_map_with_all_there_is(explore: Page) -> None:
    explore.mouse.click(*point(explore, 4, 5))
    panel = explore.locator("#explore-cell")
    expect(panel).to_contain_text("layer 4")
    expect(panel).to_contain_text("position 5")
    expect(panel.locator(".predictions").first.locator("li")).to_have_count(10)
    expect(panel.locator(".paths polyline")).to_have_count(10)
    expect(panel.locator(".paths .others title")).to_have_count(5)
    expect(panel.locator(".legend .others")).to_have_text("the 5 after them")
    expect(panel.locator(".attention svg")).to_have_count(2)
    panel.locator(".attention rect").first.hover()
    expect(panel.locator(".chart-note").first).to_contain_text(
        re.compile(r"head \d+ · .* · [\d.]+%")
    )
    expect(explore.locator(f"{MAP} > .outline.is-open")).to_be_visible()
    expect(panel.locator(".write")).to_have_count(2)
    expect(panel).to_contain_text("promotes")
    expect(panel).to_contain_text("neuron ")
    expect(panel.locator(".values").first.locator("dt")).to_have_count(len(Measure))
    expect(panel.locator(".values").first).to_contain_text("probe score—")
    expect(panel).to_contain_text("Run a study of this model in Probe first.")
    map_box = explore.locator("#explore-card").bounding_box()
    panel_box = explore.locator("#explore-panel").bounding_box()
    assert map_box and panel_box
    assert map_box["x"] + map_box["width"] <= panel_box["x"]


def test_pins_are_compared_and_survive_a_change_of_measure(explore: Page) -> None:
    panel, table = explore.locator("#explore-cell"), explore.locator("#explore-compared")
    for row, position in ((4, 5), (9, 7)):
        explore.wait_for_timeout(600)  # or it would be a double click
        explore.mouse.click(*point(explore, row, position))
        expect(panel).to_contain_text(f"position {position}")
        panel.get_by_role("button", name="Pin", exact=True).click()
    expect(table.locator("thead th")).to_have_count(2)
    expect(table).to_contain_text("run a study first")
    choose(explore, "Measure", "residual norm")
    wait_for_name(explore, "residual norm")
    expect(table).to_contain_text("layer 9, position 7")
    expect(panel).to_contain_text("position 7")
    numbers = explore.locator(f"{MAP} .annotation-text").all_text_contents()
    assert [text for text in numbers if text.isdigit()] == ["1", "2"]
    table.get_by_role("button", name="Let go of pin 1").click()
    expect(table.locator("thead th")).to_have_count(1)


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


def test_attention_is_measured_when_it_is_chosen_and_the_page_says_so(explore: Page) -> None:
    notes = explore.locator("#explore-notes")
    expect(notes).not_to_contain_text("Attention weights")
    choose(explore, "Measure", "attention entropy")
    wait_for_name(explore, "attention entropy")
    expect(notes).to_contain_text("Attention weights were computed for this measure")


def test_a_finger_reads_a_cell_first_and_opens_it_at_the_second_tap(
    browser: Browser, server: str
) -> None:
    phone = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = phone.new_page()
    page.goto(server)
    wait_for_map(page, "Paris")
    page.locator(MAP).scroll_into_view_if_needed()
    page.touchscreen.tap(*point(page, 4, 5))
    expect(page.locator(".tooltip.is-shown")).to_contain_text("layer 4")
    expect(page.locator(f"{MAP} > .outline.is-pointed-at")).to_be_visible()
    expect(page.locator("#explore-panel")).to_contain_text("No cell open")
    page.wait_for_timeout(600)
    page.touchscreen.tap(*point(page, 4, 5))
    expect(page.locator("#explore-cell")).to_contain_text("position 5")
    phone.close()


def test_a_finger_reads_cells_of_one_map_after_another(browser: Browser, server: str) -> None:
    phone = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = phone.new_page()
    page.goto(f"{server}/#compare")
    for ids in ("left", "right", "difference"):
        expect(page.locator(f"#{ids}-heatmap .hm image")).to_have_count(1, timeout=WAIT)
    page.wait_for_function("() => !document.querySelector('.card.map.is-busy')", timeout=WAIT)
    page.get_by_role("heading", name="Layerscope").click()  # there a mouse is left to rest
    for ids, share in (("left", 0.3), ("difference", 0.3), ("left", 0.7)):
        plot = page.locator(f"#{ids}-heatmap .nsewdrag[data-subplot=xy]")
        plot.scroll_into_view_if_needed()
        box = plot.bounding_box()
        assert box
        plot.tap(position={"x": share * box["width"], "y": 0.52 * box["height"]})
        page.wait_for_timeout(1000)  # what a browser plays after a tap
        token = page.evaluate(
            "ids => (map => map.meta.tokens[map.tapped.column])(layerscope.maps[ids])", ids
        )
        expect(page.locator(".tooltip.is-shown code").first).to_have_text(token)
        expect(page.locator(f"#{ids}-heatmap .outline.is-pointed-at")).to_be_visible()
    page.locator("#left-text").tap()
    expect(page.locator(".tooltip.is-shown")).to_have_count(0)
    phone.close()


def test_a_text_of_ones_own_replaces_the_map(explore: Page) -> None:
    explore.get_by_label("Text", exact=True).fill("the cat and the hat")
    explore.keyboard.press("Control+Enter")
    wait_for_map(explore, "hat")
    ticks = explore.locator(f"{MAP} .xtick").all_text_contents()
    assert ticks.count("·the") == 1
    assert len(ticks) == explore.evaluate("layerscope.maps.explore.columns")


def test_an_example_runs_at_once(explore: Page) -> None:
    explore.get_by_text("A story").click()
    wait_for_map(explore, "Alice")
    expect(explore.get_by_label("Text", exact=True)).to_have_value(re.compile("Alice"))


@pytest.mark.parametrize("scale", ["raw", "log10"])
def test_every_scale_draws_and_gives_the_same_value(explore: Page, scale: str) -> None:
    before = value_at(explore, 3, 4)
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


@pytest.mark.parametrize("text", ["", "   \n "])
def test_no_text_gets_a_sentence_and_keeps_the_map(explore: Page, text: str) -> None:
    run(explore, text)
    expect(explore.get_by_role("alert")).to_contain_text("There is no text yet")
    assert "·Paris" in explore.locator(f"{MAP} .xtick").all_text_contents()


def test_an_error_goes_away_with_the_next_good_run(explore: Page) -> None:
    run(explore, "")
    expect(explore.get_by_role("alert")).to_be_visible()
    run(explore, "good again")
    wait_for_map(explore, "again")
    expect(explore.get_by_role("alert")).to_have_count(0)


def test_a_text_over_the_limit_is_kept_and_the_sentence_names_both_numbers(explore: Page) -> None:
    text = "word " * 6000
    run(explore, text)
    expect(explore.get_by_role("alert")).to_contain_text(re.compile(r"[\d,]+ tokens.*takes [\d,]+"))
    assert explore.get_by_label("Text", exact=True).input_value() == text


def test_markup_is_text_on_the_page(explore: Page) -> None:
    run(explore, "<b>bold</b> <img src=x onerror=alert(1)>")
    wait_for_map(explore, "bold")
    hover(explore, 2, 2)
    assert explore.locator("#explore-heatmap b, .tooltip b, .tooltip img").count() == 0


def test_a_model_that_is_missing_says_so_and_the_others_go_on(page: Page, server: str) -> None:
    page.goto(server)
    choose(page, "Model", "nobody/has-this-model")
    expect(page.get_by_role("alert")).to_contain_text("nobody/has-this-model", timeout=WAIT)
    page.get_by_label("Model", exact=True).first.click()
    expect(page.get_by_role("option", name="nobody/has-this-model (failed)")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Use builtin instead").click()
    wait_for_map(page, "Paris")


def test_one_outlier_among_thousands_of_tokens_is_drawn(explore: Page) -> None:
    drawn = explore.evaluate(
        """() => {
          const { maps: { explore }, draw } = layerscope;
          const z = new Float32Array(4 * 4096).fill(0.6);
          for (let k = 0; k < 64; k++) z[(k % 4) * 4096 + k * 63 + 7] = k % 2 ? 0.99 : 0.01;
          let text = "";
          for (const byte of new Uint8Array(z.buffer)) text += String.fromCharCode(byte);
          const map = { z: { dtype: "f4", shape: "4, 4096", bdata: btoa(text) }, colorbar: {} };
          const layout = { meta: { ...explore.meta }, margin: {}, xaxis: {}, yaxis: {} };
          const figure = draw(explore, { data: [map], layout });
          return figure.data[0].z.flat().filter(value => value !== null
            && Math.abs(value - 0.6) > 0.1).length;
        }"""
    )
    assert drawn == 64


def test_the_map_has_one_tab_stop_and_arrow_keys(explore: Page) -> None:
    explore.locator(MAP).focus()
    explore.keyboard.press("ArrowRight")
    tooltip = explore.locator(".tooltip.is-shown")
    expect(tooltip).to_contain_text("position 0")
    explore.keyboard.press("ArrowRight")
    explore.keyboard.press("ArrowDown")
    expect(tooltip).to_contain_text("position 1")
    explore.keyboard.press("Enter")
    expect(explore.locator("#explore-cell")).to_contain_text("position 1")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_a_phone(page: Page, server: str, console: list[str], scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(server)
    wait_for_map(page, "Paris")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_map_keeps_its_height_when_the_window_changes(explore: Page) -> None:
    before = explore.locator("#explore-heatmap").bounding_box()
    explore.set_viewport_size({"width": 1200, "height": 700})
    explore.wait_for_timeout(600)
    after = explore.locator(f"{MAP} .svg-container").bounding_box()
    assert before and after
    assert after["height"] == before["height"]
    assert after["width"] < before["width"]


def test_nothing_is_fetched_from_anywhere_else(page: Page, server: str) -> None:
    requests: list[Request] = []
    page.on("request", lambda request: requests.append(request))
    page.goto(server)
    wait_for_map(page, "Paris")
    addresses = {request.url for request in requests}
    assert all(url.startswith((server, "data:", "blob:")) for url in addresses)
    assert not any("Eiffel" in url for url in addresses)


def test_zoom_sliders_and_double_click_move_together(explore: Page) -> None:
    ranges = "() => { const { xaxis, yaxis } = document.querySelector(" + f"'{MAP}'" + ").layout;"
    ranges += " return [xaxis.range, yaxis.range] }"
    whole = explore.evaluate(ranges)
    explore.mouse.move(*point(explore, 12, 2))
    explore.mouse.down()
    explore.mouse.move(*point(explore, 6, 9), steps=5)
    explore.mouse.up()
    thumb = explore.locator("#view-explore").get_by_label("first of the tokens")
    expect(thumb).to_have_attribute("aria-valuenow", "2")
    expect(explore.locator("#view-explore").get_by_label("last of the layers")).to_have_attribute(
        "aria-valuenow", "12"
    )
    thumb.press("ArrowRight")
    explore.wait_for_function(
        f"() => document.querySelector('{MAP}').layout.xaxis.range[0] === 2.5"
    )
    box = explore.locator(f"{MAP} .nsewdrag[data-subplot=xy]").bounding_box()
    assert box
    explore.mouse.dblclick(box["x"] + 200, box["y"] + 100)
    explore.wait_for_function(
        f"() => document.querySelector('{MAP}').layout.xaxis.range[0] === -0.5"
    )
    assert explore.evaluate(ranges) == whole
    assert (
        explore.evaluate("layerscope.maps.explore.open") is None
    )  # neither click was meant for it


def test_a_zoom_survives_a_change_of_measure_on_map_and_sliders(explore: Page) -> None:
    axes = f"document.querySelector('{MAP}')._fullLayout"
    explore.mouse.move(*point(explore, 12, 2))
    explore.mouse.down()
    explore.mouse.move(*point(explore, 6, 9), steps=5)
    explore.mouse.up()
    explore.wait_for_function(f"() => {axes}.xaxis.range[0] === 1.5")
    before = explore.evaluate(f"[{axes}.xaxis.range, {axes}.yaxis.range]")
    for name in ("lens entropy", "residual norm"):
        choose(explore, "Measure", name)
        wait_for_name(explore, name)
        explore.wait_for_timeout(400)
        assert explore.evaluate(f"[{axes}.xaxis.range, {axes}.yaxis.range]") == before
    expect(explore.locator("#view-explore").get_by_label("first of the tokens")).to_have_attribute(
        "aria-valuenow", "2"
    )


def test_a_figure_that_comes_before_the_last_is_on_screen_keeps_the_zoom(explore: Page) -> None:
    ranges = explore.evaluate(
        """async () => {
          const map = layerscope.maps.explore, element = layerscope.graph(map);
          layerscope.zoomTo(map, { x: [2.5, 6.5], y: [1.5, 8.5] });
          await new Promise((resolve) => setTimeout(resolve, 100));
          const figure = dash_component_api.getLayout("explore-drawing").props.data;
          element.classList.remove("js-plotly-plot"); // as before Plotly has drawn anything
          const { xaxis, yaxis } = layerscope.draw(map, structuredClone(figure)).layout;
          element.classList.add("js-plotly-plot");
          return [xaxis.range, yaxis.range]; }"""
    )
    assert ranges == [[2.5, 6.5], [1.5, 8.5]]


def test_a_sink_left_out_is_marked_above_the_map(explore: Page) -> None:
    expect(explore.locator(f"{MAP} .annotation").filter(has_text="▾").first).to_be_visible()


def test_after_a_text_too_long_the_map_goes_on_showing_what_is_chosen(explore: Page) -> None:
    run(explore, "word " * 6000)
    expect(explore.get_by_role("alert")).to_contain_text("takes")
    choose(explore, "Measure", "lens entropy")
    wait_for_name(explore, "lens entropy")
    assert "·Paris" in explore.locator(f"{MAP} .xtick").all_text_contents()
    expect(explore.locator("#explore-facts")).to_contain_text("Eiffel")


def test_predictions_that_come_late_are_not_shown_for_another_text(explore: Page) -> None:
    held: list[Route] = []
    explore.route("**/_layerscope/predictions/*", lambda route: held.append(route), times=1)
    run(explore, "slow text")
    wait_for_map(explore, "slow")
    run(explore, "quick text")
    wait_for_map(explore, "quick")
    hover(explore, 2, 1)
    expect(explore.locator(".tooltip-bar")).to_have_count(5)
    held[0].continue_()
    explore.wait_for_timeout(500)
    hover(explore, 3, 1)
    expect(explore.locator(".tooltip-bar")).to_have_count(5)


def test_a_cell_clicked_again_is_let_go(explore: Page) -> None:
    panel = explore.locator("#explore-panel")
    explore.mouse.click(*point(explore, 4, 5))
    expect(panel).to_contain_text("position 5")
    explore.wait_for_timeout(600)  # or it would be a double click
    explore.mouse.click(*point(explore, 4, 5))
    expect(panel).to_contain_text("No cell open")


def test_an_example_can_be_chosen_again(explore: Page) -> None:
    explore.locator("#view-explore").get_by_text("A sum").click()
    wait_for_map(explore, "plus")
    run(explore, "hello there")
    wait_for_map(explore, "there")
    explore.locator("#view-explore").get_by_text("A sum").click()
    wait_for_map(explore, "plus")
    expect(explore.get_by_label("Text", exact=True)).to_have_value(re.compile("plus"))


def test_a_server_that_is_gone_is_said_to_be_gone(page: Page, server: str) -> None:
    page.goto(server)
    wait_for_map(page, "Paris")
    page.route("**/_dash-update-component*", lambda route: route.abort())
    run(page, "nobody hears this")
    expect(page.get_by_role("alert")).to_contain_text("does not answer")
    expect(page.get_by_label("Text", exact=True)).to_have_value("nobody hears this")


def test_the_table_shows_the_same_numbers(explore: Page) -> None:
    shown = value_at(explore, 3, 1)
    explore.locator("#explore-show").get_by_text("table").click()
    cell = explore.locator(".ag-row[row-index='1'] [col-id='row3']")
    expect(cell).to_be_visible(timeout=WAIT)
    assert float(cell.inner_text()) * 100 == pytest.approx(float(shown.rstrip("%")), rel=5e-3)


def test_a_sentence_of_the_reading_outlines_its_cells(explore: Page) -> None:
    sentence = explore.locator(".observation:not(:disabled)").first
    sentence.click()
    outlines = explore.locator(f"{MAP} .shapelayer path")
    expect(outlines.first).to_be_attached()
    expect(sentence).to_have_attribute("aria-pressed", "true")
    sentence.click()
    expect(outlines).to_have_count(0)


def test_keys_follow_a_click_and_stay_within_a_zoom(explore: Page) -> None:
    explore.mouse.click(*point(explore, 5, 3))
    explore.keyboard.press("Shift+P")
    explore.wait_for_function("() => layerscope.maps.explore.pins.length === 1")
    number = explore.locator(f"{MAP} .annotation-text", has_text="1").last
    ink = explore.evaluate("getComputedStyle(document.body).color")
    assert number.evaluate("e => getComputedStyle(e).fill") != ink
    explore.keyboard.press("Escape")
    explore.wait_for_function("() => layerscope.maps.explore.open === null")
    explore.evaluate("layerscope.zoomTo(layerscope.maps.explore, {x: [5.5, 9.5], y: [7.5, 12.5]})")
    for key in ("ArrowRight", "ArrowLeft", "ArrowLeft", "ArrowUp"):
        explore.keyboard.press(key)
    assert explore.evaluate("layerscope.maps.explore.cursor") == {"row": 12, "column": 6}
    for _ in range(9):
        explore.keyboard.press("ArrowRight")
        explore.keyboard.press("ArrowDown")
    assert explore.evaluate("layerscope.maps.explore.cursor") == {"row": 8, "column": 9}


def test_a_question_mark_lists_the_keys(explore: Page) -> None:
    explore.locator(MAP).focus()
    explore.keyboard.press("?")
    expect(explore.get_by_role("dialog")).to_contain_text("open the cell")


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label).or_(page.get_by_label(label, exact=True)).first.click()
    page.get_by_role("option", name=option, exact=True).click()


def wait_for_name(page: Page, name: str) -> None:
    page.wait_for_function(
        "name => layerscope.maps.explore.meta.name === name", arg=name, timeout=WAIT
    )


def wait_for_scale(page: Page, scale: str) -> None:
    page.wait_for_function(
        "log10 => { const { meta } = layerscope.maps.explore;"
        " return meta.log10 === log10 && !meta.low }",
        arg=scale == "log10",
        timeout=WAIT,
    )


def value_at(page: Page, row: int, position: int) -> str:
    return hover(page, row, position).locator(".tooltip-value strong").first.inner_text()
