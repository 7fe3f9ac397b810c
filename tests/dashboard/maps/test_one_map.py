"""Every view yields one type; one function each draws, tabulates, saves, reads, subtracts it."""

import csv
import io
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import orjson
import pytest

from dashboard.drawing.figures import draw
from dashboard.maps.comparing.difference import difference
from dashboard.maps.export import export_csv, export_json, export_npz
from dashboard.maps.load_map import load_map
from dashboard.maps.map_data import MapData
from dashboard.maps.notes import map_notes
from dashboard.maps.read import read
from dashboard.maps.saved import map_from_file
from dashboard.maps.table import tabulate
from dashboard.maps.view_options import make_view_options
from dashboard.views.ask.answer_map import AnswerMap, Axis
from dashboard.views.compare.side import SideMap
from dashboard.views.explore.text_map import TextMap
from dashboard.views.probe.maps.auc_map import published_map
from dashboard.views.probe.maps.study_map import study_map
from model_backend import (
    Align,
    CellLine,
    InspectRequest,
    Kind,
    LayerTokenGrid,
    MapKind,
    Measure,
    Site,
    published_maps,
    read_archive,
    read_saved_map,
)
from tests.dashboard.views.ask.test_ask import REQUEST as QUESTION
from tests.model_backend.fake_study_service import make_study
from tests.model_backend.fakes import FakeBackend

BACKEND = FakeBackend()
ENTROPY = make_view_options("lens entropy", None, "raw")
ANSWER = {**QUESTION, "answer_ids": [0, 1, 2, 3, 4]}


def text(typed: str) -> MapData:
    return load_map(TextMap(BACKEND), BACKEND, asdict(InspectRequest("fake", typed)), ENTROPY)


def answer(axis: Axis) -> MapData:
    return load_map(AnswerMap(BACKEND), BACKEND, {**ANSWER, "axis": axis}, ENTROPY)


def side() -> MapData:
    request = {"kind": "text", "model": "fake", "text": "one two", "special_tokens": True}
    return load_map(SideMap(BACKEND), BACKEND, request, ENTROPY)


def study(rows: int = 5) -> MapData:
    return study_map(make_study(rows=rows), Site.RESID_POST)


def published(at: int = 0) -> MapData:
    return published_map(published_maps()[at])


def less(left: MapData, right: MapData, how: Align) -> MapData:
    found = difference(left, right, how)
    assert found is not None
    return found


OF_TEXTS: dict[str, Callable[[], MapData]] = {
    "Explore": lambda: text("one two three </s> four"),
    "Ask, named": lambda: answer(Axis.NAMED),
    "Ask, all": lambda: answer(Axis.ALL),
    "Compare": side,
}
OTHERS: dict[str, Callable[[], MapData]] = {
    "published": published,
    "study": study,
    "difference of texts": lambda: less(text("a b c"), text("b c d e"), Align.TOKEN),
    "difference of answers": lambda: less(answer(Axis.NAMED), answer(Axis.NAMED), Align.NAME),
    "difference of studies": lambda: less(study(5), study(3), Align.NAME),
    "difference of published maps": lambda: less(published(0), published(8), Align.NAME),
}


@pytest.mark.parametrize("make", [*OF_TEXTS.values(), *OTHERS.values()], ids=[*OF_TEXTS, *OTHERS])
def test_a_map_of_any_view_is_drawn_tabulated_saved_and_read(make: Callable[[], MapData]) -> None:
    map_ = make()
    n_rows, n_columns = map_.grid.values.shape
    figure = draw(map_)
    assert figure.data[0].z.shape == (n_rows, n_columns)
    assert figure.layout.meta["request"] == map_.request
    table: Any = tabulate(map_)[1]
    assert (len(table.rowData), f"column{n_columns - 1}" in table.rowData[0]) == (n_rows, True)
    lines = list(csv.DictReader(io.StringIO(export_csv(map_))))
    there = [at for at, position in enumerate(map_.positions) if position is not None]
    assert len(lines) == n_rows * len(there)
    written = np.array([float(line["value"] or "nan") for line in lines])
    assert np.array_equal(written, map_.grid.values[:, there].ravel(), equal_nan=True)
    assert read(map_).observations
    assert export_npz(map_)[:2] == b"PK" and export_json(map_)[:1] == b"{"


