"""One function draws every grid, and draws what the grid says."""

import numpy as np

from dashboard.drawing.colours import DARK
from dashboard.drawing.figures import GRAPH_CONFIG, draw, grid_heatmap
from dashboard.maps.map_data import MapData, Marks
from dashboard.maps.view_options import ViewOptions
from model_backend import LayerTokenGrid, Measure, Scale, layer_labels, masked_rows


def make_grid(tokens: tuple[str, ...], n_layers: int = 2) -> LayerTokenGrid:
    values = np.arange((n_layers + 1) * len(tokens), dtype=np.float32).reshape(n_layers + 1, -1)
    return LayerTokenGrid("residual norm", values, layer_labels(n_layers), tokens)


def test_equal_tokens_keep_their_own_columns() -> None:
    figure = grid_heatmap(make_grid((" the", " cat", " the")))
    assert np.shape(figure.data[0].z) == (3, 3)
    assert dict(figure.layout.xaxis.labelalias) == {"0": "·the", "1": "·cat", "2": "·the"}


def test_markup_typed_by_a_person_is_shown_as_typed() -> None:
    figure = grid_heatmap(make_grid(("<b>", "</s>", "&amp;")))
    aliases = dict(figure.layout.xaxis.labelalias).values()
    assert list(aliases) == ["&lt;b&gt;", "&lt;/s&gt;", "&amp;amp;"]


def test_a_tick_between_two_tokens_has_no_tokens_name() -> None:
    axis = grid_heatmap(make_grid(("a", "b"))).layout.xaxis
    assert "0.5" not in axis.labelalias
    assert axis.tickformat == ".6~g"  # "d" would round 0.5 and show a token's name there


def test_the_embedding_is_at_the_bottom() -> None:
    axis = grid_heatmap(make_grid(("a", "b"))).layout.yaxis
    assert axis.labelalias["0"] == "embed"
    assert tuple(axis.range) == (-0.5, 2.5)


def test_numbers_travel_as_float32_and_not_as_a_list() -> None:
    z = grid_heatmap(make_grid(("a", "b"))).to_plotly_json()["data"][0]["z"]
    assert (z["dtype"], z["shape"]) == ("f4", "3, 2")


def test_intensity_is_blue_from_one_half_to_one() -> None:
    trace = grid_heatmap(make_grid(("a", "b", "c"))).data[0]
    assert (trace.zmin, trace.zmax) == (0.5, 1.0)
    assert trace.colorscale[0][1] == "#eaf2fb"
    assert trace.colorscale[-1][1] == "#08285a"


def test_positions_left_out_are_marked() -> None:
    left_out = np.array([True, False, False])
    figure = grid_heatmap(make_grid(("a", "b", "c")), left_out=left_out)
    assert [mark.x for mark in figure.layout.annotations] == [0]


def test_raw_shows_the_numbers_themselves() -> None:
    grid = make_grid(("a", "b"))
    np.testing.assert_array_equal(grid_heatmap(grid, scale=Scale.RAW).data[0].z, grid.values)


def test_no_graph_offers_to_send_the_chart_anywhere() -> None:
    assert GRAPH_CONFIG["showSendToCloud"] is False
    assert GRAPH_CONFIG["plotlyServerURL"] == ""


def test_the_profiles_stand_on_the_maps_own_axes() -> None:
    figure = grid_heatmap(make_grid(("a", "b", "c")))
    heatmap, *profiles = figure.data
    assert (heatmap.xaxis, heatmap.yaxis) == (None, None)  # x and y
    assert {(line.xaxis, line.yaxis) for line in profiles} == {("x2", "y"), ("x", "y2")}
    layout = figure.layout
    assert layout.xaxis2.domain[0] > layout.xaxis.domain[1]
    assert layout.yaxis2.domain[1] < layout.yaxis.domain[0]


def test_a_map_with_a_middle_always_shows_it() -> None:
    grid = LayerTokenGrid("auc", np.array([[0.7, 0.9]]), ("1",), ("a", "b"), midpoint=0.5)
    trace = grid_heatmap(grid, scale=Scale.RAW).data[0]
    assert (trace.zmin, trace.colorscale[0][1]) == (0.5, "#eaf2fb")


def test_maps_with_the_same_ends_share_one_scale() -> None:
    grids = [make_grid(("a", "b")), make_grid(("a", "b", "c"), n_layers=5)]
    traces = [grid_heatmap(grid, scale=Scale.RAW, ends=(-1.0, 30.0)).data[0] for grid in grids]
    assert {(trace.zmin, trace.zmax) for trace in traces} == {(-1.0, 30.0)}


def test_the_figure_says_which_columns_are_left_out_of_its_colours() -> None:
    left_out = np.array([True, False, True])
    grid = make_grid(("<s>", "a", "."))
    for scale in Scale:
        figure = grid_heatmap(grid, scale=scale, left_out=left_out)
        assert figure.layout.meta["leftOut"] == [0, 2]
    assert grid_heatmap(grid).layout.meta["leftOut"] == []


