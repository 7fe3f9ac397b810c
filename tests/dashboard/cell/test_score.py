"""The probe score of an opened cell is that of its map, or a dash with the reason."""

from dataclasses import replace
from typing import Any

from flask.testing import FlaskClient

from dashboard.cell.score import say_scores
from dashboard.maps.inspection_map import MapSource
from dashboard.maps.load_map import load_map
from dashboard.maps.view_options import ViewOptions
from dashboard.page.ids import EXPLORE
from dashboard.page.requests import Request
from dashboard.views.ask.answer_map import AnswerMap
from dashboard.views.explore.text_map import TextMap
from model_backend import Measure, Scale, Site
from tests.dashboard.maps.test_probe_score import ASKED, STUDY
from tests.dashboard.views.explore.test_explore import REQUEST, call
from tests.model_backend.fake_study_service import make_study
from tests.model_backend.fakes import FakeBackend

NOTHING_CHOSEN = {"study": None}  # as JSON has it: what is undefined in the browser is left out


def cell(request: Request, row: int, position: int, column: int) -> Request:
    return {**request, "row": row, "position": position, "column": column}


def said(
    source: MapSource, backend: FakeBackend, *cells: Request, **chosen: Any
) -> list[dict[str, str]]:
    found = say_scores(source, backend, cells, {**NOTHING_CHOSEN, **chosen})
    assert [one["cell"] for one in found] == list(cells)
    return [one["score"] for one in found]


def test_the_score_is_that_of_the_cell_in_its_map(backend: FakeBackend) -> None:
    source = TextMap(backend)
    options = ViewOptions(Measure.PROBE_SCORE, Scale.RAW, study=STUDY, position="last_q")
    grid = load_map(source, backend, REQUEST, options).grid
    cells = [cell(REQUEST, 3, 2, 2), cell(REQUEST, 0, 1, 1)]
    found = said(source, backend, *cells, study=STUDY, probe="last_q")
    assert [one["value"] for one in found] == [
        f"P(correct) {grid.values[3, 2]:.3f}",
        f"P(correct) {grid.values[0, 1]:.3f}",
    ]
    assert found[0]["whose"] == "probe of last_q, resid_post"


def test_columns_of_one_token_have_each_its_own_probes_score(
    backend: FakeBackend,
) -> None:
    source = AnswerMap(backend)
    options = ViewOptions(Measure.PROBE_SCORE, Scale.RAW, study=STUDY)
    map_ = load_map(source, backend, ASKED, options)
    names = [column.name for column in map_.columns or ()]
    first, counted = names.index("first_answer"), names.index("-5")
    assert map_.positions[first] == map_.positions[counted]  # the five tokens of the answer
    cells = [cell(ASKED, 3, map_.positions[at] or 0, at) for at in (first, counted)]
    found = said(source, backend, *cells)
    grid = map_.grid.values
    assert [one["value"] for one in found] == [f"P(correct) {grid[3, at]:.3f}"
                                               for at in (first, counted)]  # fmt: skip
    assert found[0]["value"] != found[1]["value"]
    assert found[1]["whose"] == "probe of -5, resid_post"
    assert "extrapolation" not in found[1]["about"]


def test_what_is_said_with_it_is_what_its_probe_is_worth(
    backend: FakeBackend,
) -> None:
    [found] = said(TextMap(backend), backend, cell(REQUEST, 3, 2, 2))
    study, at = make_study(), (3, make_study().card.best.cell.position)
    auc = study.maps[Site.RESID_POST]
    assert found["about"].startswith(
        f"Probe of exact_answer_last, resid_post: AUC {auc.auc[at]:.3f} "
        f"({auc.low[at]:.3f} to {auc.high[at]:.3f}) in the study of places"
    )
    assert "anywhere else the score is an extrapolation" in found["about"]
    [weak] = said(TextMap(backend), backend, cell(REQUEST, 0, 2, 2), probe="last_q")
    assert "may be chance" in weak["about"]


def test_a_question_of_the_study_itself_is_said_to_be_one(backend: FakeBackend) -> None:
    study = make_study()
    asked = (str(ASKED["question"]), *study.examples.question[1:])
    [new] = said(AnswerMap(backend), backend, cell(ASKED, 3, 2, 0))
    examples = replace(study.examples, question=asked)
    backend.study_service._studies[STUDY] = replace(study, examples=examples)
    [known] = said(AnswerMap(backend), backend, cell(ASKED, 3, 2, 0))
    assert known["value"] == new["value"]
    assert "fitted on this question" not in new["about"]
    assert "fitted on this question" in known["about"]


