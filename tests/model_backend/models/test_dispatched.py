"""A model with blocks on several devices gives the same measures as on one device."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from accelerate import dispatch_model

from model_backend import CatalogueEntry
from model_backend.engine.inspect_text import inspect_trace, trace_tokens
from model_backend.engine.open_cell import Cell, open_cell
from model_backend.models.catalogue import Settings
from model_backend.models.loaded import LoadedModel
from model_backend.models.loading import load_model
from tests.model_backend.saved import save_model
from tests.model_backend.sharing.test_codec import assert_same

IDS = (0, 70, 71, 72, 73, 70)


def load(folder: Path) -> LoadedModel:
    return load_model(CatalogueEntry("mine", str(folder)), lambda *_: None, Settings(device="cpu"))


@pytest.fixture(params=["llama", "gpt2", "gemma2"])
def whole_and_spread(
    request: pytest.FixtureRequest, tmp_path: Path
) -> tuple[LoadedModel, LoadedModel]:
    """The same model twice; of one, two blocks are fetched from the disk whenever they run.

    Two GPUs and a disk are the same to accelerate: hooks bring a block and what it reads together.
    """
    sizes = {"n_embd": 32, "n_layer": 3, "n_head": 4} if request.param == "gpt2" else {}
    folder = save_model(tmp_path / "model", model_type=request.param, **sizes)
    whole, other = load(folder), load(folder)
    blocks = "transformer.h" if request.param == "gpt2" else "model.layers"
    away = {f"{blocks}.{block}": "disk" for block in (0, 2)}
    placed = {name: "cpu" for name, part in other.model.named_modules()
              if not list(part.children()) and not name.startswith(tuple(away))}  # fmt: skip
    spread = dispatch_model(other.model, {**placed, **away}, "cpu", offload_dir=tmp_path / "away")
    return whole, replace(other, model=spread)


@pytest.mark.parametrize("attention", [False, True])
def test_every_measure_and_every_opened_cell_is_the_same(
    whole_and_spread: tuple[LoadedModel, LoadedModel], attention: bool
) -> None:
    found = []
    for loaded in whole_and_spread:
        with torch.inference_mode():
            trace = trace_tokens(loaded, IDS, attention=attention)
            cells = [open_cell(loaded, trace, Cell(IDS, row, 3)) for row in range(4)]
            found.append((inspect_trace(loaded, IDS, trace), cells))
    (inspection, cells), (spread_inspection, spread_cells) = found
    assert any(weight.is_meta for weight in whole_and_spread[1].model.parameters())
    for measure, grid in inspection.grids.items():
        np.testing.assert_array_equal(spread_inspection.grids[measure].values, grid.values)
    for one, other in zip(cells, spread_cells, strict=True):
        assert_same(other, one)
