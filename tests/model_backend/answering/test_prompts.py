"""A prompt is the model's own template around the question, with the question's tokens marked."""

import pytest
from transformers import PreTrainedTokenizerFast

from model_backend import BackendError
from model_backend.answering.prompts import Prompt, make_prompt
from model_backend.engine.tokens import token_texts
from tests.model_backend.saved import byte_tokenizer

HEADERS = (
    "{{ bos_token }}{% for m in messages %}[{{ m['role'] }}]\n{{ m['content'] | trim }}</s>"
    "{% endfor %}{% if add_generation_prompt %}[assistant]\n{% endif %}"
)


def chatty(template: str = HEADERS) -> PreTrainedTokenizerFast:
    tokenizer = byte_tokenizer()
    tokenizer.chat_template = template
    return tokenizer


def parts(tokenizer: PreTrainedTokenizerFast, prompt: Prompt) -> tuple[str, str, str]:
    """The text before the question, the question's, and the text after it."""
    texts = token_texts(tokenizer, prompt.token_ids)
    assert prompt.question is not None
    first, last = prompt.question.first, prompt.question.last + 1
    return "".join(texts[:first]), "".join(texts[first:last]), "".join(texts[last:])


def test_a_chat_template_gets_its_generation_prompt_and_one_bos_token() -> None:
    tokenizer = chatty()
    prompt = make_prompt(tokenizer, "Where?")
    assert prompt.text == "<s>[user]\nWhere?</s>[assistant]\n"
    assert parts(tokenizer, prompt) == ("<s>[user]\n", "Where?", "</s>[assistant]\n")
    assert prompt.token_ids.count(tokenizer.bos_token_id) == 1


def test_a_model_without_a_template_gets_a_plain_question_and_answer_prompt() -> None:
    tokenizer = byte_tokenizer()
    prompt = make_prompt(tokenizer, "Where?")
    assert prompt.text == "Question: Where?\nAnswer:" and not prompt.has_template
    assert parts(tokenizer, prompt) == ("<s>Question: ", "Where?", "\nAnswer:")


@pytest.mark.parametrize(
    "question", ["user", "[user]", "s", "</s>", "é 👩‍👩‍👧", "\ue000?", "{{ bos_token }}", "a\x00b"]
)
def test_the_question_is_found_even_if_the_template_contains_the_same_text(question: str) -> None:
    tokenizer = chatty()
    before, asked, after = parts(tokenizer, make_prompt(tokenizer, question))
    assert before == "<s>[user]\n" and after == "</s>[assistant]\n"
    assert asked.replace("⋯", "") == question


def test_a_template_that_trims_the_question_marks_the_trimmed_text() -> None:
    tokenizer = chatty()
    assert parts(tokenizer, make_prompt(tokenizer, "  Where?\n"))[1] == "Where?"


def test_a_template_that_refuses_a_question_gets_a_sentence() -> None:
    with pytest.raises(BackendError, match="takes no plain question: only systems"):
        make_prompt(chatty("{{ raise_exception('only systems') }}"), "Where?")


def test_a_template_that_leaves_the_question_out_marks_no_tokens() -> None:
    assert make_prompt(chatty("<s>hello"), "Where?").question is None


@pytest.mark.parametrize(
    ("call", "day"),
    [
        ("strftime_now('%d %b %Y')", "26 Jul 2024"),
        ('strftime_now( "%Y-%m-%d %H:%M" )', "2024-07-26 00:00"),
        ("'no' if strftime_now is not defined else strftime_now('%B')", "July"),
    ],
)
def test_a_template_that_tells_the_day_gives_the_same_prompt_on_every_day(
    call: str, day: str
) -> None:
    tokenizer = chatty("{{ " + call + " }}\n" + HEADERS)
    assert make_prompt(tokenizer, "Where?").text.startswith(f"{day}\n<s>[user]")


def test_a_template_of_a_model_for_images_gets_the_question_as_a_part() -> None:
    tokenizer = chatty("{% for part in messages[0]['content'] %}<{{ part['text'] }}>{% endfor %}")
    prompt = make_prompt(tokenizer, "Where?")
    assert prompt.text == "<Where?>"
    assert parts(tokenizer, prompt) == ("<", "Where?", ">")


def test_a_template_that_leaves_the_question_out_gets_it_as_text() -> None:
    tokenizer = chatty("{{ messages[0]['content'][:0] }}fixed")
    assert make_prompt(tokenizer, "Where?").text == "fixed"


def test_a_template_that_writes_nothing_is_refused() -> None:
    with pytest.raises(BackendError, match="writes nothing for a plain question"):
        make_prompt(chatty("{% if messages | length > 1 %}x{% endif %}"), "Where?")
