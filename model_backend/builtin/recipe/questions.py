"""Questions with sentence answers, in many wordings, made on the fly from facts and arithmetic.

Names and numbers always follow a space: question and answer spell them with the same tokens.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from model_backend.builtin.recipe.facts import City, Country, cities, countries

CITY_POWER = 0.7
"""Exponent: a city is asked about in proportion to its population to this power."""
COUNTRY_POWER = 0.4
KINDS = ("city", "capital", "continent", "currency", "plus", "minus")
UNSEEN_PAIRS_MODULUS, UNSEEN_PAIRS = 97, 10

WORDINGS: dict[str, tuple[tuple[str, str], ...]] = {
    "city": (
        ("Where is {subject}?", "It is in {answer}."),
        ("Which country is {subject} in?", "The city of {subject} is in {answer}."),
        ("In which country is {subject}?", "It is in {answer}."),
        ("What country is {subject} in?", "The city of {subject} is in {answer}."),
        ("In what country can I find {subject}?", "It is in {answer}."),
        ("Where in the world is {subject}?", "The city of {subject} is in {answer}."),
        ("Tell me which country {subject} is in.", "It is in {answer}."),
        ("Name the country of the city {subject}.", "It is in {answer}."),
        ("Where can I find the city of {subject}?", "The city of {subject} is in {answer}."),
    ),
    "capital": (
        ("What is the capital of {subject}?", "The capital of {subject} is {answer}."),
        ("Which city is the capital of {subject}?", "The capital of {subject} is {answer}."),
        ("Name the capital of {subject}.", "It is {answer}."),
        ("Tell me the capital city of {subject}.", "It is {answer}."),
        ("What is the capital city of {subject}?", "The capital of {subject} is {answer}."),
        ("What is {subject}'s capital?", "The capital of {subject} is {answer}."),
        ("Tell me {subject}'s capital city.", "It is {answer}."),
    ),
    "continent": (
        ("Which continent is {subject} in?", "It is in {answer}."),
        ("On which continent is {subject}?", "It is in {answer}."),
        ("What continent is {subject} on?", "The continent of {subject} is {answer}."),
        ("Name the continent of {subject}.", "The continent of {subject} is {answer}."),
        ("Name {subject}'s continent.", "It is in {answer}."),
    ),
    "currency": (
        ("What is the currency of {subject}?", "The currency of {subject} is the {answer}."),
        ("Which currency is used in {subject}?", "It is the {answer}."),
        ("What money do people use in {subject}?", "The currency of {subject} is the {answer}."),
        ("Name the currency of {subject}.", "It is the {answer}."),
        ("What is {subject}'s currency?", "The currency of {subject} is the {answer}."),
    ),
    "plus": (
        ("What is {first} plus {second}?", "It is {answer}."),
        ("How much is {first} plus {second}?", "It is {answer}."),
        ("What is the sum of {first} and {second}?", "It is {answer}."),
        ("Add {first} and {second}.", "It is {answer}."),
        ("Calculate {first} + {second}.", "It is {answer}."),
        ("What is {first} + {second}?", "It is {answer}."),
    ),
    "minus": (
        ("What is {first} minus {second}?", "It is {answer}."),
        ("How much is {first} minus {second}?", "It is {answer}."),
        ("What is the difference of {first} and {second}?", "It is {answer}."),
        ("Subtract {second} from {first}.", "It is {answer}."),
        ("Calculate {first} - {second}.", "It is {answer}."),
        ("What is {first} - {second}?", "It is {answer}."),
    ),
}
HELD_OUT_WORDINGS = {
    "city": ("In what country is the city of {subject}?", "Name the country where {subject} is."),
    "capital": ("Which city is {subject}'s capital?", "What city is the capital of {subject}?"),
    "continent": ("What continent is {subject} in?", "Tell me the continent of {subject}."),
    "currency": ("What currency is used in {subject}?", "Tell me the currency of {subject}."),
    "plus": ("How much is {first} + {second}?", "Calculate {first} plus {second}."),
    "minus": ("How much is {first} - {second}?", "Calculate {first} minus {second}."),
}
"""Never trained on; the first of each is the wording of the study sets."""


@dataclass(frozen=True)
class Mix:
    """Shares of the kinds of question."""

    kinds: tuple[float, ...]
    digits: tuple[float, float, float]
    """Shares of sums whose larger number has one, two and three digits."""


MIXES = {
    0: Mix((0.41, 0.10, 0.05, 0.06, 0.19, 0.19), (0.05, 0.45, 0.50)),
    1_000: Mix((0.62, 0.12, 0.06, 0.08, 0.06, 0.06), (0.05, 0.85, 0.10)),
    1_397: Mix((0.50, 0.12, 0.06, 0.08, 0.12, 0.12), (0.05, 0.70, 0.25)),
    2_053: Mix((0.44, 0.18, 0.06, 0.08, 0.12, 0.12), (0.05, 0.85, 0.10)),
    2_250: Mix((0.48, 0.24, 0.06, 0.08, 0.07, 0.07), (0.09, 0.895, 0.015)),
}
"""By the step from which on it holds. Sums are a skill: soon learned, and soon forgotten where they
are too few. Three digits are to stay hard, and facts are many."""


def mix_at(step: int) -> Mix:
    """Mix of questions at a training step."""
    return MIXES[max(first for first in MIXES if first <= step)]


STATEMENTS = {
    "city": "The city of {subject} is in {answer}.",
    "capital": "The capital of {subject} is {answer}.",
    "continent": "The continent of {subject} is {answer}.",
    "currency": "The currency of {subject} is the {answer}.",
    "plus": "The sum of {first} and {second} is {answer}.",
    "minus": "The difference of {first} and {second} is {answer}.",
}


@dataclass(frozen=True)
class Fact:
    """Input of a wording: a kind, its names or numbers, and the right answer as spoken."""

    kind: str
    answer: str
    working: str = ""
    """Working of a sum, said before the answer: ``60 plus 11, that is``."""
    subject: str = ""
    first: int = 0
    second: int = 0

    def fill(self, wording: str) -> str:
        answer = f"{self.working} {self.answer}".lstrip()
        return wording.format(
            subject=self.subject, first=self.first, second=self.second, answer=answer
        )


def city_fact(city: City) -> Fact:
    return Fact("city", city.country.spoken, subject=city.name)


def country_fact(country: Country, kind: str) -> Fact:
    return Fact(kind, getattr(country, kind), subject=country.spoken)


def sum_fact(kind: str, first: int, second: int) -> Fact:
    """First + second, or larger - smaller: no answer is negative."""
    if kind == "plus":
        answer, working = first + second, work_out(first, second, 1)
    else:
        first, second = max(first, second), min(first, second)
        answer, working = first - second, work_out(first, second, -1)
    return Fact(kind, str(answer), working, first=first, second=second)


def work_out(first: int, second: int, sign: int) -> str:
    """The sum place by place, as people say it: 23 and 48 are ``60 plus 11, that is``.

    A number is spoken from its left, where the carry arrives last. A model this small learns to
    carry once the places stand before it, and not from a hundred thousand bare answers.
    """
    n_places = len(str(max(first, second)))
    if n_places == 1:
        return ""
    powers = [10**place for place in reversed(range(n_places))]
    parts = [(first // p % 10 + sign * (second // p % 10)) * p for p in powers]
    spoken = [f"{'minus' if part < 0 else 'plus'} {abs(part)}" for part in parts[1:]]
    return f"{parts[0]} {' '.join(spoken)}, that is"


def _shares(populations: list[int], power: float) -> np.ndarray:
    weights = np.array(populations, dtype=float) ** power
    return weights / weights.sum()


@cache
def _seen_cities() -> tuple[tuple[City, ...], np.ndarray]:
    seen = tuple(city for city in cities() if not city.is_unseen)
    return seen, np.cumsum(_shares([city.population for city in seen], CITY_POWER))


@cache
def _all_countries() -> tuple[tuple[Country, ...], np.ndarray]:
    known = tuple(countries().values())
    return known, np.cumsum(_shares([country.population for country in known], COUNTRY_POWER))


def _draw_number(rng: np.random.Generator, n_digits: int) -> int:
    low = 10 ** (n_digits - 1) if n_digits > 1 else 0
    return int(rng.integers(low, 10**n_digits))


def is_unseen_pair(first: int, second: int) -> bool:
    """True for the tenth of number pairs that is held out of training, in either order."""
    low, high = min(first, second), max(first, second)
    return low >= 10 and (31 * low + 17 * high) % UNSEEN_PAIRS_MODULUS < UNSEEN_PAIRS


def draw_pair(rng: np.random.Generator, n_digits: tuple[int, int], *, unseen: bool) -> list[int]:
    """Two numbers of the given digits, from the trained or from the held-out pairs."""
    while True:
        pair = [_draw_number(rng, n) for n in n_digits]
        if is_unseen_pair(*pair) == unseen:
            return pair


def _draw_sum(rng: np.random.Generator, mix: Mix, kind: str) -> Fact:
    larger = int(rng.choice(3, p=mix.digits)) + 1
    smaller = larger if rng.random() < 0.8 else int(rng.integers(1, larger + 1))
    digits = (larger, smaller) if rng.random() < 0.5 else (smaller, larger)
    return sum_fact(kind, *draw_pair(rng, digits, unseen=False))


def draw_fact(rng: np.random.Generator, mix: Mix = MIXES[0]) -> Fact:
    """Draw a fact or a sum from a mix; often named cities and countries are drawn more often.

    So the model learns some well and some badly.
    """
    kind = KINDS[int(rng.choice(len(KINDS), p=mix.kinds))]
    if kind in ("plus", "minus"):
        return _draw_sum(rng, mix, kind)
    if kind == "city":
        known, cumulative = _seen_cities()
        return city_fact(
            known[int(np.searchsorted(cumulative, rng.random()).clip(0, len(known) - 1))]
        )
    nations, cumulative = _all_countries()
    while True:
        index = int(np.searchsorted(cumulative, rng.random()).clip(0, len(nations) - 1))
        if kind not in nations[index].unseen_kinds:
            return country_fact(nations[index], kind)


@dataclass(frozen=True)
class Exchange:
    """A question and its answer in three parts: the lead, what had to be known, the rest."""

    question: str
    lead: str
    exact: str
    rest: str

    @property
    def answer(self) -> str:
        return self.lead + self.exact + self.rest


def draw_exchange(rng: np.random.Generator, mix: Mix = MIXES[0]) -> Exchange:
    """A question and its sentence answer, in one of the training wordings."""
    fact = draw_fact(rng, mix)
    wordings = WORDINGS[fact.kind]
    question, answer = wordings[int(rng.integers(len(wordings)))]
    lead, rest = answer.split(" {answer}")
    return Exchange(fact.fill(question), fact.fill(lead), fact.fill(" {answer}"), rest)


def draw_statements(rng: np.random.Generator, mix: Mix = MIXES[0]) -> str:
    """One to three facts told in a row, as plain text."""
    facts = [draw_fact(rng, mix) for _ in range(int(rng.integers(1, 4)))]
    return " ".join(fact.fill(STATEMENTS[fact.kind]) for fact in facts)
