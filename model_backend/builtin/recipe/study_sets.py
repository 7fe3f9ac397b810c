"""The three sets of questions for the Probe view, written as CSV: question, answer, aliases, group.

A group is a subject (a city, a country, a pair of numbers); aliases stand between bars.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model_backend.builtin.recipe.facts import ALIASES, cities, countries
from model_backend.builtin.recipe.questions import (
    HELD_OUT_WORDINGS,
    Fact,
    city_fact,
    country_fact,
    draw_pair,
    sum_fact,
)

SEED = 11
N_SUMS = 2_000
N_COUNTRIES = {"capital": 234, "currency": 233, "continent": 233}


@dataclass(frozen=True)
class Question:
    question: str
    answer: str
    aliases: tuple[str, ...]
    group: str


def make_question(fact: Fact, group: str, *, wording: int = 0) -> Question:
    """The fact in a wording that training never used."""
    answer = fact.answer.removeprefix("the ")
    question = fact.fill(HELD_OUT_WORDINGS[fact.kind][wording])
    return Question(question, answer, ALIASES.get(answer, ()), group)


def _shuffled(questions: list[Question], rng: np.random.Generator) -> list[Question]:
    return [questions[index] for index in rng.permutation(len(questions))]


def places() -> list[Question]:
    """2,500 cities of 100,000 and more: 1,250 never seen in training and as many of the others."""
    rng = np.random.default_rng([SEED, 0])
    unseen = [city for city in cities() if city.is_unseen]
    seen = [city for city in cities() if not city.is_unseen]
    chosen = rng.choice(len(seen), len(unseen), replace=False)
    asked = [*unseen, *(seen[index] for index in chosen)]
    return _shuffled([make_question(city_fact(city), city.name) for city in asked], rng)


def sums() -> list[Question]:
    """2,000 additions and subtractions of three-digit numbers, no pair of them ever trained on."""
    rng = np.random.default_rng([SEED, 1])
    asked: dict[str, Question] = {}
    while len(asked) < N_SUMS:
        pair = draw_pair(rng, (3, 3), unseen=True)
        fact = sum_fact("plus" if len(asked) % 2 else "minus", *pair)
        group = f"{min(pair)} and {max(pair)}"
        asked.setdefault(group, make_question(fact, group))
    return _shuffled(list(asked.values()), rng)


def about_countries() -> list[Question]:
    """Capitals, currencies and continents of the largest countries and territories."""
    rng = np.random.default_rng([SEED, 2])
    asked = [
        make_question(country_fact(country, kind), country.name)
        for kind, n_largest in N_COUNTRIES.items()
        for country in list(countries().values())[:n_largest]
    ]
    return _shuffled(asked, rng)


STUDY_SETS = {"places": places, "sums": sums, "countries": about_countries}


def write_study_sets(folder: Path) -> None:
    """Write ``places.csv``, ``sums.csv`` and ``countries.csv``; always the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in STUDY_SETS.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["question", "answer", "aliases", "group"])
            for row in make():
                writer.writerow([row.question, row.answer, "|".join(row.aliases), row.group])
