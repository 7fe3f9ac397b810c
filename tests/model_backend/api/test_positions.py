"""Named positions on answers worked by hand: each names the token that a person would point to."""

from collections.abc import Sequence

import pytest

from model_backend.answering.exact_answers import find_exact_answer, spell
from model_backend.api.maps.positions import (
    POSITION_NAMES,
    TokenRange,
    coinciding,
    named_positions,
)
from model_backend.engine.tokens import token_texts
from tests.model_backend.spelled import spelled

ITALY = "What is the capital of Italy?"
MUNICH = "Where is Munich?"
CHAT = ("<s>", "<|user|>", "Q", "?", "<|assistant|>")
EXACT = [name for name in POSITION_NAMES if name.startswith("exact")]


def printed(
    question: str,
    answer: Sequence[str | bytes],
    prompt: Sequence[str | bytes] = CHAT,
    n_padding: int = 0,
) -> dict[str, str | None]:
    """The token text under every name; None where the position is missing."""
    tokenizer, ids = spelled(*["</s>"] * n_padding, *prompt, *answer)
    spelling = spell(tokenizer, ids[n_padding + len(prompt) :])
    span = find_exact_answer(question, spelling.text)
    exact = spelling.tokens_of(span) if span else None
    positions = named_positions(len(prompt), len(answer), exact, n_padding=n_padding)
    texts = token_texts(tokenizer, ids)
    return {one.name: None if one.index is None else texts[one.index] for one in positions}


def exact_part(shown: dict[str, str | None]) -> list[str | None]:
    """What stands before, first, last and after."""
    return [shown[name] for name in EXACT]


ROME = ("The", " capital", " is", " Rome", ".", "</s>")


def test_an_exact_answer_of_one_token_is_its_own_first_and_last() -> None:
    shown = printed(ITALY, ROME)
    assert exact_part(shown) == [" is", " Rome", " Rome", "."]
    assert shown["last_q"] == "<|assistant|>"
    assert (shown["first_answer"], shown["second_answer"]) == ("The", " capital")


def test_an_answer_that_begins_with_its_exact_answer_has_the_prompts_end_before_it() -> None:
    shown = printed(ITALY, ("Rome", " is", " it", ".", "</s>"))
    assert exact_part(shown) == ["<|assistant|>", "Rome", "Rome", " is"]
    assert shown["first_answer"] == "Rome"


def test_nothing_comes_after_an_exact_answer_that_ends_the_answer() -> None:
    shown = printed(ITALY, ("It", " is", " Ro", "me"))
    assert exact_part(shown) == [" is", " Ro", "me", None]
    assert shown["-1"] == "me"


def test_the_first_mention_of_an_exact_answer_said_twice_is_meant() -> None:
    answer = ("Rome", ",", " yes", ",", " Rome", "!", "</s>")
    tokenizer, ids = spelled(*answer)
    spelling = spell(tokenizer, ids)
    span = find_exact_answer(ITALY, spelling.text)
    assert span is not None and spelling.tokens_of(span) == TokenRange(0, 0)
    assert exact_part(printed(ITALY, answer))[1:] == ["Rome", "Rome", ","]


@pytest.mark.parametrize(
    ("question", "answer", "exact"),
    [
        ("How many?", ("15", " is", " not", " ", "5", "."), [" ", "5", "5", "."]),
        ("How many?", ("2", "5", " of", " 1", "2", "5", "."), [" of", " 1", "5", "."]),
        ("Where?", ("because", " US", "A", " is", " not", " US", "."), [" not", " US", " US", "."]),
    ],
)
def test_a_longer_word_or_number_is_taken_whole(
    question: str, answer: Sequence[str], exact: list[str]
) -> None:
    assert exact_part(printed(question, answer)) == exact


def test_a_character_cut_between_two_tokens_belongs_to_both() -> None:
    cut = ("It", " is", b" \xc3", b"\x8ele", "-de", ".", "</s>")
    shown = printed("Where is it?", cut)
    assert exact_part(shown)[0] == " is"
    assert exact_part(shown)[1:3] == [" Île", "-de"]


def test_characters_of_several_bytes_before_the_exact_answer_do_not_move_it() -> None:
    answer = (b"\xe2\x80", b"\x9c", "It", " is", " Bogot", b"\xc3", b"\xa1", b"\xe2\x80\x9d", ".")
    shown = printed("Where is it?", answer)
    assert exact_part(shown) == [" is", " Bogot", "⋯", "”"]


def test_a_token_of_spaces_alone_is_not_the_exact_answers_first() -> None:
    shown = printed(ITALY, ("\n", " ", "It", " is", " ", " ", "Rome", "."))
    assert exact_part(shown) == [" ", "Rome", "Rome", "."]
    assert (shown["first_answer"], shown["second_answer"]) == ("\n", " ")


def test_counting_from_the_end_never_reaches_into_the_prompt() -> None:
    shown = printed(ITALY, ROME)
    assert [shown[f"-{back}"] for back in range(1, 9)] == [*reversed(ROME), None, None]


def test_an_empty_answer_has_the_end_of_the_question_only() -> None:
    shown = printed(ITALY, ())
    assert {name for name, text in shown.items() if text} == {"last_q"}


def test_an_answer_of_nothing_but_the_end_of_sequence_has_one_token() -> None:
    shown = printed(ITALY, ("</s>",))
    assert (shown["first_answer"], shown["second_answer"], shown["-1"]) == ("</s>", None, "</s>")
    assert exact_part(shown) == [None] * 4


def test_the_end_of_sequence_counts_if_the_answer_came_to_it() -> None:
    assert printed(ITALY, ROME)["-1"] == "</s>"
    assert printed(ITALY, ROME[:-1])["-1"] == "."
    assert exact_part(printed(ITALY, ("Rome", "</s>")))[-1] == "</s>"


def test_the_last_of_the_question_is_the_last_of_a_templates_header() -> None:
    header = ("<s>", "<|user|>", "\n", "Q", "?", "<|assistant|>", "assist", "ant", "\n\n")
    shown = printed(MUNICH, ("It", " is", " in", " Germany", "."), header)
    assert shown["last_q"] == "\n\n"
    assert exact_part(shown) == [" in", " Germany", " Germany", "."]


def test_padding_on_the_left_moves_every_position_and_changes_no_token() -> None:
    assert printed(ITALY, ROME, n_padding=3) == printed(ITALY, ROME)


def test_what_is_missing_says_why() -> None:
    positions = named_positions(4, 2, TokenRange(1, 1))
    why = {one.name: one.why_missing for one in positions if one.index is None}
    assert why["exact_answer_after_last"] == "the answer ends with the exact answer"
    assert why["-3"] == "the answer has only 2 tokens"
    missing = {one.name: one.why_missing for one in named_positions(4, 0, None)}
    assert missing["exact_answer_first"] == "no exact answer is marked"
    assert missing["-1"] == missing["first_answer"] == "the answer is empty"


def test_names_of_one_token_know_of_each_other() -> None:
    same = coinciding(named_positions(4, 2, TokenRange(0, 0)))
    assert same["first_answer"] == ("exact_answer_first", "exact_answer_last", "-2")
    assert same["last_q"] == ("exact_answer_before_first",)
    assert "-3" not in same
