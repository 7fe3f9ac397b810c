# ruff: noqa: E501
"""Answers of a real model in which a person marked the words that state the answer.

Given by SmolLM2-135M-Instruct (Apache-2.0), greedily, to questions of the built-in set
``countries``; about half are wrong. Braces hold the words that a span must hold, brackets the words
that it may hold, so ``[Swiss {Franc}]`` accepts *Franc* and *Swiss Franc* at this place alone.
"""

import re
from typing import NamedTuple


class MarkedAnswer(NamedTuple):
    """A question and an answer with marks."""

    question: str
    marked: str

    @property
    def said(self) -> str:
        """The answer without marks."""
        return re.sub(r"[\[\]{}]", "", self.marked)

    def accepts(self, start: int, end: int) -> bool:
        """True if a span of ``said`` is at the marked place."""
        outer, first, last, limit = (self._place(mark) for mark in "[{}]")
        return outer <= start <= first and last <= end <= limit

    def _place(self, mark: str) -> int:
        before = self.marked[: self.marked.index(mark)]
        return len(re.sub(r"[\[\]{}]", "", before))


def capital(country: str, marked: str) -> MarkedAnswer:
    return MarkedAnswer(f"Which city is {country}'s capital?", marked)


def currency(country: str, marked: str) -> MarkedAnswer:
    return MarkedAnswer(f"What currency is used in {country}?", marked)


def continent(country: str, marked: str) -> MarkedAnswer:
    return MarkedAnswer(f"What continent is {country} in?", marked)


MARKED_ANSWERS = (
    capital("Japan", "The capital of Japan is [{Tokyo}]."),
    capital("Croatia", "Croatia's capital is [{Zagreb}], the capital of Croatia."),
    capital("Tanzania", "Tanzania's capital is [{Dodoma}], the capital of the Republic of the "
            "Democratic Republic of the Congo."),
    capital("the Comoros", "The Comoros's capital is [{Moroni}], a city located in the Comoros "
            "archipelago in the Indian Ocean."),
    capital("Canada", "The capital of Canada is [{Ottawa}, Canada]."),
    capital("Monaco", "Monaco's capital is [{Monaco}], a city located in the French region of "
            "Monaco."),
    capital("Yemen", "The capital of Yemen is [{Sana'a}], a city located in the Arabian Peninsula, "
            "which is also home to the capital city of Daraa"),
    capital("the Maldives", "The Maldives's capital is [{Malé}], also known as Malacca."),
    capital("Germany", "Der Königin der Bundesliga: [{Berlin}], das einmal, der Königin der "
            "Bundesliga, die der Bund"),
    capital("East Timor", "East Timor's capital is [{Jakarta}]."),
    capital("Switzerland", "The capital of Switzerland is [{Zurich}], capital of the Swiss "
            "Confederation."),
    capital("Fiji", "Fiji's capital is [{Suvabu}], a city located in the southern part of the "
            "Pacific Island of Vanuater."),
    capital("Uruguay", "Uruguay's capital is [{Sao Bernabé}], a city located in the state of Sao "
            "Béu de Sao Bézá in the state of Sao Béu de Sao Bézá, which is also the capital of the"),
    capital("Luxembourg", "Luxembourg's capital is [{Luxembourg City}]."),
    currency("Switzerland", "The official currency of Switzerland is [the Swiss {Franc} (CHF)]. It "
             "is a silver-denominated currency that is widely accepted"),
    currency("South Korea", "South Korea uses [the South Korean {won} (RSK)] as its currency. The "
             "South Korean won is a 200-character code"),
    currency("Hong Kong", "The currency used in Hong Kong is [the Hong Kong {Dollar} (HKD)], which "
             "is a digital currency"),
    currency("the Philippines", "The Philippines uses [the Philippine {peso} (Peso)]. It is a local "
             "currency"),
    currency("Sudan", "The currency used in Sudan is [the Sudanese {pound}], also known as the SDA "
             "(Sudan Dollar)."),
    currency("Djibouti", "The currency of Djibouti is [the Djibouti {dollar} (DJD)]. It is a highly "
             "developed and widely accepted currency"),
    currency("Samoa", "The currency of Samoa is [the US {dollar}], which is the official currency of "
             "the country."),
    currency("the Isle of Man", "The Isle of Man uses [the British {Pound} Sterling (GBP)] as its "
             "currency."),
    currency("Austria", "In Austria, the currency is [the {Euro}]. It is a member of the Eurozone, "
             "which is a group of 19 European countries that use the Euro"),
    currency("Aland Islands", "The Aland Islands use [the Japanese {Yen} (JY)] as their currency."),
    continent("Austria", "Austria is a sovereign state located in [Central {Europe}], bordered by "
              "Germany to the east, and the Czech Republic to the west, and Hungary to the south."),
    continent("Guyana", "Guyana is a continent located in [{South America}], bordered by South "
              "America to the east, Africa to the west, and the Caribbean to the south."),
    continent("Guatemala", "Guatemala is a continent located in [{South America}], bordered by "
              "Mexico to the north, and the Pacific Ocean to the east."),
    continent("Burundi", "In Burundi, the continent is [{Africa}]."),
    continent("Saint Martin", "The continent Saint Martin in is actually a part of [the continent of "
              "{Africa}]."),
    continent("Mali", "Mali is a continent located in [West {Africa}]."),
    continent("Sierra Leone", "Sierra Leone is a sovereign territory of Sierra Leone, [{Africa}]."),
)  # fmt: skip
