"""A small model finds the exact answers in what it said, right where it was right."""

import pytest

from model_backend.answering.finding import ExactAnswerFinder, Unread, make_extractor
from model_backend.answering.judging.words import words
from model_backend.answering.worked_examples import own_worked_examples
from model_backend.api.questions import FoundBy
from model_backend.models.loaded import LoadedModel
from tests.model_backend.real.kept_answers import KEPT_ANSWERS
from tests.model_backend.real.marked_answers import MARKED_ANSWERS


def holds(text: str, right: str) -> bool:
    said, wanted = words(text), words(right)
    return any(said[at : at + len(wanted)] == wanted for at in range(len(said)))


@pytest.mark.slow
def test_it_finds_the_right_answer_in_most_answers_that_hold_one(opened: LoadedModel) -> None:
    finder = ExactAnswerFinder(make_extractor(opened, own_worked_examples()))
    found = finder.find([Unread(kept.question, kept.said) for kept in KEPT_ANSWERS])
    assert {each.by for each in found} == {FoundBy.MODEL}
    exact = [
        kept.said[each.span.start : each.span.end] if each.span else ""
        for kept, each in zip(KEPT_ANSWERS, found, strict=True)
    ]
    held = [holds(text, kept.right_answer) for text, kept in zip(exact, KEPT_ANSWERS, strict=True)]
    assert sum(held) >= 48
    extra = [
        len(words(text)) - len(words(kept.right_answer))
        for text, kept, is_held in zip(exact, KEPT_ANSWERS, held, strict=True)
        if is_held
    ]
    assert sorted(extra)[len(extra) // 2] <= 1


@pytest.mark.slow
def test_it_finds_the_place_that_a_person_marked_in_right_and_wrong_answers(
    opened: LoadedModel,
) -> None:
    finder = ExactAnswerFinder(make_extractor(opened, own_worked_examples()))
    found = finder.find([Unread(marked.question, marked.said) for marked in MARKED_ANSWERS])
    missed = [
        marked.said[each.span.start : each.span.end] if each.span else ""
        for marked, each in zip(MARKED_ANSWERS, found, strict=True)
        if each.span is None or not marked.accepts(each.span.start, each.span.end)
    ]
    assert len(MARKED_ANSWERS) - len(missed) >= 24, missed


def test_a_span_at_another_mention_of_the_same_words_is_not_accepted() -> None:
    guyana = next(one for one in MARKED_ANSWERS if "Guyana" in one.question)
    first = guyana.said.index("South America")
    second = guyana.said.index("South America", first + 1)
    assert guyana.accepts(first, first + 13) and not guyana.accepts(second, second + 13)
    franc = next(one for one in MARKED_ANSWERS if "Franc" in one.marked)
    start = franc.said.index("Swiss Franc")
    assert franc.accepts(start, start + 11) and not franc.accepts(start, start + 5)
