"""A given answer is read as if the model had just generated it."""

import pytest

from model_backend import Finish, LocalBackend, QuestionRequest, TokenPart
from model_backend.answering.given_answers import answer_tokens
from model_backend.answering.prompts import prompt_for
from model_backend.api.errors import TextTooLong
from model_backend.models.loaded import LoadedModel
from tests.model_backend.answering.word_model import word_model

QUESTION = "What is the capital of France?"


@pytest.fixture(scope="module")
def backend() -> LocalBackend:
    return LocalBackend(device="cpu")


@pytest.fixture(scope="module")
def builtin(backend: LocalBackend) -> LoadedModel:
    return backend._pool.take("builtin")


@pytest.mark.parametrize("question", [QUESTION, "How much is 962 - 233?", "Where is Bhind?"])
def test_the_text_of_a_generated_answer_has_its_tokens_and_probabilities(
    backend: LocalBackend, question: str
) -> None:
    request = QuestionRequest("builtin", question)
    generated = backend.generate(request)
    text = backend.answer(request).text
    read = backend.generate(QuestionRequest("builtin", question, given=f" {text}\n"))
    assert read.token_ids.tolist() == generated.token_ids.tolist()
    assert read.token_texts == generated.token_texts
    assert read.probabilities == pytest.approx(generated.probabilities, abs=1e-5)


def test_an_end_token_follows_a_given_answer(builtin: LoadedModel) -> None:
    ids = answer_tokens(builtin, QUESTION, prompt_for(builtin, QUESTION), "Lyon is nice")
    assert ids[-1] == builtin.tokenizer.eos_token_id
    assert builtin.tokenizer.eos_token_id not in ids[:-1]


def test_a_special_token_written_in_an_answer_is_plain_text(builtin: LoadedModel) -> None:
    written = f"It ends {builtin.tokenizer.eos_token} here"
    ids = answer_tokens(builtin, QUESTION, prompt_for(builtin, QUESTION), written)
    assert ids.count(builtin.tokenizer.eos_token_id) == 1


def test_a_model_without_a_template_reads_an_answer_after_a_space() -> None:
    loaded = word_model("llama")
    prompt = prompt_for(loaded, "w1 w2")
    assert not prompt.has_template
    ids = answer_tokens(loaded, "w1 w2", prompt, "w3 w4")
    assert loaded.tokenizer.decode(ids).split() == ["w3", "w4"]


def test_ask_says_that_an_answer_was_given_and_where_it_ends(backend: LocalBackend) -> None:
    request = QuestionRequest("builtin", QUESTION, right_answers=("Lyon",), given="It is Lyon.")
    answer = backend.answer(request)
    assert answer.text == "It is Lyon." and answer.exact_text == "Lyon"
    assert answer.finish is Finish.GIVEN and answer.parts[-1] is TokenPart.END
    assert [one.index for one in answer.positions if one.name == "-1"] == [len(answer.parts) - 1]


def test_a_given_answer_that_does_not_fit_is_refused(backend: LocalBackend) -> None:
    with pytest.raises(TextTooLong, match="Prompt and answer have"):
        backend.generate(QuestionRequest("builtin", QUESTION, given="nine " * 1100))
