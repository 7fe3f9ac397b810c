"""The right answer beside the given one: where they part, and what is said of both."""

import json
from typing import Any

import numpy as np
import pytest

from dashboard.cell.preference import pair_of
from dashboard.page.static_html import as_json
from dashboard.views.ask.answer_map import AnswerMap
from dashboard.views.ask.chances import MARK_ONE, attribution_of, chances_panel
from model_backend import (
    Answer,
    AttributionRequest,
    BadRequest,
    LocalBackend,
    Measure,
    QuestionRequest,
    TokenPart,
)

QUESTION = "What is the capital of Italy?"


@pytest.fixture(scope="module")
def backend() -> LocalBackend:
    return LocalBackend(device="cpu")


def answer(backend: LocalBackend, *right: str, **more: Any) -> Answer:
    return backend.answer(QuestionRequest("builtin", QUESTION, right_answers=right, **more))


def texts(backend: LocalBackend, found: Answer) -> tuple[str, str | None]:
    vocabulary, fork = backend.vocabulary("builtin"), found.fork
    assert fork is not None
    return vocabulary[fork.given], None if fork.right is None else vocabulary[fork.right]


def words(found: Answer, backend: LocalBackend) -> str:
    return json.dumps(json.loads(as_json(chances_panel(found, attribution_of(backend, found)))),
                      ensure_ascii=False)  # fmt: skip


def test_a_wrong_answer_parts_from_the_right_one_at_its_first_other_token(
    backend: LocalBackend,
) -> None:
    found = answer(backend, "Lima")
    assert found.exact is not None and found.fork is not None
    assert texts(backend, found) == (" Rome", " Lima")
    assert found.fork.position == found.n_prompt + found.exact.first - 1
    assert texts(backend, answer(backend, "lima"))[1] == " Lima"  # as it would stand there


def test_a_right_answer_is_set_against_the_runner_up(backend: LocalBackend) -> None:
    for found in (answer(backend, "Rome"), answer(backend)):
        assert texts(backend, found) == (" Rome", None)
        against = attribution_of(backend, found)
        assert against is not None and against.token.text == " Rome"
        assert against.other.probability < against.token.probability
        assert "runner-up" in words(found, backend)


def test_both_are_read_where_the_given_one_was_chosen(backend: LocalBackend) -> None:
    found = answer(backend, "Lima")
    against = attribution_of(backend, found)
    assert against is not None
    step = backend.generate(QuestionRequest("builtin", QUESTION)).probabilities
    given = found.exact.first if found.exact else 0
    assert against.chances[-1, 1] == pytest.approx(step[given], rel=1e-3)
    said = words(found, backend)
    assert (
        "Right answer and given answer" in said
        and "is never ahead where either is at 1.0 % or more" in said
    )
    assert "unexplained" in said


def test_the_parts_and_the_rest_add_up_and_the_rest_is_nothing(backend: LocalBackend) -> None:
    against = attribution_of(backend, answer(backend, "Lima"))
    assert against is not None
    parts = against.embedding + float(against.attention.sum() + against.mlp.sum())
    assert parts + against.rest == pytest.approx(against.difference[-1], abs=1e-4)
    assert abs(against.rest) < 1e-3 * abs(against.difference[-1])


def test_without_an_exact_answer_it_says_what_to_do(backend: LocalBackend) -> None:
    found = answer(backend, "Lima", mark=())
    assert found.fork is None and TokenPart.ANSWER in found.parts
    assert MARK_ONE in words(found, backend)


def test_an_opened_cell_of_two_tokens_has_the_same_split(backend: LocalBackend) -> None:
    found = answer(backend, "Lima")
    against = attribution_of(backend, found)
    assert against is not None and found.fork is not None
    pair = Measure("logit difference", token=against.token.token_id, other=against.other.token_id)
    asked = {"model": "builtin", "question": QUESTION, "axis": "all tokens",
             "answer_ids": found.token_ids[found.n_prompt :]}  # fmt: skip
    source, place = AnswerMap(backend), (12, found.fork.position)
    cell = source.cell(asked, *place, measures=[pair])
    split = source.attribution(asked, *place, (pair.token_ids[0], pair.token_ids[1]))
    assert pair_of({"measures": [pair]}) == pair.token_ids
    assert cell.values[pair] == pytest.approx(split.difference[12], abs=1e-3)
    np.testing.assert_allclose(split.difference, against.difference, atol=1e-3)
    assert split.row == 12 and not split.mlp[12:].any() and split.mlp[11] != 0


def test_an_unknown_token_is_refused(backend: LocalBackend) -> None:
    with pytest.raises(BadRequest, match="no token"):
        backend.attribution(AttributionRequest("builtin", 1, 10**6, 3, text="Hello there"))
