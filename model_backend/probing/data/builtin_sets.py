"""The data sets that come with the built-in model."""

from dataclasses import replace
from functools import cache

import orjson

from model_backend.api.datasets import Upload
from model_backend.grids.numbers import percent
from model_backend.models.catalogue import BUILTIN_FOLDER
from model_backend.probing.data.dataset import Dataset, read_upload

ABOUT = {
    "places": "The country of cities of 100,000 people and more, from GeoNames (CC BY 4.0); half "
    "of them were not in the training data of the built-in model.",
    "countries": "Capitals, currencies and continents, from GeoNames (CC BY 4.0); half of the "
    "facts about smaller countries were not in the training data of the built-in model.",
    "sums": "Sums and differences of three-digit numbers, in pairs that were not in the training "
    "data of the built-in model.",
}
"""Source and content of each built-in data set, for the page."""


@cache
def builtin_datasets() -> tuple[Dataset, ...]:
    """Read the built-in data sets, once per process."""
    measured = orjson.loads((BUILTIN_FOLDER / "evaluation.json").read_bytes())
    return tuple(_builtin(name, measured[name]["right"]) for name in ABOUT)


def _builtin(name: str, share_right: float) -> Dataset:
    file = BUILTIN_FOLDER / "data" / f"{name}.csv"
    dataset = read_upload(Upload(file.name, file.read_bytes()))
    about = f"{ABOUT[name]} It gets {percent(share_right)} right."
    told = replace(dataset.preview, dataset=name, name=name, about=about, is_builtin=True)
    return replace(dataset, preview=told)
