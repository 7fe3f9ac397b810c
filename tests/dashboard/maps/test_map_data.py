"""Columns of a map are positions of its inspection; one that is not there stays missing."""

from dataclasses import replace

import numpy as np

from dashboard.drawing.figures import draw
from dashboard.maps.inspection_map import InspectionMap
from dashboard.maps.load_map import map_of
from dashboard.maps.map_data import Bracket, CellText, Column, MapData
from dashboard.maps.notes import inspection_facts, inspection_notes
from dashboard.maps.view_options import ViewOptions
from model_backend import Measure, Scale, Span
from tests.model_backend.fakes import make_inspection

COLUMNS = (Column(3, "last_q"), Column(None, "first_answer"), Column(1, "-1"), Column(1, "-2"))
OPTIONS = ViewOptions(Measure.LENS_CONFIDENCE, Scale.RAW, Span.AUTO, with_sinks=False)


FOUND = InspectionMap(make_inspection("one two three four"), COLUMNS, (Bracket("answer", 1, 3),))


def make_map() -> MapData:
    return map_of(FOUND, OPTIONS)


def test_a_column_shows_the_numbers_of_its_position() -> None:
    whole = FOUND.inspection.grids[Measure.LENS_CONFIDENCE].values
    shown = make_map().grid.values
    np.testing.assert_array_equal(shown[:, [0, 2, 3]], whole[:, [3, 1, 1]])
    assert np.isnan(shown[:, 1]).all()


def test_its_numbers_know_which_token_each_column_is() -> None:
    assert make_map().grid.column_positions == (3, None, 1, 1)


def test_the_inspection_itself_is_left_as_it_is() -> None:
    make_map()
    assert np.isfinite(FOUND.inspection.grids[Measure.LENS_CONFIDENCE].values).all()


def test_a_sink_is_one_only_where_it_is_shown() -> None:
    inspection = make_inspection("one two three four")
    inspection.is_sink[0] = True
    columns = (Column(None), Column(0), Column(2))
    found = InspectionMap(inspection, columns)
    assert map_of(found, OPTIONS).left_out.tolist() == [False, True, False]


def test_the_browser_is_told_names_positions_and_what_is_missing() -> None:
    meta = draw(make_map()).layout.meta
    assert meta["names"] == ["last_q", "first_answer", "-1", "-2"]
    assert meta["positions"] == [3, None, 1, 1]
    assert meta["tokens"] == ["four", "—", "two", "two"]
    assert meta["ids"] == [3, None, 1, 1]


def test_a_bracket_is_a_line_over_its_columns_with_its_name() -> None:
    layout = draw(make_map()).layout
    assert [(line.x0, line.x1) for line in layout.shapes] == [(0.6, 3.4)]
    assert [note.text for note in layout.annotations] == ["answer"]


def test_by_default_every_token_is_a_column() -> None:
    map_ = map_of(InspectionMap(make_inspection("one two")), OPTIONS)
    assert map_.positions == (0, 1)
    assert map_.columns is None
    assert "positions" not in draw(map_).layout.meta


def test_a_column_knows_the_token_that_follows_it_in_the_text() -> None:
    whole = draw(map_of(InspectionMap(make_inspection("one two three four")), OPTIONS)).layout.meta
    assert whole["next"] == ["two", "three", "four", None]
    assert draw(make_map()).layout.meta["next"] == [None, None, "three", "three"]


def test_cells_of_lens_measures_show_tokens_and_others_their_values() -> None:
    found = InspectionMap(make_inspection("one two"))
    lens, norm = (map_of(found, ViewOptions(one)) for one in (OPTIONS.measure, Measure.UPDATE_SIZE))
    assert (lens.cell_text, norm.cell_text) == (CellText.TOKEN, CellText.VALUE)
    top_ids, top_probs = found.inspection.top_ids[..., :0], found.inspection.top_probs[..., :0]
    blind = replace(found.inspection, top_ids=top_ids, top_probs=top_probs)
    encoder = map_of(InspectionMap(blind), OPTIONS)
    assert encoder.cell_text is CellText.VALUE and draw(encoder).layout.meta["next"] == []
    assert MapData(found.grid(Measure.UPDATE_SIZE)).cell_text is CellText.NOTHING


def test_headings_and_titles_have_no_mark_of_a_token_that_carries_on_a_character() -> None:
    found = InspectionMap(make_inspection("<s> Ünïc ⋯ ode 日 ⋯ ⋯"))
    assert found.title == "Ünïcode日"
    assert inspection_facts(found)[0] == "fake: Ünïcode日"


def test_a_note_on_sinks_counts_them() -> None:
    inspection = make_inspection("one two three four five")
    said = {}
    for n_sinks in (1, 2):
        sinks = replace(inspection, is_sink=np.arange(5) < n_sinks)
        said[n_sinks] = next(iter(inspection_notes(InspectionMap(sinks), OPTIONS)))
    assert said[1].startswith("▾ position 0 is a sink: left out")
    assert said[2].startswith("▾ positions 0, 1 are sinks: left out")
