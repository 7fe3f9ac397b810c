"""The exact answer is the part that a reader would underline, or None."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_backend.answering.exact_answers import (
    BUILTIN_PATTERN,
    CharacterSpan,
    Spelling,
    find_exact_answer,
)

ITALY = "What is the capital of Italy?"


def underlined(question: str, answer: str, **how: object) -> str | None:
    span = find_exact_answer(question, answer, **how)  # type: ignore[arg-type]
    return None if span is None else answer[span.start : span.end]


@pytest.mark.parametrize(
    ("question", "answer", "exact"),
    [
        (ITALY, "The capital of Italy is Rome.", "Rome"),
        (ITALY, "Rome is the capital of Italy. Milan is not.", "Rome"),
        (ITALY, "\n\n  **Rome**, of course!", "Rome"),
        ("Where is Munich?", "It is in the United States.", "United States"),
        ("Where is it?", "It is in Bosnia and Herzegovina.", "Bosnia and Herzegovina"),
        ("Where is it?", "It is in Bosnia and it is nice.", "Bosnia"),
        ("Where is Riga?", "St. Petersburg is not far. In Latvia.", "St. Petersburg"),
        ("Where is it?", "It is in the U.S.", "U.S."),
        ("Where is it?", "Île-de-France!", "Île-de-France"),
        ("Which author?", "J. K. Rowling wrote it.", "J. K. Rowling"),
        ("Who wrote Emma?", "Emma was written by Jane Austen in 1813.", "Jane Austen"),
        ("When was Emma written?", "Emma was written by Jane Austen in 1813.", "1813"),
        ("How many?", "There are 1,234.5 of them.", "1,234.5"),
        ("How much is 3 - 8?", "It is -5.", "-5"),
        ("Which century?", "The 19th.", "19th"),
        ("What is 27 plus 45?", "72 is the sum of 27 and 45.", "72"),
        ("What is 23 plus 48?", "It is 60 plus 11, that is 71.", "71"),
        ("What is 50 - 25?", "It is 30 minus 5, that is 25.", "25"),
        ("What is 5 + 0?", "5 + 0 = 5.", "5"),
        # Appositions and lists come after the answer.
        (
            "What is the capital of New Caledonia?",
            "The capital is Noumea, a city located on the island of Tahiti.",
            "Noumea",
        ),
        (
            "What continent is Austria in?",
            "Austria is located in Central Europe, bordered by Germany to the east, and Hungary "
            "to the south.",
            "Central Europe",
        ),
        (
            "Which city is Tanzania's capital?",
            "Tanzania's capital is Dodoma, the capital of the Democratic Republic of the Congo.",
            "Dodoma",
        ),
        (
            "What continent is Switzerland in?",
            "Saxaco is the largest continent in Europe, covering 240,000 km².",
            "Europe",
        ),
        ("Who wrote it?", "In 1813, Jane Austen wrote it; Emma followed in 1815.", "Jane Austen"),
        ("How many legs?", "Spiders have 8 legs, while insects have 6.", "8"),
        ("How many people?", "About 1,380,000 people live there, of 5 million.", "1,380,000"),
        # Nations are named with their nouns, abbreviations in brackets are left out.
        ("What currency?", "It is the Syrian pound, as in Egypt.", "Syrian pound"),
        ("What currency?", "It is the South Korean won (KRW).", "South Korean won"),
        ("What currency?", "They use the US dollar as their currency.", "US dollar"),
        ("What currency?", "It is the Swiss Franc (CHF).", "Swiss Franc"),
        ("Where is it?", "It is in Japan and has mountains.", "Japan"),
        # Quotes, other scripts, cut off answers.
        ("Which book?", "The book is called “Dune” by Frank Herbert.", "Frank Herbert"),
        ("Какой город?", "Это Москва, столица России.", "Москва"),
        ("Which capital?", "The official name of the capital is Sri Jayawar", "Sri Jayawar"),
    ],
)
def test_the_exact_answer_is_found_in_right_and_wrong_answers(
    question: str, answer: str, exact: str
) -> None:
    assert underlined(question, answer) == exact


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (ITALY, ""),
        (ITALY, " \n "),
        (ITALY, "I do not know."),
        (ITALY, "Sure! It is Rome."),
        (ITALY, "The capital of Italy is Italy."),
        ("What is the capital of Djibouti?", "The capital of Djibouti is Djibouti."),
        ("What is 1 + 1?", "It is 1."),
        (ITALY, "I'm sorry, but as a language model I cannot say."),
        (ITALY, "it is rome"),
        ("日本の首都は\uff1f", "東京です。"),
    ],
)
def test_an_answer_without_an_exact_answer_gives_none_and_no_guess(
    question: str, answer: str
) -> None:
    assert underlined(question, answer) is None


@pytest.mark.parametrize(
    ("answer", "exact"),
    [
        ("The city of Munich is in Germany.", "Germany"),
        ("It is in the United States.", "United States"),
        ("The capital of Djibouti is Djibouti.", "Djibouti"),
        ("It is 30 minus 5, that is 25.", "25"),
        ("The currency of Samoa is the Tala.", "Tala"),
        ("nowhere", None),
        ("", None),
    ],
)
def test_the_built_in_sets_have_a_pattern_of_their_own(answer: str, exact: str | None) -> None:
    assert underlined("What of Djibouti?", answer, pattern=BUILTIN_PATTERN) == exact


@given(st.text(), st.text())
def test_the_exact_answer_of_any_text_is_a_part_of_it_or_none(question: str, answer: str) -> None:
    exact = underlined(question, answer)
    assert exact is None or (exact and exact in answer and exact.strip() == exact)


@given(st.lists(st.binary(max_size=4), max_size=8), st.data())
def test_the_tokens_of_a_span_are_exactly_those_with_its_bytes(
    pieces: list[bytes], data: st.DataObject
) -> None:
    spelling = Spelling(tuple(pieces))
    start = data.draw(st.integers(0, len(spelling.text)))
    end = data.draw(st.integers(start, len(spelling.text)))
    tokens = spelling.tokens_of(CharacterSpan(start, end))
    wanted = spelling.text[start:end].encode(errors="surrogateescape")
    if tokens is None:
        assert wanted == b""
        return
    before = spelling.text[:start].encode(errors="surrogateescape")
    edges = [len(b"".join(pieces[:n])) for n in (tokens.first, tokens.first + 1)]
    assert edges[0] <= len(before) < edges[1]
    last = [len(b"".join(pieces[:n])) for n in (tokens.last, tokens.last + 1)]
    assert last[0] < len(before) + len(wanted) <= last[1]
