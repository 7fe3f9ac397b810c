"""Results as pandas frames: the same numbers at the same places, and a sentence without pandas."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model_backend import LayerTokenGrid, Measure, Site, layer_labels, published_maps
from tests.model_backend.fake_study_service import BASELINES, make_study
from tests.model_backend.fakes import make_inspection

ROOT = Path(__file__).parents[3]
WITHOUT_PANDAS = """
import sys
sys.modules["pandas"] = None  # as if it were not installed
from model_backend import published_maps
try:
    published_maps()[0].to_pandas()
except ImportError as error:
    print(error)
"""


def make_grid() -> LayerTokenGrid:
    values = np.arange(36, dtype=np.float32).reshape(12, 3)
    return LayerTokenGrid("norm", values, layer_labels(11), ("a", "b", "a"))


def test_a_grid_has_a_line_for_every_cell() -> None:
    frame = make_grid().to_pandas()
    assert list(frame.columns) == ["row", "layer", "position", "token", "value"]
    line = frame[(frame.row == 10) & (frame.position == 2)].iloc[0]
    assert (line.layer, line.token, line.value) == ("10", "a", 32)
    assert len(frame) == 36


def test_a_grid_pivots_to_itself_with_its_layers_in_order() -> None:
    grid = make_grid()
    table = grid.to_pandas().pivot(index="layer", columns="position", values="value")
    assert tuple(table.index) == grid.layer_labels
    assert np.array_equal(table.to_numpy(), grid.values)


def test_named_columns_have_their_names() -> None:
    grid = replace(make_grid(), column_names=("x", "y", "z"), column_positions=(2, 0, None))
    frame = grid.to_pandas()
    assert frame.name.tolist()[:3] == ["x", "y", "z"]
    assert frame.position[:2].tolist() == [2, 0] and np.isnan(frame.position[2])


def test_an_inspection_has_a_column_for_every_measure_at_every_site() -> None:
    inspection = make_inspection("one two three")
    frame = inspection.to_pandas()
    n_rows = len(inspection.grids[Measure.RESIDUAL_NORM].values)
    line = frame[(frame.row == n_rows - 1) & (frame.position == 1)].iloc[0]
    for measure, grid in inspection.grids.items():
        assert line[measure.value] == grid.values[-1, 1]
    for site, grids in inspection.grids_at.items():
        assert all(line[f"{m} at {site}"] == grid.values[-1, 1] for m, grid in grids.items())
    assert (line.token, line.token_id) == ("two", inspection.token_ids[1])
    assert line.top_id == inspection.top_ids[-1, 1, 0]
    assert line.top_probability == inspection.top_probs[-1, 1, 0]
    assert len(frame) == n_rows * 3


def test_an_inspection_without_predictions_has_no_column_of_them() -> None:
    inspection = make_inspection("one two")
    none = inspection.top_ids[..., :0]
    frame = replace(inspection, top_ids=none, top_probs=none.astype(np.float32)).to_pandas()
    assert "top_id" not in frame and Measure.RESIDUAL_NORM.value in frame


def test_a_study_has_its_aucs_by_position_and_its_answers() -> None:
    study = make_study()
    probes = study.maps[Site.RESID_POST]
    frame = study.to_pandas(Site.RESID_POST)
    best = frame.loc[frame.auc.idxmax()]
    assert (best.row, best.position, best.auc) == (2, "exact_answer_last", 0.85)
    assert best.low == pytest.approx(0.8) and best.threshold == 0.62
    assert best.n == study.n[study.positions.index("exact_answer_last")]
    plain = probes.to_pandas()
    assert plain.loc[plain.auc.idxmax(), ["row", "column"]].tolist() == [
        2, study.positions.index("exact_answer_last")]  # fmt: skip
    answers = study.examples.to_pandas(study.baseline_names)
    assert answers.question.tolist() == list(study.examples.question)
    assert np.array_equal(answers[BASELINES[1]], study.examples.baselines[:, 1])


def test_a_published_map_has_a_line_for_every_layer_and_position() -> None:
    published = published_maps()[0]
    frame = published.to_pandas()
    assert np.array_equal(frame.auc, published.grid.values.ravel())
    assert tuple(frame.position[: len(published.grid.token_labels)]) == published.grid.token_labels


def test_without_pandas_a_sentence_says_how_to_install_it() -> None:
    code = [sys.executable, "-c", WITHOUT_PANDAS]
    said = subprocess.run(code, capture_output=True, text=True, cwd=ROOT, check=True).stdout
    assert said.strip() == "to_pandas() needs pandas, which is not installed: pip install pandas"


def test_the_front_door_does_not_load_pandas() -> None:
    code = "import model_backend, sys; print('pandas' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert answer.stdout.strip() == "False", answer.stderr
