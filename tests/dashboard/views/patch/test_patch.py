"""The Patch view: what is known before Run, what is drawn of a map, and what is said of it."""

import json
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient

from dashboard.drawing.figures import draw
from dashboard.maps.comparing.difference import Comparison
from dashboard.maps.export import export_csv, export_json
from dashboard.maps.patch_map import patch_map
from dashboard.maps.read import read
from dashboard.maps.saved import map_from_file
from dashboard.maps.table import tabulate
from dashboard.notebook import show
from dashboard.page.ids import PATCH, PATCH_DIFFERENCE, PATCH_KEPT, Patch
from dashboard.views.patch.choices import EXAMPLES, read_controls, read_pairs, write_pairs
from dashboard.views.patch.kept import IDS
from dashboard.views.patch.routes import progress_for_browser, progress_line
from dashboard.views.patch.setup_panel import aligned, cost_line
from dashboard.views.patch.view import CHOSEN
from model_backend import (
    Align,
    BadRequest,
    JobState,
    JobStatus,
    PatchCost,
    PatchForm,
    PatchRequest,
    PatchWay,
    read_saved_map,
)
from tests.dashboard.views.explore.test_explore import call
from tests.model_backend.fake_patches import make_patch, make_setup

A, B = "the capital of Italy is", "the capital of Peru is"
REQUEST = PatchRequest("fake", A, B)
JSON = {**asdict(REQUEST), "job": "none"}
VALUES = ("fake", A, B, "", "", "resid_post", "denoising", "logit difference", 1, "", "", "text")
SETUP = (
    f"..{Patch.SETUP}.children...{Patch.ANSWER_A}.data...{Patch.ANSWER_B}.data"
    f"...{Patch.MEANING}.children.."
)
RUN = f"..{PATCH.request}.data...{Patch.STARTED}.data.."
DRAWN = (
    f"..{PATCH.drawing}.data...{PATCH.facts}.children...{PATCH.notes}.children"
    f"...{Patch.DRAWN}.data.."
)


def values(*given: Any) -> dict[str, Any]:
    return {f"{id_}.value": value for id_, value in zip(CHOSEN, given or VALUES, strict=True)}


def set_up(client: FlaskClient, *given: Any) -> Any:
    return call(client, SETUP, values(*given))["response"]


def run(client: FlaskClient) -> Any:
    clicks = {f"{Patch.RUN}.n_clicks": 1, f"{Patch.CHOSEN}.data": None}
    return call(client, RUN, clicks, **values())["response"]


def test_tokens_answers_gap_and_cost_are_there_before_anything_runs(client: FlaskClient) -> None:
    found = set_up(client)
    said = json.dumps(found[Patch.SETUP])
    assert "Gap: 20 logits" in said
    assert "25 cells; 5 have to be run: about 3 s, 2 MB." in said
    assert '"Mark"' in said and "Italy" in said and "Peru" in said
    assert "13 %" in said
    assert found[Patch.ANSWER_A]["data"] == ["·Rome", "·Lima"]
    assert "brings A's answer back" in found[Patch.MEANING]["children"]


def test_a_text_that_is_missing_is_said_in_place_of_the_setup(client: FlaskClient) -> None:
    found = set_up(client, *VALUES[:2], " ", *VALUES[3:])
    assert "There is no text B yet" in json.dumps(found[Patch.SETUP])


def test_each_token_is_a_button_that_names_its_place_and_the_pairs_are_beside_them(
    client: FlaskClient,
) -> None:
    said = json.dumps(set_up(client)[Patch.SETUP])
    assert said.count('"data-text": "B"') == 5
    assert '"data-at": "3"' in said
    assert '"data-pairs-now": "0:0 1:1 2:2 3:3 4:4"' in said
    assert "Press a token of A and one of B to pair them" in said
    noised = json.dumps(set_up(client, *VALUES[:6], "noised tokens", *VALUES[7:10], "3", "text"))
    assert '"data-noised-now": "3"' in noised
    assert "Press a token to add noise to it" in noised
    alone = json.dumps(set_up(client, *VALUES[:6], "zero", *VALUES[7:]))
    assert "data-at" not in alone