@pytest.mark.parametrize("make", OF_TEXTS.values(), ids=OF_TEXTS)
@pytest.mark.parametrize("write", [export_npz, export_json])
def test_the_file_of_a_text_holds_all_its_measures(
    make: Callable[[], MapData], write: Callable[[MapData], bytes]
) -> None:
    map_ = make()
    held = read_archive(write(map_)).inspection
    columns = [position for position in map_.positions if position is not None]
    shown = map_.grid.values[:, [at is not None for at in map_.positions]]
    assert np.array_equal(held.grids[Measure.LENS_ENTROPY].values[:, columns], shown)
    assert Measure.ATTENTION_ENTROPY in held.grids


@pytest.mark.parametrize("write", [export_npz, export_json])
def test_the_file_of_a_text_says_how_it_was_shown(write: Callable[[MapData], bytes]) -> None:
    view = read_archive(write(text("a b c"))).view
    assert (view["measure"], view["scale"]) == ("lens entropy", ENTROPY.scale.value)


@pytest.mark.parametrize("make", OTHERS.values(), ids=OTHERS)
@pytest.mark.parametrize("write", [export_npz, export_json])
def test_the_file_of_any_other_map_opens_as_the_same_picture_with_the_same_words(
    make: Callable[[], MapData], write: Callable[[MapData], bytes]
) -> None:
    map_ = make()
    opened = map_from_file(read_saved_map(write(map_)), map_.request)
    assert opened.kind is map_.kind and opened.provenance == map_.provenance
    metas = [draw(one).layout.meta | {"view": None} for one in (map_, opened)]
    assert _json(metas[0]) == _json(metas[1])
    heatmaps = [draw(one).data[0].to_plotly_json() for one in (map_, opened)]
    assert _json(heatmaps[0]) == _json(heatmaps[1])
    assert map_notes(opened) == map_notes(map_)
    assert [one.text for one in read(opened).observations] == [
        one.text for one in read(map_).observations
    ]
    assert export_csv(opened) == export_csv(map_)


def _json(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_SERIALIZE_NUMPY)


def test_a_table_has_the_intervals_of_a_study_and_where_it_is_from() -> None:
    first = next(csv.DictReader(io.StringIO(export_csv(study()))))
    auc = make_study(rows=5).maps[Site.RESID_POST]
    assert (first["token"], first["position"], first["unit"]) == ('"last_q"', "0", "AUC")
    assert float(first["95 % interval, low"]) == auc.low[0, 0]
    assert float(first["95 % interval, high"]) == auc.high[0, 0]
    assert (first["model"], first["of"]) == ("fake", "places, fake")


def test_a_table_is_exact_and_holds_no_formula() -> None:
    grid = LayerTokenGrid("=sum", np.array([[0.25, np.nan]]), ("embed",), ('"b",', "-8"), "nats")
    line = CellLine("share", grid.values, upper=grid.values + 1)
    written = export_csv(MapData(grid, title="=A1 minus B", lines=(line,)))
    assert written.splitlines() == [
        'layer,position,token,value,"share, low","share, high",measure,unit,site,model,revision,of',
        'embed,0,"""\\""b\\"",""",0.25,0.25,1.25,\'=sum,nats,,,,\'=A1 minus B',
        'embed,1,"""-8""",,,,\'=sum,nats,,,,\'=A1 minus B',
    ]


def test_a_difference_keeps_where_both_sides_came_from() -> None:
    made = less(text("a b"), text("a c"), Align.POSITION)
    assert made.kind is MapKind.DIFFERENCE
    assert [side.model for side in made.provenance.sides] == ["fake", "fake"]
    assert made.provenance.details == {"aligned by": "position"}
    assert [side["measure"] for side in made.view.values()] == ["lens entropy"] * 2


