"""Attention to the first token: its values, and everything that follows from its one row."""

import json

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from dashboard.drawing.figures import draw
from dashboard.links.url_state import read_link, write_link
from dashboard.maps.export import export_csv, export_json, export_npz
from dashboard.maps.load_map import load_map
from dashboard.maps.map_data import MapData
from dashboard.maps.measure_choices import MeasureChoices, definition
from dashboard.maps.read import read
from dashboard.maps.table import tabulate
from dashboard.maps.view_options import make_view_options
from dashboard.page.labels import number
from dashboard.views.explore.text_map import TextMap
from dashboard.views.explore.view import LINKED
from model_backend import (
    CellRequest,
    InspectRequest,
    LocalBackend,
    Measure,
    catalogue,
    read_archive,
)
from model_backend.engine.attention import eager_attention
from model_backend.engine.block_measures import all_weights
from model_backend.engine.forward import trace_with_measures
from model_backend.measures.attention_to_first import attention_to_first
from model_backend.models.architecture import locate
from tests.model_backend.saved import save_model
from tests.model_backend.tiny_models import EVERY, N_LAYERS, WITHOUT_WEIGHTS, tiny_model

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

NAME = "attention to the first token"
TEXT = "Hello, map."
INPUT_IDS = torch.tensor([1, 17, 5, 60, 5, 3, 96])
WITH_WEIGHTS = [variant for variant in EVERY if variant != WITHOUT_WEIGHTS]


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> LocalBackend:
    folder = save_model(tmp_path_factory.mktemp("models") / "tiny")
    return LocalBackend(catalogue([str(folder)]), device="cpu")


@pytest.fixture(scope="module")
def map_(backend: LocalBackend) -> MapData:
    request = {"model": "tiny", "text": TEXT}
    return load_map(TextMap(backend), backend, request, make_view_options(NAME, None))


def shares(weights: torch.Tensor) -> torch.Tensor:
    return attention_to_first(all_weights(weights, is_causal=True))


def test_a_token_that_looks_at_all_alike_gives_the_first_one_over_their_number() -> None:
    may_see = torch.ones(5, 5).tril()
    uniform = (may_see / may_see.sum(1, keepdim=True)).expand(3, -1, -1)
    expected = torch.tensor([torch.nan, 1 / 2, 1 / 3, 1 / 4, 1 / 5])
    assert_close(shares(uniform), expected, equal_nan=True)


def test_it_is_the_mean_over_heads() -> None:
    heads = torch.tensor([[[1.0, 0.0], [1.0, 0.0]], [[1.0, 0.0], [0.5, 0.5]]])
    assert_close(shares(heads), torch.tensor([torch.nan, 0.75]), equal_nan=True)


def test_a_token_that_looks_at_itself_alone_gives_nothing() -> None:
    assert_close(shares(torch.eye(3)[None]), torch.tensor([torch.nan, 0, 0]), equal_nan=True)


@pytest.mark.parametrize("variant", WITH_WEIGHTS)
def test_it_is_the_first_column_of_the_models_own_eager_weights(variant: str) -> None:
    model = tiny_model(variant)
    numbers = trace_with_measures(model, INPUT_IDS, attention=True).numbers
    found = numbers[Measure.ATTENTION_TO_THE_FIRST_TOKEN, None]
    with torch.no_grad(), eager_attention(locate(model).body.config):
        weights = model(INPUT_IDS[None], output_attentions=True).attentions
    assert len(weights) == len(found) == N_LAYERS
    expected = torch.stack([layer[0, :, 1:, 0].mean(0) for layer in weights])
    assert_close(found[:, 1:], expected, rtol=1e-4, atol=1e-5)
    assert found[:, 0].isnan().all()


def test_an_opened_cell_has_the_number_of_the_map(backend: LocalBackend, map_: MapData) -> None:
    for row, position in ((1, 0), (1, 1), (3, 5)):
        cell = backend.cell(CellRequest("tiny", TEXT, row, position))
        shown = cell.values[Measure(NAME)]
        expected = map_.grid.values[row, position]
        np.testing.assert_allclose(shown, expected, rtol=1e-4, equal_nan=True)


def test_it_is_measured_only_when_it_is_asked_for(backend: LocalBackend) -> None:
    inspection = backend.inspect(InspectRequest("tiny", TEXT))
    assert "only when asked" in (inspection.why_absent(Measure(NAME)) or "")


def test_the_page_offers_it_last_in_its_group_with_its_help() -> None:
    groups = {one["group"]: one["items"] for one in MeasureChoices().measures()}
    offered = groups["Attention, computed when chosen"][-1]
    assert (offered["value"], offered["label"], offered["disabled"]) == (NAME, NAME, False)
    assert offered["hint"].startswith("The share of this token's attention")
    assert offered["hint"] in str(definition(Measure(NAME), None))


def test_map_tooltip_and_table_have_it(map_: MapData) -> None:
    figure = draw(map_)
    assert figure.layout.meta["name"] == figure.layout.meta["measure"] == NAME
    assert np.isnan(map_.grid.values[:, 0]).all() and np.isnan(map_.grid.values[0]).all()
    shown = map_.grid.values[1:, 1:]
    assert ((shown > 0) & (shown <= 1)).all()
    assert number(0.25, Measure(NAME)) == "0.250"
    assert NAME in str(tabulate(map_))


def test_every_file_of_the_map_has_it(map_: MapData) -> None:
    assert NAME in export_csv(map_)
    assert NAME in json.loads(export_json(map_))["arrays"]
    for content in (export_json(map_), export_npz(map_)):
        grid = read_archive(content).inspection.grid(Measure(NAME))
        np.testing.assert_array_equal(grid.values, map_.grid.values)


def test_a_link_opens_it() -> None:
    parts = {"text": TEXT, "model": "tiny", "measure": NAME}
    fragment = write_link("explore", {"parts": parts, "maps": {}})
    opened = read_link(fragment, [LINKED], lambda _: True, lambda _: True)
    assert (opened.parts["measure"], opened.said) == (NAME, ())


def test_the_reading_says_what_it_can_mean(map_: MapData) -> None:
    said = " ".join(observation.text for observation in read(map_).observations)
    assert "A high share can mean that heads rest on the first token as on a sink" in said
