"""Right, wrong or cannot tell: by whole words, and always with the reason."""

import time

import pytest

from model_backend.answering.verdicts import judge, words
from model_backend.api.questions import Verdict

RIGHT, WRONG, CANNOT_TELL = Verdict.RIGHT, Verdict.WRONG, Verdict.CANNOT_TELL


def verdict_of(exact: str | None, *right: str, answer: str = "", question: str = "") -> Verdict:
    judgement = judge(question, answer or exact or "It is.", exact, right)
    assert judgement is not None and judgement.why.endswith(".")
    return judgement.verdict


@pytest.mark.parametrize(
    ("exact", "right"),
    [
        ("Rome", "rome"),
        ("the Netherlands", "Netherlands"),
        ("Sao Paulo", "São Paulo"),
        ("U.S.", "U.S"),
        ("1,234", "1234"),
        ("\u22125", "-5"),
        ("Guinea-Bissau", "guinea bissau"),
        ("+", "+"),
        ("İstanbul", "istanbul"),
    ],
)
def test_case_accents_articles_and_punctuation_do_not_count(exact: str, right: str) -> None:
    assert verdict_of(exact, right) is RIGHT


@pytest.mark.parametrize(
    ("exact", "right"),
    [("15", "5"), ("because", "US"), ("3.14", "3"), ("5", "-5"), ("Roman", "Rome"), ("1,5", "15")],
)
def test_a_part_of_a_word_or_number_is_no_match(exact: str, right: str) -> None:
    assert verdict_of(exact, right) is WRONG


@pytest.mark.parametrize(
    ("exact", "right"), [("South Sudan", "Sudan"), ("Eiffel", "Gustave Eiffel")]
)
def test_more_or_fewer_words_than_the_right_answer_give_cannot_tell(exact: str, right: str) -> None:
    assert verdict_of(exact, right) is CANNOT_TELL


def test_an_alias_is_as_right_as_the_answer() -> None:
    assert verdict_of("USA", "United States", "USA") is RIGHT
    assert verdict_of("UK", "United States", "USA") is WRONG


def test_without_an_exact_answer_the_verdict_is_cannot_tell() -> None:
    assert verdict_of(None, "Rome", answer="rome, I think") is CANNOT_TELL


def test_a_right_answer_elsewhere_in_the_answer_asks_for_a_better_mark() -> None:
    assert verdict_of("Lazio", "Rome", answer="Rome, in Lazio.") is CANNOT_TELL
    asked = "Is it Rome or Lazio?"
    assert verdict_of("Lazio", "Rome", answer="Not Rome: Lazio.", question=asked) is WRONG


def test_without_a_right_answer_there_is_no_verdict() -> None:
    assert judge("q", "It is Rome.", "Rome", ()) is None
    assert judge("q", "It is Rome.", "Rome", (" ",)) is None


@pytest.mark.parametrize("right", [".*", "R(o|x)me", "[", "\\w+", "(?i)rome", "(a+)+$"])
def test_a_right_answer_that_looks_like_a_pattern_is_text(right: str) -> None:
    assert verdict_of("Rome", right) is not RIGHT


def test_nine_hundred_aliases_are_compared_within_two_seconds() -> None:
    aliases = [f"name {number}" for number in range(900)]
    start = time.thread_time()
    assert verdict_of("name 899", *aliases) is RIGHT
    assert verdict_of("Rome", *aliases, answer="It is Rome " * 50) is WRONG
    assert time.thread_time() - start < 2


def test_the_reason_names_the_exact_answer_and_the_right_one() -> None:
    judgement = judge("q", "It is Milan.", "Milan", ("Rome", "Roma", "Urbs"))
    assert judgement is not None
    assert judgement.why == "“Milan” is not “Rome” or any of 2 aliases."


def test_a_number_is_one_word() -> None:
    assert words("About 3,141.59 km") == ("about", "3141.59", "km")
    assert words("10-5") == ("10", "5")
