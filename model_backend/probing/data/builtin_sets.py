"""The sets of questions that come with the built-in model."""

from dataclasses import replace
from functools import cache

import orjson

from model_backend.api.study_requests import Upload
from model_backend.models.catalogue import BUILTIN_FOLDER
from model_backend.probing.data.dataset import Dataset, read_upload

ABOUT = {
    "places": "The country of cities of 100,000 people and more, from GeoNames (CC BY 4.0); the "
    "built-in model was never told of half of them.",
    "countries": "Capitals, currencies and continents, from GeoNames (CC BY 4.0); the built-in "
    "model was never told half of what is asked of the smaller countries.",
    "sums": "Sums and differences of three-digit numbers, in pairs that the built-in model was "
    "never given.",
}
"""Where the questions come from that come with the built-in model."""


@cache
def builtin_datasets() -> tuple[Dataset, ...]:
    """The sets that come with the built-in model."""
    measured = orjson.loads((BUILTIN_FOLDER / "evaluation.json").read_bytes())
    return tuple(_builtin(name, measured[name]["right"]) for name in ABOUT)


def _builtin(name: str, share_right: float) -> Dataset:
    file = BUILTIN_FOLDER / "data" / f"{name}.csv"
    dataset = read_upload(Upload(file.name, file.read_bytes()))
    about = f"{ABOUT[name]} It answers {share_right:.0%} rightly."
    told = replace(dataset.preview, dataset=name, name=name, about=about, is_builtin=True)
    return replace(dataset, preview=told)
