"""A small model finds the exact answers in what it said, right where it was right."""

import json
from pathlib import Path
from typing import Any

from model_backend.answering.finding import ExactAnswerFinder, Unread, make_extractor
from model_backend.answering.judging.words import words
from model_backend.answering.worked_examples import own_worked_examples
from model_backend.api.questions import FoundBy
from model_backend.models.loaded import LoadedModel

ANSWERS = Path(__file__).parent / "answers" / "countries.jsonl"


def holds(text: str, right: str) -> bool:
    said, wanted = words(text), words(right)
    return any(said[at : at + len(wanted)] == wanted for at in range(len(said)))


def test_it_finds_the_right_answer_in_most_answers_that_hold_one(opened: LoadedModel) -> None:
    rows: list[dict[str, Any]] = [json.loads(line) for line in ANSWERS.open(encoding="utf-8")]
    finder = ExactAnswerFinder(make_extractor(opened, own_worked_examples()))
    found = finder.find([Unread(row["question"], row["model_answer"]) for row in rows])
    assert {each.by for each in found} == {FoundBy.MODEL}
    exact = [
        row["model_answer"][each.span.start : each.span.end] if each.span else ""
        for row, each in zip(rows, found, strict=True)
    ]
    held = [holds(text, row["answer"]) for text, row in zip(exact, rows, strict=True)]
    assert sum(held) >= 48
    extra = [
        len(words(text)) - len(words(row["answer"]))
        for text, row, is_held in zip(exact, rows, held, strict=True)
        if is_held
    ]
    assert sorted(extra)[len(extra) // 2] <= 1
