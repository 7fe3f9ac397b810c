"""Candidates for the exact answer are runs of at most eight whole words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_backend.answering.candidates import candidate_spans


def candidates(answer: str) -> list[str]:
    return [answer[span.start : span.end] for span in candidate_spans(answer)]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("The capital is Rome.", ["The", "capital", "is", "Rome"]),
        ("It is “Rome” (in Italy)!", ["It", "is", "Rome", "in", "Italy"]),
        ("Tanzania's capital", ["Tanzania", "capital"]),
        ("O'Brien\u2019s don't", ["O'Brien", "don't"]),
        ("-5, \u22125 or +5", ["-5", "\u22125", "or", "+5"]),
        ("1,234.5 km and 50%.", ["1,234.5", "km", "and", "50%"]),
        ("$5 or €3.50, at 21°C", ["$5", "or", "€3.50", "at", "21°C"]),
        ("type O- or O+, in C++.", ["type", "O-", "or", "O+", "in", "C++"]),
        ("the U.S. of Jean-Luc", ["the", "U.S.", "of", "Jean-Luc"]),
        ("Paris/Lyon \u2013 Metz", ["Paris", "Lyon", "Metz"]),
        ("**Rome**, *Italy*_", ["Rome", "Italy"]),
        ("Париж, Île", ["Париж", "Île"]),
        ("東京です", ["東", "京", "で", "す"]),
        ("ที่นี่", ["ที่", "นี่"]),
        ("... !?", []),
    ],
)
def test_words_are_those_that_a_reader_sees(answer: str, words: list[str]) -> None:
    assert [text for text in candidates(answer) if " " not in text or text in words][:1] == words[
        :1
    ]
    singles = [text for text in candidates(answer) if text in words]
    assert list(dict.fromkeys(singles)) == words


def test_runs_are_at_most_eight_words_long_and_stay_on_their_line() -> None:
    assert max(len(text.split()) for text in candidates("a b c d e f g h i j")) == 8
    assert candidates("a b\nc") == ["a", "a b", "b", "c"]


def test_runs_without_spaces_may_have_more_characters() -> None:
    assert "アラブ首長国連邦" in candidates("首都はアラブ首長国連邦です")


@given(st.text())
def test_candidates_begin_and_end_with_no_space_and_come_once(answer: str) -> None:
    spans = candidate_spans(answer)
    assert len(set(spans)) == len(spans)
    assert all(text == text.strip() and text for text in candidates(answer))
