"""Worked examples are a text file that people can replace; faults are named with their lines."""

import pytest

from model_backend.answering.candidates import candidate_spans
from model_backend.answering.worked_examples import (
    WorkedExample,
    own_worked_examples,
    read_worked_examples,
)
from model_backend.api.errors import BadRequest

TEXT = """# A comment.
Text: It is Rome.
Question: Where?
Short answer: Rome


Text: Two: one and one.
Question:  How many?
Short answer: Two
"""


def test_blocks_become_examples() -> None:
    assert read_worked_examples(TEXT) == (
        WorkedExample("It is Rome.", "Where?", "Rome"),
        WorkedExample("Two: one and one.", "How many?", "Two"),
    )


def test_an_example_is_written_as_the_prompt_has_it() -> None:
    [first, _] = read_worked_examples(TEXT)
    assert str(first) == "Text: It is Rome.\nQuestion: Where?\nShort answer: Rome\n"


def test_the_projects_own_short_answers_are_candidates_of_their_texts() -> None:
    for example in own_worked_examples():
        spans = candidate_spans(example.text)
        assert example.short_answer in [example.text[span.start : span.end] for span in spans]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "There are no worked examples"),
        ("# nothing\n", "There are no worked examples"),
        (TEXT.replace("Question: Where?\n", ""), "line 2 must have three lines"),
        (TEXT.replace("Question:  How", "Question How"), "line 7 must have three lines"),
        (TEXT.replace("answer: Two", "answer: Three"), "line 7 has a short answer that is not"),
        (TEXT.replace("answer: Two", "answer:"), "line 7 has a short answer that is not"),
        ("Text: " + "a" * 8_000, "the limit is 8,000"),
    ],
)
def test_a_fault_is_refused_with_its_line(text: str, said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        read_worked_examples(text)
