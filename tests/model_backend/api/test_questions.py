"""A question is a key: equal ones are equal, and what cannot be asked is refused in words."""

import json
from dataclasses import asdict
from typing import Any

import pytest

from model_backend import BadRequest, QuestionRequest


def ask(question: Any = "Where?", **options: Any) -> QuestionRequest:
    return QuestionRequest("builtin", question, **options)


def test_a_request_comes_back_from_json_as_itself() -> None:
    request = ask(temperature=0.5, seed=3, right_answers=("a", "b"), answer_ids=(1, 2), mark=(0, 1))
    assert QuestionRequest(**json.loads(json.dumps(asdict(request)))) == request


def test_a_seed_that_draws_nothing_makes_no_other_question() -> None:
    assert ask(seed=7) == ask(temperature=0) != ask(temperature=1, seed=7)


def test_right_answers_are_trimmed_and_said_once() -> None:
    assert ask(right_answers=[" Rome ", "Roma", "", "Rome"]).right_answers == ("Rome", "Roma")


def test_what_the_model_says_does_not_depend_on_how_it_is_judged() -> None:
    judged = ask(right_answers=("Rome",), mark=(0, 0), answer_ids=(4,))
    assert judged.generation == ask()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"question": ""}, "no question yet"),
        ({"question": " \n\t"}, "no question yet"),
        ({"question": "a\ud800"}, "Character 2 of the question is half of a surrogate pair"),
        ({"question": "a" * 200_001}, "200,001 characters; the limit is 200,000"),
        ({"max_new_tokens": 0}, "from 1 to 4,096, not 0"),
        ({"temperature": -1}, "from 0 to 5, not -1"),
        ({"temperature": float("nan")}, "not nan"),
        ({"temperature": True}, "temperature"),
        ({"seed": -1}, "seed"),
        ({"right_answers": ["x"] * 3 + [str(n) for n in range(1_000)]}, "1,001 right answers"),
        ({"right_answers": ["x" * 1_001]}, "1,001 characters; the limit is 1,000"),
        ({"right_answers": "Rome"}, "list of texts"),
        ({"right_answers": ["\udc00"]}, "surrogate"),
        ({"answer_ids": [-1]}, "token ids"),
        ({"mark": [2, 1]}, "first and the last token"),
        ({"mark": [1]}, "first and the last token"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_number_that_is_wrong(
    changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(BadRequest, match=said):
        ask(**changes)


def test_hundreds_of_aliases_and_patterns_are_taken_as_they_are() -> None:
    aliases = (".*", "(a+)+$", "[", *(f"alias {number}" for number in range(900)))
    assert ask(right_answers=aliases).right_answers == aliases
