"""The recipe's parts: what is asked, what is held out, how it is judged and told."""

import re

import numpy as np
import pytest
import torch

from model_backend.builtin.recipe.evaluate import exact_answer, is_right
from model_backend.builtin.recipe.facts import (
    N_LARGE_COUNTRIES,
    N_UNSEEN,
    cities,
    countries,
    plain,
)
from model_backend.builtin.recipe.muon import Muon, orthogonal
from model_backend.builtin.recipe.questions import (
    HELD_OUT_WORDINGS,
    WORDINGS,
    Exchange,
    draw_exchange,
    draw_fact,
    draw_pair,
    is_unseen_pair,
    mix_at,
    sum_fact,
    work_out,
)
from model_backend.builtin.recipe.study_sets import STUDY_SETS, Question
from model_backend.builtin.recipe.train import Schedule


def draw_many(seed: int, n: int = 200) -> list[Exchange]:
    rng = np.random.default_rng(seed)
    return [draw_exchange(rng) for _ in range(n)]


def test_a_seed_draws_the_same_questions_again() -> None:
    assert draw_many(1) == draw_many(1) != draw_many(2)


def test_half_of_the_places_are_never_drawn_in_training() -> None:
    unseen = {city.name for city in cities() if city.is_unseen}
    groups = [question.group for question in STUDY_SETS["places"]()]
    assert len(unseen) == N_UNSEEN == sum(group in unseen for group in groups) == len(groups) / 2
    rng = np.random.default_rng(3)
    drawn = [draw_fact(rng) for _ in range(3_000)]
    assert unseen.isdisjoint(fact.subject for fact in drawn if fact.kind == "city")


def test_half_of_the_facts_on_smaller_countries_are_never_drawn() -> None:
    held_out = {(c.spoken, kind) for c in countries().values() for kind in c.unseen_kinds}
    smaller = len(countries()) - N_LARGE_COUNTRIES
    assert 0.4 < len(held_out) / (3 * smaller) < 0.6
    assert not any(c.unseen_kinds for c in list(countries().values())[:N_LARGE_COUNTRIES])
    rng = np.random.default_rng(4)
    drawn = {(fact.subject, fact.kind) for fact in (draw_fact(rng) for _ in range(5_000))}
    assert held_out.isdisjoint(drawn)


def test_later_steps_ask_fewer_sums() -> None:
    rng = np.random.default_rng(6)
    shares = [
        sum(draw_fact(rng, mix).kind in ("plus", "minus") for _ in range(1_000)) / 1_000
        for mix in (mix_at(0), mix_at(1_999))
    ]
    assert shares[0] == pytest.approx(0.38, abs=0.06) and shares[1] == pytest.approx(0.24, abs=0.05)


def test_held_out_wordings_are_not_among_the_trained() -> None:
    trained = {question for wordings in WORDINGS.values() for question, _ in wordings}
    assert trained.isdisjoint(wording for pair in HELD_OUT_WORDINGS.values() for wording in pair)


def test_an_unseen_pair_is_unseen_in_either_order() -> None:
    rng = np.random.default_rng(0)
    first, second = draw_pair(rng, (3, 3), unseen=True)
    assert is_unseen_pair(first, second) and is_unseen_pair(second, first)


def test_every_sum_of_the_study_set_is_of_an_unseen_pair() -> None:
    pairs = [question.group.split(" and ") for question in STUDY_SETS["sums"]()]
    assert all(is_unseen_pair(int(first), int(second)) for first, second in pairs)


def test_a_difference_is_never_negative() -> None:
    assert sum_fact("minus", 3, 50).answer == "47"


@pytest.mark.parametrize(
    ("first", "second", "sign", "working"),
    [
        (3, 4, 1, ""),
        (23, 48, 1, "60 plus 11, that is"),
        (5, 120, 1, "100 plus 20 plus 5, that is"),
        (711, 478, -1, "300 minus 60 minus 7, that is"),
    ],
)
def test_sums_are_worked_out_place_by_place(
    first: int, second: int, sign: int, working: str
) -> None:
    assert work_out(first, second, sign) == working


def test_a_working_adds_up_to_its_answer() -> None:
    rng = np.random.default_rng(5)
    sums = [fact for fact in (draw_fact(rng) for _ in range(300)) if fact.working]
    for fact in sums:
        terms = fact.working.removesuffix(", that is").replace("plus", "+").replace("minus", "-")
        assert sum(int(term.replace(" ", "")) for term in re.findall(r"[+-]? ?\d+", terms)) == int(
            fact.answer
        )


def test_countries_are_spoken_with_their_article() -> None:
    assert countries()["US"].spoken == "the United States"
    assert countries()["FR"].spoken == "France"


def test_accents_and_curly_quotes_are_made_plain() -> None:
    assert plain("São Paulo") == "Sao Paulo"
    assert plain(chr(0x2019)) == "'"


@pytest.mark.parametrize(
    ("question", "answer", "exact"),
    [
        ("Where is Munich?", "The city of Munich is in Germany.", "Germany"),
        ("Where is Munich?", "It is in the United States.", "United States"),
        ("What is 50 - 25?", "It is 30 minus 5, that is 25.", "25"),
        ("What city is the capital of Djibouti?", "It is Djibouti.", "Djibouti"),
        ("Where is it?", "nowhere", None),
    ],
)
def test_the_exact_answer_is_what_the_sentence_ends_with(
    question: str, answer: str, exact: str | None
) -> None:
    assert exact_answer(question, answer) == exact


def test_an_answer_is_right_by_all_the_words_of_its_exact_answer() -> None:
    question = Question("Where is Boise?", "United States", ("USA",), "")
    assert is_right(question, "It is in the United States.") and is_right(question, "It is in USA.")
    assert not is_right(question, "It is in United.") and not is_right(question, "nowhere")


def test_muon_makes_singular_values_alike() -> None:
    torch.manual_seed(0)
    values = torch.linalg.svdvals(orthogonal(torch.randn(2, 8, 24)))
    assert values.min() > 0.5 and values.max() < 1.3


def test_muon_walks_downhill() -> None:
    torch.manual_seed(0)
    weight = torch.nn.Parameter(torch.randn(4, 6))
    target, optimizer = torch.randn(4, 6), Muon([weight], lr=0.05)
    before = (weight - target).square().sum().item()
    for _ in range(30):
        optimizer.zero_grad()
        (weight - target).square().sum().backward()
        optimizer.step()
    assert (weight - target).square().sum().item() < 0.5 * before


def test_the_learning_rate_rises_holds_and_falls_to_zero() -> None:
    assert Schedule(1_000).factor(0) < 0.1 and Schedule(1_000).factor(999) == 1
    decay = Schedule(1_000, decay_from=900)
    assert decay.factor(900) == 1 and decay.factor(1_000) == 0
