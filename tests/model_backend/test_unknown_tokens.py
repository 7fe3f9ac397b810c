"""A tokenizer that makes tokens which its model does not have: it costs one text, and no more."""

import json
from pathlib import Path

import pytest
from transformers import AutoTokenizer

from model_backend import (
    BadRequest,
    CellRequest,
    InspectRequest,
    LocalBackend,
    QuestionRequest,
    Upload,
)
from model_backend.probing.studies.answers.asking import UNKNOWN_TOKENS
from tests.model_backend.probing.answering import (
    end,
    finish,
    half_right,
    open_namer,
    quick_request,
    save_namer,
)

SENTENCE = r"token id 105, and namer knows ids up to 104: they do not belong together"


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> LocalBackend:
    """A model of 105 tokens, whose tokenizer has one more."""
    folder = save_namer(tmp_path_factory.mktemp("models") / "namer")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.add_tokens(["<zzz>"])
    tokenizer.save_pretrained(folder)
    return open_namer(folder, tmp_path_factory.mktemp("studies"))


def test_a_text_with_such_a_token_is_refused(narrow: LocalBackend) -> None:
    for request in (InspectRequest("namer", "who is <zzz>"), CellRequest("namer", "<zzz>", 1, 0)):
        with pytest.raises(BadRequest, match=SENTENCE):
            narrow.inspect(request) if isinstance(request, InspectRequest) else narrow.cell(request)


def test_a_question_with_such_a_token_is_refused(narrow: LocalBackend) -> None:
    question = QuestionRequest("namer", "who is <zzz>", max_new_tokens=2)
    for ask in (narrow.answer, narrow.generate):
        with pytest.raises(BadRequest, match=SENTENCE):
            ask(question)
    assert narrow.answer(QuestionRequest("namer", "who is w1", max_new_tokens=2)).text


def test_a_study_goes_on_without_the_question(narrow: LocalBackend) -> None:
    lines = half_right(narrow).decode().splitlines()
    lines[70] = json.dumps({"question": "who is <zzz>", "answer": "Nobody"})
    narrow.upload(Upload("mixed.jsonl", "\n".join(lines).encode()))
    request = quick_request(narrow.datasets()[-1].dataset, ask_for_truth=True, random_model=False)
    study = narrow.study(finish(narrow, request).job)
    assert study.card.dropped == {UNKNOWN_TOKENS: 1}
    assert study.card.n == len(lines) - 1
    [lost] = study.dropped
    assert (lost.question, lost.answer) == ("who is <zzz>", "")


def test_a_template_with_such_a_token_is_told_by_the_study(
    tmp_path: Path, narrow: LocalBackend
) -> None:
    folder = save_namer(tmp_path / "namer")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.add_tokens(["<zzz>"])
    tokenizer.chat_template = "<zzz> {{ messages[0]['content'] }}"
    tokenizer.save_pretrained(folder)
    backend = open_namer(folder, tmp_path / "studies")
    backend.upload(Upload("all.jsonl", half_right(narrow)))
    status = end(backend, backend.start_study(quick_request(backend.datasets()[-1].dataset)))
    assert status.message.startswith(
        f"None of the 150 questions can be used. The most frequent reason, of 150: {UNKNOWN_TOKENS}"
    )