def test_the_newest_study_and_its_best_site_stand_in_for_what_is_not_there(
    backend: FakeBackend,
) -> None:
    chosen = {"study": "20200101-000000-gone", "site": "mlp_out"}
    [found] = said(TextMap(backend), backend, cell(REQUEST, 3, 2, 2), **chosen)
    assert found["value"].startswith("P(correct) 0.9")
    assert found["whose"] == "probe of exact_answer_last, resid_post"


def test_a_site_of_the_study_that_is_chosen_is_kept(backend: FakeBackend) -> None:
    study = make_study()
    maps = {**study.maps, Site.MLP_OUT: replace(study.maps[Site.RESID_POST], site=Site.MLP_OUT)}
    card = replace(study.card, sites=(Site.RESID_POST, Site.MLP_OUT))
    backend.study_service._studies[STUDY] = replace(study, card=card, maps=maps)
    [found] = said(TextMap(backend), backend, cell(REQUEST, 3, 2, 2), site="mlp_out")
    assert found["whose"] == "probe of exact_answer_last, mlp_out"


def test_without_a_score_there_is_a_dash_and_the_reason(backend: FakeBackend) -> None:
    at, study = cell(REQUEST, 3, 2, 2), backend.study_service._studies[STUDY]
    long = {**ASKED, "answer_ids": list(range(8))}  # no answer of the study is as long
    names = [column.name for column in AnswerMap(backend).inspection_map(long).columns or ()]
    [no_probe] = said(AnswerMap(backend), backend, cell(long, 3, 0, names.index("-8")))
    assert (no_probe["value"], no_probe["whose"]) == ("—", "no probe of -8")
    backend.study_service._studies[STUDY] = replace(
        study, card=replace(study.card, revision="2" * 64)
    )
    [other] = said(TextMap(backend), backend, at)
    assert (other["value"], other["whose"]) == ("—", "studied with other weights")
    backend.study_service._studies.clear()
    [none] = said(TextMap(backend), backend, at)
    assert (none["value"], none["whose"]) == ("—", "run a study first")
    assert none["about"] == "Run a study of this model in Probe first."


def test_a_score_that_fails_is_said_in_its_place(backend: FakeBackend) -> None:
    look = {"study": STUDY, "probe": "no such position"}
    [found] = said(TextMap(backend), backend, cell(REQUEST, 3, 2, 2), **look)
    assert found["value"] == "—" and "There is no position 'no such position'" in found["about"]


def test_an_opened_cell_and_a_pinned_one_keep_a_place_for_it(
    client: FlaskClient,
) -> None:
    at = cell(REQUEST, 2, 1, 1)
    opened = client.post("/_layerscope/cell/explore", json=at).get_data(as_text=True)
    answer = call(client, f"{EXPLORE.compared}.children", {f"{EXPLORE.pins}.data": [at]})
    pinned = answer["response"][EXPLORE.compared]["children"]["props"]["data-parts"]
    for shown in (opened, pinned):
        assert "probe score" in shown
        assert '"data-score":"value"' in shown and '"data-at":"2 1"' in shown


def test_scores_are_told_for_the_cells_that_are_asked_for(
    client: FlaskClient, backend: FakeBackend
) -> None:
    asked = {"cells": [cell(REQUEST, 3, 2, 2)], **NOTHING_CHOSEN}
    for _ in range(2):
        answer = call(client, f"{EXPLORE.scored}.data", {f"{EXPLORE.scoring}.data": asked})
    [found] = answer["response"][EXPLORE.scored]["data"]
    assert found["score"]["value"] == "P(correct) 0.905"
    assert backend.asked["probe_scores"] == 1


def test_compare_says_where_there_are_scores(client: FlaskClient) -> None:
    opened = {"kind": "text", "model": "fake", "text": "one two", "special_tokens": True}
    at = cell(opened, 2, 1, 1)
    shown = client.post("/_layerscope/cell/left", json=at).get_data(as_text=True)
    assert "Probe scores are shown in Explore and in Ask." in shown
