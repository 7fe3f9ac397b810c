"""The sides of Compare: a text or a question on each, what is asked of them, and what is drawn."""

from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from dashboard.page.ids import LEFT, RIGHT, Compare, Page, SideIds
from dashboard.views.ask.answer_map import AnswerMap, Axis
from dashboard.views.compare.maps import SIDES
from dashboard.views.compare.side import Given, SideKind, SideMap, settle_side
from model_backend import Align, Measure, Scale, Site
from tests.dashboard.views.explore.test_explore import call
from tests.model_backend.fakes import FakeBackend

TEXT = Given("text", "fake", "a text of words", True, "a typed question", None)
QUESTION = Given("question", "fake", "a typed text", True, "what is it", None)
ASK = "...".join(
    [f"..{LEFT.request}.data", f"{RIGHT.request}.data"]
    + [f"{ids.prefix}-{part}" for ids in SIDES
       for part in ("measure.data", "measure.value", "offers.data")]
) + ".."  # fmt: skip
DRAWN = [f"{ids}-drawing.data" for ids in ("left", "right", "difference")]
DRAWN += [f"{ids.facts}.children" for ids in SIDES] + [f"{ids.notes}.children" for ids in SIDES]
DRAW = f"..{'...'.join([*DRAWN, f'{Compare.NOTES}.children', f'{Compare.PARTNERS}.data'])}.."


def given(ids: SideIds, side: Given) -> dict[str, Any]:
    return {
        f"{ids.kind}.value": side.kind,
        f"{ids.model}.value": side.model,
        f"{ids.text}.value": side.text,
        f"{ids.special}.checked": side.special_tokens,
        f"{ids.question}.value": side.question,
        f"{ids.answer}.data": side.answer,
    }


def ask(client: FlaskClient, left: Given, right: Given) -> Any:
    measures = {f"{ids.measure}.value": Measure.RESIDUAL_NORM.value for ids in SIDES}
    offers = {f"{ids.offers}.data": None for ids in SIDES}
    state = {**measures, **offers, **given(LEFT, left), **given(RIGHT, right)}
    inputs = {f"{Compare.RUN}.n_clicks": 1, f"{Compare.BEGIN}.data": None}
    return call(client, ASK, inputs, **state)


def draw(client: FlaskClient, left: Any, right: Any, how: Align, axis: Axis = Axis.NAMED) -> Any:
    inputs = {f"{LEFT.request}.data": left, f"{RIGHT.request}.data": right}
    inputs |= {f"{ids.measure}.value": Measure.RESIDUAL_NORM.value for ids in SIDES}
    inputs |= {f"{ids.site}.value": Site.RESID_POST.value for ids in SIDES}
    inputs |= {f"{Compare.ALIGN}.value": how, f"{Compare.AXIS}.value": axis}
    return call(client, DRAW, {**inputs, f"{Compare.SCALE}.value": Scale.RAW.value})["response"]


def test_a_saved_map_stands_on_a_side_for_its_own_text_alone(client: FlaskClient) -> None:
    asked = {"request": {"model": "fake", "text": TEXT.text}, "measure": "lens entropy"}
    sent = client.post("/_layerscope/export/explore/npz", json=asked).data
    opened = client.post(
        "/_layerscope/open", data=sent, content_type="application/octet-stream"
    ).get_json()
    saved = replace(TEXT, model=opened["model"])
    assert {LEFT.request, RIGHT.request} <= set(ask(client, TEXT, saved)["response"])
    refused = ask(client, TEXT, replace(saved, text="something else"))
    said = str(refused["sideUpdate"][Page.ERROR]["children"])
    assert not refused["response"] and f"holds one text: “{TEXT.text}”" in said


def test_a_text_is_asked_for_as_it_is_typed(backend: FakeBackend) -> None:
    side = Given("text", "fake", "a </s> b", False, "a question", None)
    assert settle_side(backend, side) == {
        "kind": SideKind.TEXT, "model": "fake", "text": "a </s> b", "special_tokens": False,
    }  # fmt: skip
    assert backend.asked["generate"] == 0


def test_a_question_is_answered_and_its_tokens_become_part_of_the_request(
    backend: FakeBackend,
) -> None:
    request = settle_side(backend, QUESTION)
    assert (request["kind"], request["question"]) == (SideKind.QUESTION, "what is it")
    assert request["answer"]["answer_ids"] == (0, 1, 2, 3, 4)
    assert backend.asked["generate"] == 1


