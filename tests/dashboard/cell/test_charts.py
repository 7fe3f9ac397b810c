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
    paths = np.arange(4 * n_predictions, dtype=np.float32).reshape(4, -1) / 400
    return replace(detail, predictions=predictions, paths=paths)


@pytest.mark.parametrize("n_predictions", [3, 5, 10])
def test_every_prediction_has_its_line_through_all_layers(n_predictions: int) -> None:
    detail = cell(n_predictions)
    chart: Any = path_chart(detail)[1]
    drawn = orjson.loads(getattr(chart, "data-chart"))
    assert drawn["names"] == [prediction.text for prediction in detail.predictions]
    np.testing.assert_allclose(drawn["lines"], detail.paths.T, atol=1e-4)


def test_every_line_that_passes_20_percent_anywhere_is_named_and_one_hover_names_the_rest() -> None:
    detail = cell(10)
    paths = np.full((4, 10), 0.05, dtype=np.float32)
    paths[2, 7], paths[0, 9] = 0.98, 0.19
    legend: Any
    legend, chart = path_chart(replace(detail, paths=paths))
    named = [item.children.children for item in legend.children[:-1]]
    assert named == ["w0", "w1", "w2", "w3", "w4", "w7"]
    drawn = orjson.loads(getattr(chart, "data-chart"))
    assert drawn["hues"] == 6 and drawn["names"][5] == "w7"
    assert max(drawn["lines"][5]) == pytest.approx(0.98)


def test_a_tracked_token_has_a_line_of_its_own_unless_it_is_a_prediction() -> None:
    tracked = (Prediction(3, "w3", 0.01), Prediction(40, "Rome", 0.001))
    detail = replace(cell(10), chosen=tracked, chosen_paths=np.full((4, 2), 0.001))
    legend: Any = path_chart(detail)[0]
    named = [item.children.children for item in legend.children[:-1]]
    assert named[0] == "Rome" and named.count("w3") == 1 and len(named) >= 6


def test_the_first_five_are_named_and_those_after_them_counted() -> None:
    legends: list[Any] = [path_chart(cell(n))[0] for n in (5, 10)]
    classes = [[item.className for item in legend.children] for legend in legends]
    hues = [f"hue-{at}" for at in range(5)]
    assert classes == [hues, [*hues, "others"]]
    assert legends[1].children[-1].children == "the 5 after them"
