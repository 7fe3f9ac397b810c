"""A probe score in Explore and Ask: who offers it, what it rests on, and what is said of it."""

import csv
import io
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient

from dashboard.drawing.colours import NEUTRAL
from dashboard.drawing.figures import draw as draw_map
from dashboard.maps.inspection_map import InspectionMap
from dashboard.maps.load_map import load_map
from dashboard.maps.map_data import MapData
from dashboard.maps.measure_choices import MeasureChoices, find_choices, for_browser
from dashboard.maps.probe_score import position_choices
from dashboard.maps.read import read as read_map
from dashboard.maps.view_options import ViewOptions, make_view_options
from dashboard.page.ids import EXPLORE, Page
from dashboard.views.ask.answer_map import AnswerMap, Axis
from dashboard.views.explore.text_map import TextMap
from model_backend import (
    BadRequest,
    FileBackend,
    Measure,
    Scale,
    Site,
    UnknownStudy,
)
from tests.dashboard.views.ask.test_ask import REQUEST as QUESTION
from tests.dashboard.views.explore.test_explore import REQUEST, call, draw, error_of, read
from tests.model_backend.fake_study_service import make_study
from tests.model_backend.fakes import FakeBackend, make_inspection

SCORE = Measure.PROBE_SCORE
STUDY = "20260101-120000-places"
ASKED = {**QUESTION, "answer_ids": [0, 1, 2, 3, 4], "axis": Axis.NAMED}
OFFERED = "..{0}-measure.data...{0}-measure.value...{0}-offers.data.."
POSITIONS = f"..{EXPLORE.probe}.data...{EXPLORE.probe}.value.."
OPTIONS = ViewOptions(SCORE, Scale.RAW, study=STUDY)


def offer(client: FlaskClient, measure: str = SCORE) -> Any:
    """Choices sent to the page when a study has finished."""
    inputs = {f"{Page.FINISHED}.data": STUDY, f"{Page.IMPORTED}.data": None}
    state: dict[str, Any] = {
        f"{EXPLORE.request}.data": REQUEST,
        f"{EXPLORE.measure}.value": measure,
    }
    state |= {f"{EXPLORE.offers}.data": None}
    dependencies = client.get("/_dash-dependencies").get_json()
    output = next(one["output"] for one in dependencies
                  if f"{EXPLORE.measure}.data@" in one["output"])  # fmt: skip
    answer = call(client, output, inputs, **state)["response"]
    return answer


def option(groups: list[dict[str, Any]]) -> dict[str, Any]:
    return next(item for group in groups for item in group["items"] if item["value"] == SCORE)


def answer_map(backend: FakeBackend, options: ViewOptions = OPTIONS) -> MapData:
    return load_map(AnswerMap(backend), backend, ASKED, options)


def text_map(backend: FakeBackend, options: ViewOptions = OPTIONS) -> MapData:
    return load_map(TextMap(backend), backend, REQUEST, options)


def test_a_finished_study_of_these_weights_offers_the_score_and_what_it_is_worth(
    client: FlaskClient,
) -> None:
    found = offer(client)
    assert not option(found[EXPLORE.measure]["data"])["disabled"]
    studies = found[EXPLORE.offers]["data"]["studies"]
    assert studies == [{"value": STUDY, "label": "places · nested AUC 0.82 · n 60 · 2026-01-01"}]
    sites = found[EXPLORE.offers]["data"]["sites"][STUDY]
    assert [(site["value"], site["disabled"]) for site in sites] == [
        ("resid_post", False),
        ("attn_out", True),
        ("mlp_out", True),
    ]


def test_a_measure_that_stays_is_not_drawn_anew_when_a_study_has_finished(
    client: FlaskClient,
) -> None:
    assert "value" not in offer(client, Measure.LENS_ENTROPY).get(EXPLORE.measure, {})


def test_without_a_study_there_is_no_score_and_it_says_what_to_do(
    client: FlaskClient, backend: FakeBackend
) -> None:
    backend.study_service._studies.clear()
    found = offer(client)
    shown = option(found[EXPLORE.measure]["data"])
    assert shown["disabled"] and shown["label"] == "probe score (run a study first)"
    assert shown["hint"] == "Run a study of this model in Probe first."
    assert found[EXPLORE.measure]["value"] == Measure.LENS_CONFIDENCE  # in its place


def test_a_study_of_other_weights_is_no_study_of_these(backend: FakeBackend) -> None:
    inspection = replace(make_inspection("one two"), revision="2" * 64)
    why = find_choices(backend, inspection).why_not(SCORE)
    assert why is not None
    assert why.short == "studied with other weights"
    assert "revision 1; this is 2222222222" in why.sentence