def test_proposed_pairs_are_one_press_away(client: FlaskClient) -> None:
    found = set_up(client, *VALUES[:2], "the one capital of Peru is", *VALUES[3:])
    assert '"data-pairs": "0:0 1:1 2:2 3:3 4:4"' in json.dumps(found[Patch.SETUP])


def test_a_run_starts_a_job_and_its_map_is_drawn(client: FlaskClient) -> None:
    started = run(client)
    request, job = started[PATCH.request]["data"], started[Patch.STARTED]["data"]["job"]
    assert request["job"] == job
    stage = f"{job} 5"
    drawn = call(
        client, DRAWN, {f"{Patch.STAGE}.data": stage}, **{f"{PATCH.request}.data": request}
    )
    assert drawn["response"][Patch.DRAWN]["data"] == stage
    assert drawn["response"][PATCH.drawing]["data"]
    said = call(client, f"{PATCH.reading}.children", {
        f"{PATCH.request}.data": request, f"{Patch.STAGE}.data": stage,
        f"{PATCH.in_view}.data": None})  # fmt: skip
    assert "carries" in json.dumps(said)
    progress = client.post("/_layerscope/patch/progress", json={"job": job}).get_json()
    assert (progress["running"], progress["rows"]) == (False, 5)
    assert client.post("/_layerscope/patch/stop", json={"job": job}).status_code == 204
    table = client.post("/_layerscope/export/patch/csv", json={"request": request})
    assert "patching effect" in table.get_data(as_text=True)


def test_a_kept_map_stands_beside_the_next_one_with_their_difference(client: FlaskClient) -> None:
    first = run(client)[PATCH.request]["data"]
    keep = {f"{Patch.KEEP}.n_clicks": 1}
    given = {f"{Patch.KEPT}.data": None, f"{PATCH.request}.data": first}
    kept = call(client, f"{Patch.KEPT}.data", keep, **given)["response"][Patch.KEPT]["data"]
    assert kept == {**first, "job": ""}
    inputs = {
        f"{PATCH.request}.data": first,
        f"{Patch.STAGE}.data": "5",
        f"{Patch.KEPT}.data": kept,
    }
    output = ".." + "...".join(map(str, (*IDS.outputs, f"{Patch.KEEP}.children"))) + ".."
    drawn = call(client, output, inputs)["response"]
    assert drawn[Patch.COMPARISON]["hidden"] is False
    assert drawn[PATCH_DIFFERENCE.drawing]["data"] and drawn[PATCH_KEPT.drawing]["data"]
    assert drawn[Patch.KEEP]["children"] == "Stop comparing"
    asked = {"request": {"left": first, "right": kept}}
    table = client.post(f"/_layerscope/export/{PATCH_DIFFERENCE.prefix}/csv", json=asked)
    assert "patching effect" in table.get_data(as_text=True)
    gone = call(client, output, {**inputs, f"{Patch.KEPT}.data": None})["response"]
    assert gone[Patch.COMPARISON]["hidden"] is True
    let_go = {f"{Patch.KEPT}.data": kept, f"{PATCH.request}.data": first}
    assert (
        call(client, f"{Patch.KEPT}.data", keep, **let_go)["response"][Patch.KEPT]["data"] is None
    )


def test_a_map_with_missing_rows_is_saved_as_it_is_and_says_so() -> None:
    map_ = patch_map(make_patch(REQUEST, n_exact=2), JSON)
    again = map_from_file(read_saved_map(export_json(map_)), {"map": "file/x"})
    assert again.notes[0].startswith("2 of 5 rows are exact; the hatched rows are estimates")
    np.testing.assert_array_equal(again.grid.values, map_.grid.values)


