"""Zooming a map: dragging, sliders, double click, window size."""

from playwright.sync_api import Page, expect

from tests.browser.exploring import MAP, WAIT, choose, open_view, point, wait_for_name


def test_a_map_keeps_its_height_when_the_window_becomes_narrower(explore: Page) -> None:
    before = explore.locator("#explore-heatmap").bounding_box()
    explore.set_viewport_size({"width": 1200, "height": 1000})
    explore.wait_for_function(
        "() => { const graph = layerscope.graph(layerscope.maps.explore);"
        " return Math.abs(graph._fullLayout.width - graph.clientWidth) < 1"
        " && graph.clientWidth < 900 }",
        timeout=WAIT,
    )
    after = explore.locator(f"{MAP} .svg-container").bounding_box()
    assert before and after
    assert abs(after["height"] - before["height"]) < 60  # the line of controls may become two
    assert after["width"] < before["width"]


def test_zoom_sliders_and_double_click_move_together(explore: Page) -> None:
    ranges = "() => { const { xaxis, yaxis } = document.querySelector(" + f"'{MAP}'" + ").layout;"
    ranges += " return [xaxis.range, yaxis.range] }"
    whole = explore.evaluate(ranges)
    explore.mouse.move(*point(explore, 12, 2))
    explore.mouse.down()
    explore.mouse.move(*point(explore, 6, 9), steps=5)
    explore.mouse.up()
    open_view(explore)
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


def test_the_reading_follows_what_is_in_view(explore: Page) -> None:
    drawn = explore.locator("#explore-reading .observation").first
    expect(drawn).to_contain_text(" rows, ", timeout=WAIT)
    expect(drawn).not_to_contain_text("In view")
    explore.mouse.move(*point(explore, 12, 2))
    explore.mouse.down()
    explore.mouse.move(*point(explore, 6, 9), steps=5)
    explore.mouse.up()
    expect(drawn).to_contain_text("In view: 7 rows, 8 tokens")
    box = explore.locator(f"{MAP} .nsewdrag[data-subplot=xy]").bounding_box()
    assert box
    explore.mouse.dblclick(box["x"] + 200, box["y"] + 100)
    expect(drawn).not_to_contain_text("In view")


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


def wait_for_view(page: Page, *first_and_last: list[int]) -> None:
    """Wait until just these rows, and these columns, are drawn."""
    page.wait_for_function(
        "wanted => { const { yaxis, xaxis } ="
        " layerscope.graph(layerscope.maps.explore)._fullLayout;"
        " const drawn = [yaxis, xaxis].map(({ range: [low, high] }) => [low + 0.5, high - 0.5]);"
        " return JSON.stringify(drawn) === JSON.stringify(wanted) }",
        arg=first_and_last,
    )


def test_each_slider_has_an_axis_of_its_own_and_a_double_click_shows_all(explore: Page) -> None:
    rows, columns = explore.evaluate("(map => [map.rows, map.columns])(layerscope.maps.explore)")
    view, first = explore.locator("#view-explore"), explore.locator(f"{MAP} .ytick").first
    expect(first).to_have_text("embed")
    open_view(explore)
    for end, key in (("first", "ArrowRight"), ("last", "ArrowLeft")):
        view.get_by_label(f"{end} of the layers").press(key)
    expect(first).to_have_text("1")
    wait_for_view(explore, [1, rows - 2], [0, columns - 1])
    for end, key in (("first", "ArrowRight"), ("last", "ArrowLeft")):
        view.get_by_label(f"{end} of the tokens").press(key)
        view.get_by_label(f"{end} of the tokens").press(key)
    expect(explore.locator(f"{MAP} .xtick")).to_have_count(columns - 4)
    wait_for_view(explore, [1, rows - 2], [2, columns - 3])
    explore.locator(f"{MAP} .nsewdrag[data-subplot=xy]").dblclick()
    expect(first).to_have_text("embed")
    wait_for_view(explore, [0, rows - 1], [0, columns - 1])
    expect(view.get_by_label("last of the tokens")).to_have_attribute(
        "aria-valuenow", str(columns - 1)
    )


def test_a_window_that_becomes_narrow_or_wide_draws_the_map_for_it(explore: Page) -> None:
    bars = explore.locator(f"{MAP} .colorbar")
    sizes = []
    for width in (390, 1440):
        explore.set_viewport_size({"width": width, "height": 900})
        expect(explore.locator(f"{MAP} .colorbar .cbfill")).to_have_count(1)
        explore.wait_for_function(
            "width => { const graph = layerscope.graph(layerscope.maps.explore);"
            " return (graph.data[0].colorbar.yanchor === 'bottom') === width < 640"
            " && Math.abs(graph._fullLayout.width - graph.clientWidth) < 1 }",
            arg=width,
        )
        expect(bars).to_have_count(1)
        box = explore.locator(f"{MAP} .nsewdrag[data-subplot=xy]").bounding_box()
        assert box
        sizes.append(box)
    assert all(size["height"] > 200 for size in sizes)
    assert sizes[0]["width"] > 230
    assert sizes[1]["width"] > 600
