"""Evaluates the model: held-out perplexity, and answers to questions in wordings it never saw."""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import cross_entropy
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from model_backend.answering.exact_answers import BUILTIN_PATTERN, find_exact_answer
from model_backend.answering.judging.verdicts import judge
from model_backend.api.questions import Verdict
from model_backend.builtin.recipe.corpus import read_books, split_book
from model_backend.builtin.recipe.facts import N_LARGE_COUNTRIES, cities, countries
from model_backend.builtin.recipe.questions import city_fact, country_fact, draw_pair, sum_fact
from model_backend.builtin.recipe.study_sets import STUDY_SETS, Question, make_question

BATCH = 128
MOST_NEW_TOKENS = 40
WINDOW = 1_024
N_TWO_DIGIT = 500
LARGE_CITY = 1_000_000


@dataclass(frozen=True)
class Score:
    """Shares of n questions answered rightly, and in a whole sentence that names an answer."""

    n: int
    right: float
    well_formed: float


@dataclass(frozen=True)
class Prose:
    n_tokens: int
    perplexity: float
    bits_per_byte: float


def exact_answer(question: str, answer: str) -> str | None:
    """Text after the last "is" or "in", which is how every answer of the recipe ends."""
    span = find_exact_answer(question, answer, BUILTIN_PATTERN)
    return None if span is None else answer[span.start : span.end]


def is_right(question: Question, answer: str) -> bool:
    judgement = judge(question.question, answer, (question.answer, *question.aliases))
    return judgement is not None and judgement.verdict is Verdict.RIGHT


@torch.inference_mode()
def answer_all(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, questions: Sequence[str]
) -> Iterator[str]:
    """Greedy answers, special tokens included, so that an answer that never stopped shows."""
    for start in range(0, len(questions), BATCH):
        chats = [[{"role": "user", "content": text}] for text in questions[start : start + BATCH]]
        inputs = tokenizer.apply_chat_template(
            chats, add_generation_prompt=True, padding=True, return_tensors="pt", return_dict=True
        )
        output = model.generate(**inputs, max_new_tokens=MOST_NEW_TOKENS, do_sample=False)
        yield from tokenizer.batch_decode(output[:, inputs["input_ids"].shape[1] :])


def score(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, questions: Sequence[Question]
) -> Score:
    """Ask all questions, shortest first, so that little is padded."""
    asked = sorted(questions, key=lambda question: len(question.question))
    n_right = n_well_formed = 0
    answers = answer_all(model, tokenizer, [question.question for question in asked])
    for question, answer in zip(asked, answers, strict=True):
        text, stop, _ = answer.partition(tokenizer.eos_token)
        n_right += is_right(question, text)
        has_exact = exact_answer(question.question, text) is not None
        n_well_formed += bool(stop) and text.endswith(".") and has_exact
    n = len(asked)
    return Score(n, round(n_right / n, 4), round(n_well_formed / n, 4))


@torch.inference_mode()
def score_prose(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, books: Sequence[str]
) -> Prose:
    """Perplexity per token, in separate windows of the whole context."""
    nats, n_tokens, n_bytes = 0.0, 0, 0
    for text in books:
        ids = tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        n_bytes += len(text.encode())
        for start in range(0, len(ids), WINDOW - 1):
            window = torch.tensor([[tokenizer.bos_token_id, *ids[start : start + WINDOW - 1]]])
            logits = model(window, use_cache=False).logits[0, :-1].float()
            nats += cross_entropy(logits, window[0, 1:], reduction="sum").item()
            n_tokens += window.shape[1] - 1
    return Prose(
        n_tokens, round(math.exp(nats / n_tokens), 2), round(nats / math.log(2) / n_bytes, 3)
    )


def question_groups() -> dict[str, list[Question]]:
    """Every group of questions that is scored, by name; all in held-out wordings."""
    large = list(countries().values())[:N_LARGE_COUNTRIES]
    rng = np.random.default_rng(3)
    pairs = [draw_pair(rng, (2, 2), unseen=True) for _ in range(N_TWO_DIGIT)]
    unseen = {city.name for city in cities() if city.is_unseen}
    groups = {
        f"capitals_of_{N_LARGE_COUNTRIES}_large_countries": [
            make_question(country_fact(country, "capital"), country.name, wording=wording)
            for country in large
            for wording in (0, 1)
        ],
        "cities_over_a_million": [
            make_question(city_fact(city), city.name, wording=wording)
            for city in cities()
            for wording in (0, 1)
            if city.population >= LARGE_CITY
        ],
        "two_digit_additions": [make_question(sum_fact("plus", *pair), "") for pair in pairs],
        "two_digit_subtractions": [make_question(sum_fact("minus", *pair), "") for pair in pairs],
        **{name: make() for name, make in STUDY_SETS.items()},
    }
    groups["places_seen"] = [q for q in groups["places"] if q.group not in unseen]
    groups["places_unseen"] = [q for q in groups["places"] if q.group in unseen]
    groups["sums_additions"] = [q for q in groups["sums"] if "+" in q.question]
    groups["sums_subtractions"] = [q for q in groups["sums"] if "+" not in q.question]
    return groups


def evaluate(folder: Path, books: Path) -> dict[str, dict[str, float]]:
    """Score the model in a folder, as anyone would load it."""
    model = AutoModelForCausalLM.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    ends = [split_book(text)[1] for text in read_books(books)]
    results: dict[str, dict[str, float]] = {
        "held_out_books": asdict(score_prose(model, tokenizer, ends))
    }
    for name, questions in question_groups().items():
        results[name] = asdict(score(model, tokenizer, questions))
        print(name, json.dumps(results[name]), flush=True)
    return results