def make_rank_map(values: np.ndarray, measure: Measure, scale: Scale = Scale.AUTO) -> MapData:
    """A map of three layers and any number of tokens, as a view makes it."""
    tokens = tuple("abcdefghijklm"[: values.shape[1]])
    grid = LayerTokenGrid(measure.label, values, layer_labels(2), tokens, unit=measure.spec.unit)
    marks = Marks(masked_rows=masked_rows(measure))
    return MapData(grid, colours=ViewOptions(measure, scale).colours, marks=marks)


RANKS = np.array([[49_000.0, 7.0, 30_000.0], [1_000.0, 100.0, 10.0], [100.0, 1.0, 1.0]])


def test_ranks_are_logarithms_with_their_own_numbers_and_rank_1_is_darkest() -> None:
    trace = draw(make_rank_map(RANKS, Measure.NEXT_TOKEN_RANK)).data[0]
    np.testing.assert_allclose(trace.z, np.log10(RANKS), rtol=1e-6)
    low, high = np.percentile(np.log10(RANKS[1:]), [2, 98])  # the embedding has no say
    np.testing.assert_allclose((trace.zmin, trace.zmax), (low, high))
    assert trace.colorscale[0] == (0.0, "#08285a") and trace.colorscale[-1] == (1.0, "#eaf2fb")
    assert trace.colorbar.title.text == "next-token rank"
    assert list(trace.colorbar.ticktext) == ["1", "10", "100"]
    np.testing.assert_allclose(trace.colorbar.tickvals, [0, 1, 2])


def test_the_last_ranks_before_the_answer_have_colours_far_apart() -> None:
    found = np.array([[5e4, 5e4], [5e4, 5e4], [396, 1.0]])
    trace = draw(make_rank_map(found, Measure.NEXT_TOKEN_RANK)).data[0]
    shares = (trace.z[2] - trace.zmin) / (trace.zmax - trace.zmin)
    assert shares[0] - shares[1] > 0.5  # as an intensity they were 0.51 and 0.50


def test_a_probability_is_drawn_as_itself_from_0_to_100_percent() -> None:
    values = np.array([[0.9, 0.9, 0.9], [0.0, 0.01, 0.02], [0.1, 0.2, 0.3]])
    trace = draw(make_rank_map(values, Measure.NEXT_TOKEN_PROBABILITY)).data[0]
    np.testing.assert_allclose(trace.z, values, rtol=1e-6)
    assert (trace.zmin, trace.zmax, trace.colorbar.tickformat) == (0.0, 1.0, "~%")
    stretched = draw(make_rank_map(values, Measure.NEXT_TOKEN_PROBABILITY, Scale.RAW)).data[0]
    assert stretched.zmax < 0.31  # the raw scale has the range of the cells


def test_the_embedding_of_a_lens_measure_sets_no_range() -> None:
    values = np.array([[190.0, 190.0, 190.0], [9.0, 8.0, 7.0], [3.0, 2.0, 0.0]])
    figure = draw(make_rank_map(values, Measure.LENS_KL))
    trace = figure.data[0]
    np.testing.assert_allclose((trace.zmin, trace.zmax), np.percentile(values[1:], [2, 98]))
    assert trace.colorbar.title.text == "lens KL to final, bits"
    assert figure.layout.meta["maskedRows"] == [0]


def test_the_intensity_of_a_rank_is_highest_at_rank_1() -> None:
    trace = draw(make_rank_map(RANKS, Measure.NEXT_TOKEN_RANK, Scale.INTENSITY)).data[0]
    assert trace.z[2, 1] > trace.z[1, 0]
    assert trace.colorscale[-1][1] == "#08285a"  # dark is 1.0


def test_a_figure_holds_the_colours_of_a_dark_page() -> None:
    figure = draw(make_rank_map(RANKS, Measure.NEXT_TOKEN_RANK))
    dark = figure.layout.meta["darkColours"]
    assert dark[0] == [0.0, DARK.blues[-1][1]] and dark[-1] == [1.0, DARK.blues[0][1]]


def test_close_logarithms_have_ticks_between_powers_of_ten() -> None:
    values = np.array([[1.0, 1.0], [20.0, 30.0], [40.0, 60.0]])
    bar = draw(make_rank_map(values, Measure.NEXT_TOKEN_RANK)).data[0].colorbar
    assert list(bar.ticktext) == ["30", "40", "50"]


def test_profiles_of_shares_count_in_percent_and_say_so() -> None:
    shares = np.eye(3, dtype=np.float32)
    grid = LayerTokenGrid("confidence", shares, layer_labels(2), ("a",) * 3, "probability")
    for axis in ("xaxis2", "yaxis2"):
        of_shares, of_norms = (
            grid_heatmap(one).layout[axis] for one in (grid, make_grid(("a", "b", "c")))
        )
        assert (of_shares.tickformat, of_norms.tickformat) == ("~%", None)
        assert of_shares.title.text.startswith("median in %")
        assert of_norms.title.text.startswith("median of")