def test_an_opened_cell_has_the_prediction_with_the_cell_patched_and_without(
    client: FlaskClient,
) -> None:
    request = run(client)[PATCH.request]["data"]
    opened = {**request, "row": 1, "position": 3, "column": 3}
    output = f"{PATCH.cell}.children"
    found = call(client, output, {f"{PATCH.opened}.data": opened})["response"]
    said = json.dumps(found, ensure_ascii=False)
    assert "Next token with this cell patched" in said
    assert "·Rome" in said and "50" in said and "25" in said


def test_rows_that_are_estimates_are_hatched_and_said() -> None:
    map_ = patch_map(make_patch(REQUEST, n_exact=2), JSON)
    assert map_.marks.dimmed is not None
    assert map_.marks.dimmed.any(axis=1).tolist() == [True] * 3 + [False] * 2
    assert map_.notes[0].startswith("2 of 5 rows are exact; the hatched rows are estimates")
    whole = patch_map(make_patch(REQUEST), JSON)
    assert whole.marks.dimmed is None
    assert "correlated 1.000 with the exact map" in whole.notes[0]


def test_a_map_without_an_estimate_leaves_rows_empty_and_says_so() -> None:
    found = make_patch(REQUEST, n_exact=2)
    nothing = np.full_like(found.estimate, np.nan)
    map_ = patch_map(replace(found, estimate=nothing, no_estimate="No estimate."), JSON)
    assert map_.missing_rows == (0, 1, 2)
    assert "No estimate." in map_.notes


def test_colours_part_at_0_reach_1_and_what_lies_beyond_is_counted() -> None:
    map_ = patch_map(make_patch(REQUEST), JSON)
    cells = draw(map_).data[0]
    assert (cells.zmin, cells.zmax) == (-1, 1)
    assert (
        "1 cell lies beyond ±1 and have" in map_.notes[-1]
        or "1 cell lies beyond ±1" in (map_.notes[-1])
    )
    lost = patch_map(replace(make_patch(REQUEST), unit="logits"), {**JSON, "way": "zero"})
    assert lost.colours.ends is not None and lost.colours.ends[1] != 1
    assert lost.grid.unit == "logits"


def test_a_patch_map_is_read_saved_compared_and_shown_in_a_notebook_like_any_other() -> None:
    map_ = patch_map(make_patch(REQUEST), JSON)
    said = " ".join(one.text for one in read(map_).first)
    assert 'Up to layer 1, "Peru" carries 90 %' in said
    assert 'from layer 3 on, "is" carries 95 %' in said or '"the" carries' in said
    assert "as a share of the gap: one line" in str(tabulate(map_))
    assert "of the gap" in export_csv(map_)
    again = map_from_file(read_saved_map(export_json(map_)), {"map": "file/x"})
    np.testing.assert_array_equal(again.grid.values, map_.grid.values)
    assert again.notes == map_.notes
    other = patch_map(make_patch(REQUEST), {**JSON, "site": "mlp_out"})
    difference = Comparison(map_, other, Align.POSITION).difference
    assert difference is not None and not difference.grid.values.any()
    assert "<iframe" in show(make_patch(REQUEST))._repr_html_()


def test_the_reading_of_noising_says_what_is_lost_and_what_is_needed() -> None:
    map_ = patch_map(make_patch(REQUEST), {**JSON, "way": "noising"})
    assert map_.grid.unit == "of the gap lost" and map_.colours.ends == (-1.0, 1.0)
    said = " ".join(one.text for one in read(map_).first)
    assert "How much of the gap between both texts is lost with each cell" in said
    assert "takes half of it away: it is handed over" in said
    assert "is needed for it between these two texts" in said
    assert "brings" not in said


def test_a_map_names_its_site_and_heads_have_no_tokens_that_are_0_by_construction() -> None:
    map_ = patch_map(make_patch(REQUEST), {**JSON, "site": "heads"})
    assert map_.facts[1] == "heads"
    assert "by construction" not in " ".join(one.text for one in read(map_).first)


