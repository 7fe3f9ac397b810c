"""Every measure of the stream and of the lens becomes a grid with its unit."""

import numpy as np
import torch

from model_backend.api.maps.measure_specs import Needs
from model_backend.api.maps.measures import Measure, measures_that_need
from model_backend.engine.forward import trace_forward
from model_backend.engine.lens import read_lens
from model_backend.engine.stream_measures import measure_grids
from model_backend.models.unembed import make_unembed
from tests.model_backend.tiny_models import tiny_model

INPUT_IDS = torch.tensor([1, 17, 5, 60])
OF_STREAM = measures_that_need(Needs.STREAM)
OF_LENS = measures_that_need(Needs.LENS)
LABELS = ("a", "b", "a", "")


def grids(variant="llama", with_lens=True):
    model = tiny_model(variant)
    residual = trace_forward(model, INPUT_IDS).residual
    readings = read_lens(residual, make_unembed(model), INPUT_IDS) if with_lens else None
    return measure_grids(residual, readings, LABELS)


def test_every_measure_of_stream_and_lens_has_a_grid_and_a_unit() -> None:
    made = grids()
    assert set(made) == OF_STREAM | OF_LENS
    for measure, grid in made.items():
        assert grid.name == measure.value
        assert grid.values.dtype == np.float32
        assert grid.layer_labels == ("embed", "1", "2", "3")
        assert grid.token_labels == LABELS
    units = {measure: grid.unit for measure, grid in made.items() if grid.unit}
    assert units == {
        Measure.LENS_CONFIDENCE: "probability",
        Measure.NEXT_TOKEN_PROBABILITY: "probability",
        Measure.LENS_ENTROPY: "bits",
        Measure.LENS_KL: "bits",
    }


def test_only_measures_of_change_are_missing_at_the_embedding() -> None:
    missing = {measure for measure, grid in grids().items() if np.isnan(grid.values).any()}
    assert missing == {Measure.UPDATE_SIZE, Measure.COSINE_TO_PREVIOUS}
    for measure in missing:
        values = grids()[measure].values
        assert np.isnan(values[0]).all() and np.isfinite(values[1:]).all()


def test_without_a_lens_there_are_the_measures_of_the_stream() -> None:
    assert set(grids(with_lens=False)) == OF_STREAM


def test_cosines_stay_within_their_range() -> None:
    values = grids()[Measure.COSINE_TO_FINAL].values
    assert values.max() <= 1 and values.min() >= -1
