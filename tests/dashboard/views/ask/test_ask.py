"""The Ask view: its requests, its words about an answer, and its refusals."""

from dataclasses import replace
from typing import Any

import pytest
from dash.development.base_component import Component
from flask.testing import FlaskClient

from dashboard.page.ids import ASK, Ask, Page
from dashboard.views.ask.answer_map import AnswerMap, Axis, brackets, column_notes
from dashboard.views.ask.words import (
    MARKS,
    answer_probabilities,
    finish_line,
    positions_table,
    progress_line,
    tokens_for_browser,
    verdict_line,
)
from model_backend import (
    Answer,
    AnswerProgress,
    Finish,
    InspectRequest,
    Judgement,
    Measure,
    QuestionRequest,
    Verdict,
)
from tests.dashboard.views.explore.test_explore import call
from tests.model_backend.fakes import FakeBackend

QUESTION = "one two three"
REQUEST = {
    "model": "fake",
    "question": QUESTION,
    "max_new_tokens": 64,
    "temperature": 0.0,
    "seed": 0,
    "right_answers": [],
    "answer_ids": None,
    "mark": None,
    "given": "",
}
SETTLED = f"..{ASK.request}.data...{ASK.measure}.data...{ASK.measure}.value...{ASK.offers}.data.."
READ = [(Ask.READ, "data")]
READ += [(id_, "children") for id_ in (Ask.VERDICT, Ask.PROGRESS, Ask.PROMPT, Ask.POSITIONS)]
READ_OUTPUT = f"..{'...'.join(f'{id_}.{prop}' for id_, prop in READ)}.."


def begin(client: FlaskClient, question: str | None = QUESTION, **changes: Any) -> Any:
    state = {
        f"{Ask.MODEL}.value": changes.get("model", "fake"),
        f"{Ask.QUESTION}.value": question,
        f"{Ask.LENGTH}.value": changes.get("length", 64),
        f"{Ask.TEMPERATURE}.value": changes.get("temperature", 0),
        f"{Ask.SEED}.value": changes.get("seed", 0),
    }
    inputs = {f"{Ask.RUN}.n_clicks": 1, f"{Ask.CHOSEN}.data": None}
    return call(client, f"{Ask.STARTED}.data", inputs, **state)


def begin_chosen(client: FlaskClient, chosen: dict[str, Any]) -> Any:
    """Start an answer as another view does, which chooses a question."""
    state = {
        f"{Ask.MODEL}.value": "fake",
        f"{Ask.QUESTION}.value": QUESTION,
        f"{Ask.LENGTH}.value": 64,
        f"{Ask.TEMPERATURE}.value": 0,
        f"{Ask.SEED}.value": 0,
    }
    inputs = {f"{Ask.RUN}.n_clicks": 1, f"{Ask.CHOSEN}.data": chosen}
    return call(client, f"{Ask.STARTED}.data", inputs, changed=f"{Ask.CHOSEN}.data", **state)


def settle(client: FlaskClient, mark: Any = None, axis: str = Axis.NAMED) -> Any:
    answered = {"answer": "a", "request": REQUEST, "ids": [0, 1, 2, 3, 4]}
    inputs = {
        f"{Ask.ANSWERED}.data": answered,
        f"{Ask.MARK}.data": mark,
        f"{Ask.AXIS}.value": axis,
    }
    state: dict[str, Any] = {f"{ASK.measure}.value": "lens confidence", f"{ASK.offers}.data": None}
    said = call(client, SETTLED, inputs, **state)
    return said["response"][ASK.request]["data"]


def text_of(part: Any) -> str:
    if isinstance(part, Component):
        return text_of(getattr(part, "children", None))
    if isinstance(part, list | tuple):
        return " ".join(text_of(one) for one in part)
    return "" if part is None else str(part)


def answer_of(**options: Any) -> Answer:
    ids = options.pop("answer_ids", (0, 1, 2, 3, 4))
    return FakeBackend().answer(QuestionRequest("fake", QUESTION, answer_ids=ids, **options))