def test_an_answer_that_came_along_is_used_as_it_is(backend: FakeBackend) -> None:
    """A stopped, sampled or hand-marked answer differs from a newly generated one."""
    held = {"model": "fake", "question": "what is it", "answer_ids": [3, 2], "mark": [0, 1],
            "temperature": 1.5, "seed": 7, "max_new_tokens": 9}  # fmt: skip
    side = Given("question", "fake", "", True, "what is it", held)
    answer = settle_side(backend, side)["answer"]
    assert {name: answer[name] for name in held} == {**held, "answer_ids": (3, 2), "mark": (0, 1)}
    assert backend.asked["generate"] == 0


@pytest.mark.parametrize("changed", [{"question": "what else"}, {"model": "another"}])
def test_an_answer_to_another_question_is_not_used(
    backend: FakeBackend, changed: dict[str, str]
) -> None:
    held = {"model": "fake", "question": "what is it", "answer_ids": [3], **changed}
    side = Given("question", "fake", "", True, "what is it", held)
    assert settle_side(backend, side)["answer"]["answer_ids"] == (0, 1, 2, 3, 4)


def test_what_a_link_adds_to_an_answer_is_left_out(backend: FakeBackend) -> None:
    held = {"model": "fake", "question": "what is it", "answer_ids": [3], "code": "os.system"}
    side = Given("question", "fake", "", True, "what is it", held)
    assert "code" not in settle_side(backend, side)["answer"]


def test_a_questions_map_is_that_of_ask(backend: FakeBackend) -> None:
    request = settle_side(backend, QUESTION)
    for axis in Axis:
        here = SideMap(backend).inspection_map({**request, "axis": axis})
        there = AnswerMap(backend).inspection_map({**request["answer"], "axis": axis})
        assert (here.columns, here.brackets, here.notes) == (
            there.columns, there.brackets, there.notes)  # fmt: skip
        assert here.about == "what is it → token0 token1 token2 token3 token4"


def test_a_text_beside_a_question_is_drawn(client: FlaskClient) -> None:
    said = ask(client, TEXT, QUESTION)["response"]
    left, right = (said[ids.request]["data"] for ids in SIDES)
    drawn = draw(client, left, right, Align.POSITION, Axis.ALL)
    metas = [drawn[f"{ids.prefix}-drawing"]["data"]["layout"]["meta"] for ids in SIDES]
    assert metas[0]["request"]["text"] == "a text of words"
    assert metas[1]["request"]["question"] == "what is it"
    assert drawn[Compare.PARTNERS]["data"]["hasDifference"]


def test_two_questions_are_laid_over_each_other_by_name(client: FlaskClient) -> None:
    other = Given("question", "fake", "", True, "what is it then", None)
    said = ask(client, QUESTION, other)["response"]
    left, right = (said[ids.request]["data"] for ids in SIDES)
    drawn = draw(client, left, right, Align.NAME)
    meta = drawn["difference-drawing"]["data"]["layout"]["meta"]
    assert meta["names"][:3] == ["last_q", "first_answer", "second_answer"]
    assert len(meta["names"]) == 12  # -8, -7 and -6 are nowhere in an answer of five tokens
    assert any("-8" in str(note) for note in drawn[LEFT.notes]["children"])


@pytest.mark.parametrize(
    ("side", "said"),
    [
        (Given("text", "fake", " ", True, "", None), "no text yet"),
        (Given("question", "fake", "a text", True, " ", None), "no question yet"),
        (Given("question", "fake", "", True, "q", {"model": "fake", "question": "q",
               "answer_ids": [-1]}), "list of token ids"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_gets_a_sentence(client: FlaskClient, side: Given, said: str) -> None:
    assert said in ask(client, TEXT, side)["sideUpdate"][Page.ERROR]["children"]


def test_a_side_is_written_as_files_and_its_cells_open(client: FlaskClient) -> None:
    request = ask(client, TEXT, QUESTION)["response"][RIGHT.request]["data"]
    body = {"request": {**request, "axis": Axis.NAMED}, "measure": Measure.RESIDUAL_NORM.value}
    table = client.post("/_layerscope/export/right/csv", json=body).get_data().decode("utf-8-sig")
    assert table.splitlines()[1].startswith("embed,last_q,4,")
    assert client.post("/_layerscope/export/right/npz", json=body).data[:2] == b"PK"
    assert client.post("/_layerscope/predictions/right", json=body["request"]).status_code == 200
    opened = {**request, "axis": Axis.NAMED, "row": 1, "position": 4}
    cell = client.post("/_layerscope/cell/right", json=opened)
    assert "position 4" in cell.get_data(as_text=True)


def test_a_request_that_names_nothing_is_refused(client: FlaskClient) -> None:
    assert (
        client.post("/_layerscope/predictions/right", json={"kind": "question"}).status_code == 400
    )