def test_a_study_counts_by_its_weights_whatever_the_model_was_called(backend: FakeBackend) -> None:
    study = make_study()
    card = replace(study.card, model="what they call it")
    backend.study_service._studies[STUDY] = replace(study, card=card)
    assert find_choices(backend, make_inspection("one two")).why_not(SCORE) is None


def test_a_map_from_a_file_has_no_activations_to_score(backend: FakeBackend) -> None:
    inspection = make_inspection("one two", model="fake from file 0123456789abcdef")
    why = find_choices(FileBackend(backend), inspection).why_not(SCORE)
    assert why is not None and "came from a file" in why.sentence


def test_before_anything_is_computed_a_study_is_asked_for() -> None:
    assert option(MeasureChoices().measures())["disabled"]


def test_the_positions_of_a_study_are_offered_and_its_best_one_chosen(client: FlaskClient) -> None:
    def positions(chosen: str | None) -> Any:
        state: dict[str, Any] = {f"{EXPLORE.probe}.value": chosen}
        found = call(client, POSITIONS, {f"{EXPLORE.study}.value": STUDY}, **state)
        return found["response"][EXPLORE.probe]

    assert positions(None)["value"] == positions("-8")["value"] == "exact_answer_last"
    assert positions("last_q")["value"] == "last_q"
    disabled = [one["value"] for one in positions(None)["data"] if one["disabled"]]
    assert disabled == ["-8"]  # no answer of the study is as long


def test_every_token_is_scored_by_the_probe_of_the_chosen_position(client: FlaskClient) -> None:
    meta = draw(client, MEASURE=SCORE, STUDY=STUDY, PROBE="last_q")["response"]
    meta = meta[EXPLORE.drawing]["data"]["layout"]["meta"]
    assert (meta["study"], meta["probe"]) == (STUDY, "last_q")
    assert meta["source"] == "study of places, 60 answers, nested AUC 0.820"
    auc = make_study().maps[Site.RESID_POST].auc[:, 0]
    assert meta["lines"][0]["values"] == [[value] for value in auc]  # one for all tokens


def test_going_back_and_forth_computes_nothing(client: FlaskClient, backend: FakeBackend) -> None:
    for measure in (SCORE, Measure.LENS_ENTROPY, SCORE):
        for probe in ("last_q", "-1"):
            draw(client, MEASURE=measure, STUDY=STUDY, PROBE=probe)
    assert (backend.asked["inspect"], backend.asked["probe_scores"]) == (1, 2)


def test_named_columns_are_scored_by_their_own_probes(backend: FakeBackend) -> None:
    map_ = answer_map(backend)
    assert map_.columns is not None
    assert map_.probes == tuple(column.name for column in map_.columns)
    np.testing.assert_array_equal(
        map_.lines[0].values, make_study().maps[Site.RESID_POST].auc
    )  # in the order of the names, which is that of the columns
    assert (map_.measure, map_.grid.source) == (
        SCORE,
        "study of places, 60 answers, nested AUC 0.820",
    )


def test_columns_without_a_token_or_a_probe_are_missing_and_said(backend: FakeBackend) -> None:
    answer_ids = [0, 1, 2, 3, 4, 5, 6, 7]  # as long as -8
    asked = {**ASKED, "answer_ids": answer_ids, "mark": []}
    map_ = load_map(AnswerMap(backend), backend, asked, OPTIONS)
    names = [column.name for column in map_.columns or ()]
    meta = draw_map(map_).layout.meta
    empty = {names[column] for column in meta["empty"]}
    assert "-8" in empty and "exact_answer_first" in empty and "-7" not in empty
    said = " ".join(map_.notes)
    assert "Dotted: -8: no probe in this study, so no score." in said
    assert "Dotted: exact_answer_before_first" in said


def test_the_colours_are_the_same_on_every_map_and_part_at_one_half(backend: FakeBackend) -> None:
    options = make_view_options(SCORE, None, Scale.INTENSITY, study=STUDY)
    heatmap = draw_map(text_map(backend, options)).data[0]
    assert (heatmap.zmin, heatmap.zmax) == (0, 1)
    assert heatmap.z.max() == pytest.approx(0.905)  # the numbers themselves
    assert {colour for place, colour in heatmap.colorscale if place == 0.5} == {NEUTRAL}