def test_a_question_starts_an_answer_and_waits_for_none_of_it(
    client: FlaskClient, backend: FakeBackend
) -> None:
    started = begin(client)["response"][Ask.STARTED]["data"]
    assert started["request"] == REQUEST
    assert backend.asked["start_answer"] == 1 and backend.asked["inspect"] == 0


def test_an_answer_that_a_study_brings_is_read_and_a_run_generates_again(
    client: FlaskClient,
) -> None:
    chosen = {"at": 1, "given": "It is four."}
    started = begin_chosen(client, chosen)["response"][Ask.STARTED]["data"]
    assert started["request"] == {**REQUEST, "given": "It is four."}
    assert begin(client)["response"][Ask.STARTED]["data"]["request"]["given"] == ""
    assert finish_line(replace(answer_of(), finish=Finish.GIVEN)).endswith("nothing was generated.")


@pytest.mark.parametrize(
    ("question", "changes", "said"),
    [
        ("", {}, "no question yet"),
        (None, {}, "no question yet"),
        (" \n", {}, "no question yet"),
        ("a\ud800", {}, "surrogate"),
        ("x" * 200_001, {}, "200,001 characters"),
        ("why?", {"length": 0}, "from 1 to 4,096"),
        ("why?", {"length": 9_999}, "from 1 to 4,096"),
        ("why?", {"temperature": 9}, "from 0 to 5"),
    ],
)
def test_what_cannot_be_asked_is_said_and_nothing_is_begun(
    client: FlaskClient, backend: FakeBackend, question: str, changes: dict[str, Any], said: str
) -> None:
    refused = begin(client, question, **changes)
    assert said in refused["sideUpdate"][Page.ERROR]["children"]
    assert backend.asked["start_answer"] == 0


def test_an_answer_becomes_the_maps_request_with_its_axis(client: FlaskClient) -> None:
    settled = settle(client, axis=Axis.ALL)
    assert settled == {**REQUEST, "answer_ids": [0, 1, 2, 3, 4], "axis": "all tokens"}


def test_a_mark_belongs_to_the_answer_that_it_was_made_in(client: FlaskClient) -> None:
    assert settle(client, {"of": "a", "mark": [2, 3]})["mark"] == [2, 3]
    assert settle(client, {"of": "a", "mark": []})["mark"] == []
    assert settle(client, {"of": "an older one", "mark": [2, 3]})["mark"] is None


def test_a_right_answer_is_judged_without_asking_again(
    client: FlaskClient, backend: FakeBackend
) -> None:
    request = settle(client)
    for right in ("", "token1", "token2"):
        inputs = {
            f"{ASK.request}.data": request,
            f"{Ask.RIGHT}.value": right,
            f"{Ask.ALIASES}.value": [".*", *(f"alias {number}" for number in range(400))],
        }
        call(client, READ_OUTPUT, inputs)
    assert backend.asked["generate"] == backend.asked["start_answer"] == 0
    assert backend.asked["inspect"] == 1


def test_the_browser_follows_an_answer_by_its_new_tokens(client: FlaskClient) -> None:
    address = "/_layerscope/answer/progress"
    said = client.post(address, json={"answer": "query-a", "since": 2}).get_json()
    assert said["texts"] == ["token2", "token3", "token4"] and said["probabilities"] == [0.5] * 3
    assert not said["running"] and said["ids"] == [0, 1, 2, 3, 4]
    for wrong in ({"answer": "a"}, {"answer": 3, "since": 0}, {"answer": "a", "since": -1}):
        assert client.post(address, json=wrong).status_code == 400
    unknown = client.post(address, json={"answer": "query-unknown", "since": 0})
    assert unknown.status_code == 400 and "no longer kept" in unknown.get_json()["error"]


def test_stop_may_be_pressed_twice(client: FlaskClient, backend: FakeBackend) -> None:
    for _ in range(2):
        answer = client.post("/_layerscope/answer/stop", json={"answer": "query-a"})
        assert answer.status_code == 204
    assert backend.asked["stop_answer"] == 2


