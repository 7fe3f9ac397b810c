"""Every family of models, saved in a folder and opened from it as people's models are."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from model_backend import CellRequest, InspectRequest, LocalBackend
from model_backend.models.catalogue import catalogue
from tests.model_backend.saved import byte_tokenizer
from tests.model_backend.tiny_models import EVERY, build_model
from tests.stress.table import Row, some

TEXT = "Where is it?"
N_TOKENS = 300
"""Room for the tokens of bytes."""


def open_families(share: float) -> Iterator[Row]:
    """Open every family, look at a text with attention, and open a cell of every layer."""
    variants = EVERY[: some(len(EVERY), share)]
    problems = [problem for variant in variants for problem in problems_of(variant)]
    seen = problems[0] if problems else "maps with attention and opened cells are there"
    yield Row("a family is opened from a folder", len(variants), seen[:110], not problems)


def problems_of(variant: str) -> Iterator[str]:
    """Yield what goes wrong with a family, if anything."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            look_at(variant, Path(folder))
        except Exception as error:  # any error is what this looks for
            yield f"{variant}: {type(error).__name__}: {error}"


def look_at(variant: str, folder: Path) -> None:
    """Save a tiny model, open it, and ask for all that a map shows.

    Raises:
        ValueError: a cell of the residual norm has no value.
    """
    model = build_model(variant)
    model.resize_token_embeddings(N_TOKENS)
    model.save_pretrained(folder / "model")
    byte_tokenizer().save_pretrained(folder / "model")
    backend = LocalBackend(
        catalogue([str(folder / "model")]), device="cpu", studies=folder / "studies"
    )
    found = backend.inspect(InspectRequest("model", TEXT, attention=True))
    values = next(iter(found.grids.values())).values
    if not np.isfinite(values).all():
        raise ValueError("a cell has no value")
    for row in range(len(values)):
        backend.cell(CellRequest("model", TEXT, row, 2))
