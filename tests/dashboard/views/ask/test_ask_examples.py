"""The examples offered, asked of the built-in model as it is shipped."""

import pytest

from dashboard.views.ask.cards import EXAMPLES
from model_backend import Answer, LocalBackend, QuestionRequest, Verdict


@pytest.fixture(scope="module")
def answers() -> dict[str, Answer]:
    backend = LocalBackend(device="cpu")
    return {
        name: backend.answer(QuestionRequest("builtin", question, right_answers=right))
        for name, (question, *right) in EXAMPLES.items()
    }


def verdicts(answers: dict[str, Answer]) -> dict[str, Verdict]:
    judged = ((name, answer.judgement) for name, answer in answers.items())
    return {name: judgement.verdict for name, judgement in judged if judgement is not None}


def test_some_examples_are_answered_rightly_and_some_wrongly(answers: dict[str, Answer]) -> None:
    found = list(verdicts(answers).values())
    assert found.count(Verdict.RIGHT) >= 1 and found.count(Verdict.WRONG) >= 1, answers


def test_in_one_example_no_exact_answer_is_found_and_the_label_needs_none(
    answers: dict[str, Answer],
) -> None:
    missing = [name for name, answer in answers.items() if answer.exact is None]
    assert missing, {name: answer.text for name, answer in answers.items()}
    assert {verdicts(answers)[name] for name in missing if name in verdicts(answers)} == {
        Verdict.RIGHT
    }


def test_every_example_is_answered_in_its_own_time(answers: dict[str, Answer]) -> None:
    assert all(answer.text.strip() for answer in answers.values())