def test_named_positions_are_the_columns_and_missing_ones_stay_missing() -> None:
    subject = AnswerMap(FakeBackend()).inspection_map(
        {**REQUEST, "answer_ids": (0, 1, 2), "axis": Axis.NAMED}
    )
    assert subject.columns is not None
    shown = {column.name: column.position for column in subject.columns}
    assert shown["last_q"] == 4 and shown["exact_answer_first"] == 6 and shown["-8"] is None
    grid = subject.grid(Measure.LENS_CONFIDENCE)
    assert grid.column_names == tuple(shown)


def test_all_tokens_have_the_names_above_them() -> None:
    answer = answer_of(mark=(1, 2))
    above = {bracket.name: (bracket.first, bracket.last) for bracket in brackets(answer)}
    assert above["exact_answer"] == (6, 7)
    assert above["last_q"] == (4, 4)
    assert above["first_answer<br>exact_answer_before_first"] == (5, 5)
    assert above["-5 … -1"] == (5, 9)


def test_names_of_one_token_and_missing_names_are_said() -> None:
    said = " ".join(column_notes(answer_of()))
    assert "exact_answer_first = exact_answer_last" in said
    assert "Dotted: -8, -7, -6: the answer has only 5 tokens." in said


def test_a_cell_is_that_of_the_token_under_the_name() -> None:
    request = {**REQUEST, "answer_ids": (0, 1, 2), "axis": Axis.NAMED}
    assert AnswerMap(FakeBackend()).cell(request, 2, 6).token_text == "token1"


def test_probabilities_are_of_each_token_of_the_answer_after_those_before_it() -> None:
    answer, backend = answer_of(), FakeBackend()
    inspection = backend.inspect(InspectRequest("fake", token_ids=answer.token_ids))
    last = inspection.grids[Measure.NEXT_TOKEN_PROBABILITY].values[-1]
    assert answer_probabilities(answer, inspection) == pytest.approx(last[4:9])
    told = tokens_for_browser(answer, inspection)
    assert told["exact"] == [1, 1] and len(told["probabilities"]) == 5
    assert told["parts"][:2] == ["template", "question"] and len(told["texts"]) == 10


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "Exact answer:  token1 , found by the rule"),
        ({"mark": (2, 2)}, "token2 , as marked"),
        ({"mark": ()}, "Exact answer: none is marked"),
        ({"answer_ids": (0,)}, "Exact answer: not found"),
        ({"right_answers": ("token1",)}, "✓ right"),
        ({}, "Give the right answer to have this one judged."),
    ],
)
def test_what_was_found_is_said_plainly(options: dict[str, Any], said: str) -> None:
    assert said in text_of(verdict_line(answer_of(**options)))


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_has_a_mark_and_its_reason(verdict: Verdict) -> None:
    answer = replace(answer_of(), judgement=Judgement(verdict, "Because of this."))
    said = text_of(verdict_line(answer))
    assert f"{MARKS[verdict]} {verdict.value}" in said and "Because of this." in said


def test_the_table_names_every_position_its_token_and_its_namesakes() -> None:
    said = text_of(positions_table(answer_of()))
    assert "last_q token4 4" in said
    assert "exact_answer_first token1 6 same token as second_answer, exact_answer_last, -4" in said
    assert "-8 —  the answer has only 5 tokens" in said
    assert finish_line(answer_of()) == "5 tokens. The model ended its answer."


@pytest.mark.parametrize(
    ("made", "seconds", "said"),
    [
        (0, 0.0, "Waiting for the model"),
        (3, 0.5, "3 of at most 100 tokens"),
        (20, 4.0, "20 of at most 100 tokens · 5 a second · at most 16 s left"),
        (10, 60.0, "10 of at most 100 tokens · 0.167 a second · at most 9 min left"),
    ],
)
def test_a_long_answer_says_how_far_it_is_and_how_long_it_may_take(
    made: int, seconds: float, said: str
) -> None:
    ids = tuple(range(made))
    progress = AnswerProgress("a", is_running=True, token_ids=ids, most_tokens=100, seconds=seconds)
    assert progress_line(progress) == said