GRID = LayerTokenGrid(
    "effect", np.array([[1, 2, 3], [np.nan] * 3, [4, np.nan, 6], [np.nan] * 3, [7, 8, 9.0]]),
    ("embed", "1", "2", "3", "4"), ("a", "b", "c"), "nats",
)  # fmt: skip
UNFINISHED = MapData(GRID, request={"of": "a"}, missing_rows=(1, 3), title="a patched text")


def test_a_map_whose_rows_are_still_missing_says_how_many() -> None:
    said = "2 of 5 layers are not computed yet: 1, 3."
    assert map_notes(UNFINISHED) == [said]
    last = read(UNFINISHED).observations[-1]
    assert (last.text, last.kind) == (said, Kind.SURE)
    assert [region.first_row for region in last.regions] == [1, 3]


def test_rows_still_missing_are_drawn_as_such_and_cells_that_do_not_exist_are_not() -> None:
    layout = draw(UNFINISHED).layout
    assert [(shape.y0, shape.y1) for shape in layout.shapes] == [(0.5, 1.5), (2.5, 3.5)]
    assert [note.text for note in layout.annotations] == ["not computed yet"] * 2
    assert not draw(replace(UNFINISHED, missing_rows=())).layout.shapes


def test_rows_still_missing_next_to_each_other_are_marked_as_one() -> None:
    shapes = draw(replace(UNFINISHED, missing_rows=(3, 4))).layout.shapes
    assert [(shape.y0, shape.y1) for shape in shapes] == [(2.5, 4.5)]


def test_tables_and_files_tell_rows_still_missing_from_cells_that_do_not_exist() -> None:
    table: Any = tabulate(UNFINISHED)[1]
    assert [line["layer"] for line in table.rowData[:4]] == [
        "4", "3 (not computed yet)", "2", "1 (not computed yet)",
    ]  # fmt: skip
    lines = list(csv.DictReader(io.StringIO(export_csv(UNFINISHED))))
    assert [(line["layer"], line["value"], line["computed"]) for line in lines[3:8]] == [
        ("1", "", "no"), ("1", "", "no"), ("1", "", "no"), ("2", "4.0", "yes"), ("2", "", "yes"),
    ]  # fmt: skip
    assert read_saved_map(export_npz(UNFINISHED)).missing_rows == (1, 3)


def test_a_named_column_is_not_missing_because_its_rows_are() -> None:
    values = np.full((2, 2), np.nan)
    values[0] = [0.7, np.nan]
    grid = LayerTokenGrid("AUC", values, ("1", "2"), ("last_q", "-1"), named_columns=True)
    assert draw(MapData(grid, missing_rows=(1,))).layout.meta["positions"] == [0, None]
    nothing = MapData(replace(grid, values=values * np.nan), missing_rows=(0, 1))
    assert draw(nothing).layout.meta["positions"] == [0, 1]


def test_a_difference_misses_the_rows_that_either_side_misses() -> None:
    whole = replace(UNFINISHED, grid=replace(GRID, values=np.ones((5, 3))), missing_rows=(4,))
    made = less(UNFINISHED, whole, Align.POSITION)
    assert made.missing_rows == (1, 3, 4)
    assert np.array_equal(made.grid.values[0], [0, 1, 2])


def test_a_table_says_between_which_numbers_a_probability_and_a_difference_lie() -> None:
    options = make_view_options("lens confidence", None, "raw")
    asked = asdict(InspectRequest("fake", "one two"))
    shown = load_map(TextMap(BACKEND), BACKEND, asked, options)
    for map_, said in (
        (shown, "from 0 to 1"),
        (less(shown, shown, Align.POSITION), "from -1 to 1"),
    ):
        assert said in str(tabulate(map_)[0])


def test_the_reading_of_a_difference_speaks_of_two_maps() -> None:
    for made in (OTHERS["difference of texts"](), OTHERS["difference of studies"]()):
        said = " ".join(one.text for one in read(made).observations)
        assert "cells are above 0, where both maps are equal; " in said
        assert "A difference away from 0" in said and "nothing is found" not in said
