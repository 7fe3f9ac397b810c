"""A study says how often its exact answers hold a right answer, and what it found elsewhere."""

import pytest

from model_backend.api.datasets import DatasetQuestion
from model_backend.api.questions import FoundBy, Verdict
from model_backend.probing.statistics.wilson import share_with_interval
from model_backend.probing.studies.answers.asking import AskedQuestion
from model_backend.probing.studies.answers.extraction import measure_extraction

ANSWER = "It is the city of Rome, in Italy."
ROME = (18, 22)


def asked(
    exact: str, *, is_right: bool = True, by: FoundBy = FoundBy.MODEL, right: str = "Rome"
) -> AskedQuestion:
    """An answer with the exact answer and the right answer at their places in ``ANSWER``."""
    start, place = ANSWER.index(exact), ANSWER.index(right)
    return AskedQuestion(
        question=DatasetQuestion("Which capital?", right),
        token_ids=(1, 2, 3, 4),
        n_prompt=1,
        answer=ANSWER,
        exact_answer=exact,
        exact_range=(2, 3) if exact else None,
        indices=(),
        verdict=Verdict.RIGHT if is_right else Verdict.WRONG,
        right_spans=((place, place + len(right)),) if is_right else (),
        exact_span=(start, start + len(exact)) if exact else None,
        found_by=by,
    )


def test_recall_counts_right_answers_whose_exact_answer_holds_a_right_one() -> None:
    answers = [asked("Rome"), asked("city of Rome"), asked("Italy"), asked("")]
    found = measure_extraction([*answers, asked("Italy", is_right=False)], 0)
    assert (found.n_held, found.n_right, found.recall.value) == (2, 4, 0.5)
    assert found.is_poor


def test_a_part_of_a_right_answer_does_not_hold_it() -> None:
    assert measure_extraction([asked("city", right="city of Rome")], 0).n_held == 0


def test_extra_words_are_those_beside_the_right_answer() -> None:
    exact = ["Rome", "of Rome", "the city of Rome"]
    assert measure_extraction([asked(text) for text in exact], 0).extra_words == 1


def test_shares_in_right_and_in_wrong_answers_are_told_apart() -> None:
    wrong = [asked("Italy", is_right=False), asked("", is_right=False)]
    found = measure_extraction([asked("Rome"), *wrong], 3)
    assert (found.found_right, found.found_wrong, found.n_cut_off) == (1.0, 0.5, 3)


def test_methods_are_counted() -> None:
    found = measure_extraction([asked("Rome"), asked("Rome", by=FoundBy.RULE)], 0)
    assert found.found_by == {"found by the model": 1, "found by the rule": 1}


def test_a_study_without_right_answers_has_no_recall() -> None:
    found = measure_extraction([asked("Italy", is_right=False)], 0)
    assert str(found.recall.value) == "nan" and not found.is_poor


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [
        (5, 10, 0.2366, 0.7634),
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (52, 60, 0.7584, 0.9308),
    ],
)
def test_wilsons_interval_equals_published_values(
    count: int, total: int, low: float, high: float
) -> None:
    found = share_with_interval(count, total)
    assert found.low == pytest.approx(low, abs=1e-4)
    assert found.high == pytest.approx(high, abs=1e-4)