def test_what_may_be_chance_is_hatched_where_there_is_a_score(backend: FakeBackend) -> None:
    map_ = answer_map(backend)
    found = make_study().maps[Site.RESID_POST]
    expected = (found.auc < found.threshold) & np.isfinite(map_.grid.values)
    dimmed = draw_map(map_).layout.meta["dimmed"]
    assert dimmed == np.argwhere(expected).tolist() and dimmed
    assert f"Hatched: {len(dimmed)} cells, where the probe's AUC" in " ".join(map_.notes)


def test_where_it_would_be_too_many_strokes_the_layers_are_only_named(backend: FakeBackend) -> None:
    options, asked = replace(OPTIONS, position="-1"), {**REQUEST, "text": "word " * 2_001}
    long = load_map(TextMap(backend), backend, asked, options)
    assert "dimmed" not in draw_map(long).layout.meta
    assert "May be chance: layers embed" in " ".join(long.notes)


def test_the_reading_has_a_caution_of_its_own_and_the_studys_worth(client: FlaskClient) -> None:
    said = read(client, SCORE, STUDY, "last_q")
    assert "an extrapolation" in said
    assert "It rests on the study of places, 60 answers, nested AUC 0.820" in said
    assert "calls an answer as likely right as wrong" in said
    assert "nothing is found" not in said
    assert "P(correct) 0.9" in said


def test_another_number_type_than_the_studys_is_said(backend: FakeBackend) -> None:
    study = make_study()
    backend.study_service._studies[STUDY] = replace(study, provenance={"dtype": "8bit"})
    assert "The study ran in 8bit, this map in float32." in text_map(backend).notes


def test_a_study_that_is_gone_gets_a_sentence(client: FlaskClient, backend: FakeBackend) -> None:
    backend.study_service._studies.clear()
    refused = draw(client, MEASURE=SCORE, STUDY=STUDY, PROBE="last_q")
    assert error_of(refused) == f"There is no study {STUDY!r} here."
    with pytest.raises(UnknownStudy):
        position_choices(backend.study(STUDY), None)


def test_a_score_of_no_study_is_asked_to_name_one(client: FlaskClient) -> None:
    assert "Choose a study" in error_of(draw(client, MEASURE=SCORE))


def test_the_table_of_what_is_on_screen_says_which_probe_scored_a_cell(
    client: FlaskClient,
) -> None:
    asked = {"measure": SCORE, "study": STUDY, "request": REQUEST, "probe": "last_q"}
    answer = client.post("/_layerscope/export/explore/csv", json=asked)
    lines = list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    assert len(lines) == 4 * 4
    assert {(line["study"], line["probe"]) for line in lines} == {(STUDY, "last_q")}
    assert float(lines[-1]["value"]) == pytest.approx(0.9)
    asked = {"measure": SCORE, "study": STUDY, "request": ASKED}
    answer = client.post("/_layerscope/export/ask/csv", json=asked)
    lines = list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    assert lines and all(line["probe"] == line["name"] for line in lines)


@pytest.mark.parametrize("kind", ["json", "npz"])
def test_files_of_all_measures_are_written_while_a_score_is_on_screen(
    client: FlaskClient, kind: str
) -> None:
    asked = {"measure": SCORE, "study": STUDY, "request": REQUEST, "probe": "last_q"}
    assert client.post(f"/_layerscope/export/explore/{kind}", json=asked).status_code == 200


def test_the_browser_is_told_whether_columns_have_probes_of_their_own(backend: FakeBackend) -> None:
    assert for_browser(backend, AnswerMap(backend).inspection_map(ASKED))["named"] is True
    tokens = {**ASKED, "axis": Axis.ALL}
    assert for_browser(backend, AnswerMap(backend).inspection_map(tokens))["named"] is False


def test_compare_offers_no_probe_score_and_says_where_there_is_one(client: FlaskClient) -> None:
    layout = json.dumps(client.get("/_dash-layout").get_json())
    assert "probe score (in Explore and Ask)" in layout


def test_one_token_scored_by_several_probes_is_not_one_column(backend: FakeBackend) -> None:
    """``-1`` is the last of many names that share the five tokens of the answer."""
    said = " ".join(one.text for one in read_map(answer_map(backend)).observations)
    assert "12 of 48 cells are by probes above chance" in said
    assert "Highest: P(correct) 0.914 at layer 3, " in said and "(-1)" in said
    assert "counted once" not in said


def test_inspections_have_no_score_of_their_own(backend: FakeBackend) -> None:
    with pytest.raises(BadRequest, match="There is no probe score here"):
        InspectionMap(make_inspection("one two")).grid(SCORE)
