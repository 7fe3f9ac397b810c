"""Answers that a file brings are read in one pass, as if the model had generated them."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model_backend import LocalBackend, ProbeStudy, Upload, Verdict
from model_backend.answering.finding import ExactAnswerFinder
from model_backend.answering.judging.rules import NO_RULES
from model_backend.api.datasets import DatasetQuestion
from model_backend.api.questions import FoundBy
from model_backend.probing.storage.zip_exchange import export_folder
from model_backend.probing.studies.answers.asking import (
    LABELLED,
    TOO_LONG_TO_READ,
    UNKNOWN_IN_ANSWER,
    AskedQuestion,
    ask_batch,
)
from model_backend.probing.studies.headline import GIVEN
from tests.model_backend.probing.answering import finish, open_namer, quick_request, save_namer

PROMPTS = [f"who is w{n} w{(7 * n) % 40}" for n in range(12)]


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> LocalBackend:
    folder = tmp_path_factory.mktemp("namer")
    return open_namer(save_namer(folder / "model"), folder / "studies")


def ask(own: LocalBackend, questions: list[DatasetQuestion], **more: int) -> list[AskedQuestion]:
    return ask_batch(
        own._pool.take("namer"),
        questions,
        max_new_tokens=more.get("max_new_tokens", 3),
        finder=ExactAnswerFinder(),
        after_token=lambda: None,
        rules=NO_RULES,
    )


def test_a_read_answer_has_the_tokens_and_positions_of_the_generated_one(
    own: LocalBackend,
) -> None:
    generated = ask(own, [DatasetQuestion(text, "Nobody") for text in PROMPTS])
    brought = [replace(one.question, model_answer=one.answer) for one in generated]
    read = ask(own, brought[:6] + [one.question for one in generated[6:]], max_new_tokens=3)
    for one, other in zip(read, generated, strict=True):
        assert one.token_ids == other.token_ids and one.indices == other.indices
        assert (one.verdict, one.exact_answer) == (other.verdict, other.exact_answer)
    assert [one.is_cut_off for one in read] == [False] * 6 + [True] * 6


def test_the_files_exact_answer_and_label_come_before_rule_and_judge(own: LocalBackend) -> None:
    base = DatasetQuestion(PROMPTS[0], "Bara", model_answer="Bara Dalo Kelo")
    judged, marked, labelled, alone = ask(
        own,
        [
            base,
            replace(base, exact_answer="Dalo"),
            replace(base, correct=False),
            replace(base, answer="", correct=True),
        ],
    )
    assert (judged.verdict, judged.found_by) == (Verdict.CANNOT_TELL, FoundBy.RULE)
    assert (marked.exact_answer, marked.found_by) == ("Dalo", FoundBy.FILE)
    assert (labelled.verdict, labelled.why, labelled.dropped) == (Verdict.WRONG, LABELLED, "")
    assert labelled.right_spans == ((1, 5),)
    assert (alone.verdict, alone.right_spans, alone.dropped) == (Verdict.RIGHT, (), "")


def test_an_answer_that_cannot_be_read_is_dropped_with_its_reason(own: LocalBackend) -> None:
    loaded = own._pool.take("namer")
    long = DatasetQuestion(PROMPTS[0], "x", model_answer="Bara " * 200)
    assert ask(own, [long])[0].dropped == TOO_LONG_TO_READ
    small = replace(loaded, card=replace(loaded.card, vocabulary_size=40))
    question = DatasetQuestion(PROMPTS[0], "x", model_answer="Nulo")
    options = {"max_new_tokens": 3, "finder": ExactAnswerFinder(), "after_token": lambda: None}
    [unknown] = ask_batch(small, [question], **options)  # type: ignore[arg-type]
    assert unknown.dropped == UNKNOWN_IN_ANSWER


@pytest.fixture(scope="module")
def brought(own: LocalBackend) -> ProbeStudy:
    """A study of answers, exact answers and labels from a file, with its activations."""
    texts = [f"who is w{n % 40} w{n // 40} w{(7 * n) % 40}" for n in range(80)]
    asked = ask(own, [DatasetQuestion(text, "nobody") for text in texts])
    lines: list[dict[str, object]] = [{"question": "", "note": "no question"}]
    lines += [
        {"question": one.question.question, "model_answer": one.answer.strip(),
         "exact_answer": one.answer.split()[1], "correct": n % 2}
        for n, one in enumerate(asked)
    ]  # fmt: skip
    content = "\n".join(map(json.dumps, lines)).encode()
    dataset = own.upload(Upload("brought.jsonl", content)).dataset
    request = quick_request(dataset, keep_features=True, random_model=False, size=70)
    return own.study(finish(own, request).job)


def test_a_study_of_brought_answers_says_so_and_needs_no_right_answers(
    brought: ProbeStudy,
) -> None:
    card = brought.card
    assert card.answers_given and (card.n, card.dropped) == (70, {})
    assert GIVEN in card.headline
    assert brought.provenance["answers"].startswith("read from the column 'model_answer'")
    assert brought.provenance["labels"] == "given in the column 'correct' of the file"
    assert card.extraction is not None
    assert card.extraction.found_by == {"given in the file": 70}
    assert card.extraction.n_cut_off == 0 and np.isnan(card.extraction.recall.value)


def test_every_file_of_the_zip_has_the_rows_of_the_data_set(
    own: LocalBackend, brought: ProbeStudy, tmp_path: Path
) -> None:
    """Row n of the file was labelled right where n is even, because row 0 is left out."""
    folder = own.study_service._library.finished(brought.card.study)
    rows = brought.examples.row
    assert len(set(rows)) == 70 and set(rows) < set(range(1, 81))
    assert [row % 2 == 0 for row in rows] == brought.examples.is_correct.tolist()
    kept = np.concatenate([np.load(path) for path in sorted(folder.glob("features/*-rows.npy"))])
    assert kept.tolist() == list(rows)
    lines = (folder / "examples.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["row"] for line in lines] == list(rows)
    assert brought.examples.to_pandas()["row"].tolist() == list(rows)
    (tmp_path / "one.zip").write_bytes(b"".join(export_folder(folder)))
    own.delete_study(brought.card.study)
    with (tmp_path / "one.zip").open("rb") as file:
        again = own.import_study(file)
    assert own.study(again.study).examples.row == rows
