"""Attention to the first token: worked values, the law on a real pass, and its way to the page."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from dashboard.maps.export import export_csv
from dashboard.maps.inspection_map import InspectionMap
from dashboard.maps.load_map import map_of
from dashboard.maps.measure_choices import MeasureChoices
from dashboard.maps.read import read
from dashboard.maps.view_options import make_view_options
from model_backend import (
    Archive,
    CellRequest,
    InspectRequest,
    LocalBackend,
    Measure,
    catalogue,
    read_archive,
    write_json,
    write_npz,
)
from model_backend.engine.block_measures import all_weights
from model_backend.measures.attention_to_first import attention_to_first
from tests.model_backend.saved import save_model

MEASURE = Measure("attention to the first token")
REQUEST = InspectRequest("tiny", "Hello, map.", attention=True)


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> LocalBackend:
    folder: Path = save_model(tmp_path_factory.mktemp("models") / "tiny")
    return LocalBackend(catalogue([str(folder)]), device="cpu")


def test_even_attention_gives_token_t_one_over_t_plus_1_and_the_first_token_nothing() -> None:
    may_see = torch.ones(4, 4).tril()
    weights = (may_see / may_see.sum(1, keepdim=True)).expand(3, -1, -1)
    expected = torch.tensor([torch.nan, 1 / 2, 1 / 3, 1 / 4])
    assert_close(attention_to_first(all_weights(weights, is_causal=True)), expected, equal_nan=True)


def test_it_is_the_mean_over_heads() -> None:
    heads = torch.tensor([[[1.0, 0.0], [0.9, 0.1]], [[1.0, 0.0], [0.3, 0.7]]])
    assert_close(attention_to_first(all_weights(heads, is_causal=True))[1], torch.tensor(0.6))


def test_the_map_holds_the_shares_that_opened_cells_show(backend: LocalBackend) -> None:
    grid = backend.inspect(REQUEST).grid(MEASURE)
    assert np.isnan(grid.values[0]).all() and np.isnan(grid.values[:, 0]).all()
    for row, position in ((1, 1), (2, 4)):
        cell = backend.cell(
            CellRequest("tiny", REQUEST.text, row=row, position=position, attention=True)
        )
        assert cell.attention_from is not None
        share = cell.attention_from[:, 0].mean()
        assert grid.values[row, position] == pytest.approx(share, rel=1e-4)
        assert cell.values[MEASURE] == pytest.approx(share, rel=1e-4)


def test_choices_help_table_reading_and_files_follow_from_its_row(backend: LocalBackend) -> None:
    inspection = backend.inspect(REQUEST)
    groups = {one["group"]: one["items"] for one in MeasureChoices(inspection).measures()}
    [choice] = [one for items in groups.values() for one in items if one["value"] == MEASURE.value]
    assert choice["hint"] == MEASURE.spec.definition and not choice["disabled"]
    map_ = map_of(InspectionMap(inspection), make_view_options(MEASURE, None))
    assert MEASURE.value in export_csv(map_).splitlines()[1]
    said = " ".join(observation.text for observation in read(map_).observations)
    assert MEASURE.spec.caution in said
    for write in (write_npz, write_json):
        again = read_archive(write(Archive(inspection, REQUEST.text))).inspection
        np.testing.assert_array_equal(again.grid(MEASURE).values, map_.grid.values)
