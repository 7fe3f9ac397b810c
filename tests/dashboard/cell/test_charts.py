"""The small charts of an opened cell: what they draw, and what they name."""

from dataclasses import replace
from typing import Any

import numpy as np
import orjson
import pytest

from dashboard.cell.charts import path_chart
from model_backend import CellDetail, CellRequest, Prediction
from tests.model_backend.fakes import FakeBackend


def cell(n_predictions: int) -> CellDetail:
    detail = FakeBackend().cell(CellRequest("fake", "one two three", 1, 1))
    predictions = tuple(Prediction(at, f"w{at}", 0.01) for at in range(n_predictions))
    paths = np.arange(4 * n_predictions, dtype=np.float32).reshape(4, -1) / 100
    return replace(detail, predictions=predictions, paths=paths)


@pytest.mark.parametrize("n_predictions", [3, 5, 10])
def test_every_prediction_has_its_line_through_all_layers(n_predictions: int) -> None:
    detail = cell(n_predictions)
    chart: Any = path_chart(detail)[1]
    drawn = orjson.loads(getattr(chart, "data-chart"))
    assert drawn["names"] == [prediction.text for prediction in detail.predictions]
    np.testing.assert_allclose(drawn["lines"], detail.paths.T, atol=1e-4)


def test_the_first_five_are_named_and_those_after_them_counted() -> None:
    legends: list[Any] = [path_chart(cell(n))[0] for n in (5, 10)]
    classes = [[item.className for item in legend.children] for legend in legends]
    hues = [f"hue-{at}" for at in range(5)]
    assert classes == [hues, [*hues, "others"]]
    assert legends[1].children[-1].children == "the 5 after them"