def test_the_reading_of_a_knock_out_is_of_what_the_answer_loses() -> None:
    made = replace(make_patch(REQUEST), unit="logits")
    map_ = patch_map(made, {**JSON, "way": "zero"})
    drawn, short, *_, careful = (one.text for one in read(map_).first)
    assert drawn.startswith("What the answer loses when each cell is taken away by itself")
    row, column = np.unravel_index(np.nanargmax(made.effect), made.effect.shape)
    assert short.startswith(f'Taking away layer {map_.grid.layer_labels[row]} at "')
    assert map_.grid.token_labels[column].strip() in short
    assert "is needed as the rest stands" in careful


def test_the_reading_of_a_difference_speaks_of_two_maps_not_of_carriers() -> None:
    map_ = patch_map(make_patch(REQUEST), JSON)
    less = replace(make_patch(REQUEST), effect=make_patch(REQUEST).effect * 0.3)
    difference = Comparison(map_, patch_map(less, JSON), Align.POSITION).difference
    assert difference is not None
    said = " ".join(one.text for one in read(difference).first)
    assert "In eight of ten cells the two differ by" in said
    assert "carries" not in said


def test_a_reading_says_how_many_rows_are_estimates() -> None:
    partial = patch_map(make_patch(REQUEST, n_exact=2), JSON)
    whole = patch_map(make_patch(REQUEST), JSON)
    said, said_of_whole = (" ".join(one.text for one in read(m).first) for m in (partial, whole))
    assert "Estimated by gradients so far: 3 rows." in said
    assert "Estimated" not in said_of_whole


def test_pairs_are_read_as_they_are_written() -> None:
    pairs = [(0, 0), (2, 3)]
    assert [tuple(pair) for pair in read_pairs(write_pairs(pairs))] == pairs
    for wrong in ("1", "1:b", "1:2:3", "-1:2"):
        with pytest.raises(BadRequest, match="is no pair"):
            read_pairs(wrong)


def test_tokens_without_a_partner_stand_alone_between_the_pairs() -> None:
    setup = replace(make_setup(REQUEST), tokens_a=("a",) * 3, tokens_b=("b",) * 4,
                    pairs=((0, 0), (2, 2)))  # fmt: skip
    assert aligned(setup) == [(0, 0), (1, None), (None, 1), (2, 2), (None, 3)]


def test_a_space_may_be_typed_as_it_is_shown() -> None:
    given = (*VALUES[:3], "·Rome", " Lima", *VALUES[5:9], "0:0", "", "question")
    request = read_controls(*given)
    assert (request.answer_a, request.answer_b, request.pairs) == (" Rome", " Lima", ((0, 0),))
    assert request.form == "question"
    noised = read_controls(*VALUES[:6], PatchWay.GAUSSIAN.value, *VALUES[7:10], "3, 4", "text")
    assert noised.noised == (3, 4)


def test_progress_says_rows_time_and_how_it_ended() -> None:
    made = make_patch(REQUEST, n_exact=2)
    running = JobStatus("job", REQUEST, JobState.RUNNING, so_far=made, seconds_left=12.4)
    assert progress_line(running, made) == "2 of 5 rows exact"
    stopped = replace(running, state=JobState.CANCELLED)
    assert progress_line(stopped, made).startswith("Stopped: 2 of 5 rows are exact")
    failed = JobStatus("job", REQUEST, JobState.FAILED, message="No gap.")
    assert progress_for_browser(failed)["error"] == "No gap."
    assert progress_for_browser(failed)["rows"] is None


def test_costs_are_said_in_words() -> None:
    assert "under a second" in cost_line(PatchCost(10, 5, 0.2, 10))
    assert "about 3 min" in cost_line(PatchCost(10, 5, 180.0, 10))


def test_every_example_is_two_texts_with_a_hint() -> None:
    assert len(EXAMPLES) >= 2
    assert sum("question" in json.loads(one.value) for one in EXAMPLES) == 1
    for example in EXAMPLES:
        a, b, *form = json.loads(example.value)
        assert set(form) <= set(PatchForm)
        assert len(a.split()) == len(b.split()) and a != b
        assert example.look_for
