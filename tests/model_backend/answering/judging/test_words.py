"""Words are compared without case, accents and punctuation, numbers by value, signs as they are."""

import pytest

from model_backend.answering.judging.words import split_words, words


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("Rome", "rome"),
        ("the Netherlands", "Netherlands"),
        ("Sao Paulo", "São Paulo"),
        ("U.S.", "U.S"),
        ("Guinea-Bissau", "guinea bissau"),
        ("İstanbul", "istanbul"),
        ("Nuku\u02bbalofa", "Nuku'alofa"),
        ("Trinidad & Tobago", "Trinidad and Tobago"),
        ("St. Helier", "Saint Helier"),
        ("Straße", "STRASSE"),
        ("e\u0301clair", "\u00e9clair"),
        ("Louis\u00adville", "Louisville"),
        ("\ufeffRome \u200d", "Rome"),
    ],
)
def test_case_accents_articles_and_punctuation_do_not_count(text: str, other: str) -> None:
    assert words(text) == words(other)


@pytest.mark.parametrize(
    "forms",
    [
        ("21", "21.0", "[21.0]", "twenty-one", "Twenty One", "+21", "$21.00"),
        ("1,000", "1000.0", "1000", "one thousand", "1\u202f000", "1'000", "1e3"),
        ("3.10", "3.1", "3.1000"),
        ("-5", "\u22125", "-5.0"),
        ("1.4 billion", "1,400,000,000", "1400 million"),
        ("105", "one hundred and five"),
        ("0.75", "3/4", ".75"),
        ("123456789012345678901234567890", "123456789012345678901234567890.0"),
    ],
)
def test_numbers_are_compared_by_value(forms: tuple[str, ...]) -> None:
    assert {words(form) for form in forms} == {words(forms[0])}
    assert len(words(forms[0])) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("O+", "O-"), ("O-", "O"), ("C++", "C"), ("C#", "C"), ("F", "F#"), ("5", "-5"), ("15", "5"),
        ("3.14", "3"), ("1,5", "15"), ("5th", "5"), ("Roman", "Rome"), ("10:30", "10"),
        ("123456789012345678901234567890", "1.2345678901234568e+29"),
    ],
)  # fmt: skip
def test_signs_and_digits_that_carry_meaning_stay(one: str, other: str) -> None:
    assert words(one) != words(other)


def test_a_blood_type_may_be_written_out() -> None:
    assert words("type O negative") == words("type O-")
    assert words("a negative number") == ("negative", "number")


def test_a_dash_after_a_word_is_no_sign() -> None:
    assert words("No- it is") == words("No it is")
    assert words("10-5") == ("10", "5")


def test_a_pronoun_is_no_number() -> None:
    assert words("one of the largest") == ("one", "of", "the", "largest")
    assert words("one hundred") == ("100",)


def test_a_huge_exponent_is_read_as_text_at_once() -> None:
    assert words("1e999999999") != ()


def test_words_know_their_characters() -> None:
    text = "  Dublin\u2019s \u6771\u4eac, twenty-one."
    said = [text[word.start : word.end] for word in split_words(text)]
    assert said == ["Dublin", "s", "\u6771", "\u4eac", "twenty-one"]
