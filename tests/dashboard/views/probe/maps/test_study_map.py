"""A study's map says of every cell what the study measured there, and nothing else."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.drawing.figures import draw
from dashboard.maps.map_data import MapData
from dashboard.views.probe.maps.cell import cell_values
from dashboard.views.probe.maps.curves import histogram, roc_figure
from dashboard.views.probe.maps.study_map import StudyAt, best_baselines, best_cell, study_map
from dashboard.views.probe.studies.headline import headline
from dashboard.views.probe.studies.tables import example_rows, references_table
from model_backend import ProbeStudy, Site, bin_scores, roc_curve
from tests.model_backend.fake_study_service import make_study

SITE = Site.RESID_POST
ROW, COLUMN = 2, 5
"""The best cell of the invented study: exact_answer_last."""


@pytest.fixture()
def study() -> ProbeStudy:
    return make_study()


@pytest.fixture()
def drawn(study: ProbeStudy) -> MapData:
    return study_map(study, SITE)


def test_every_number_of_a_hover_is_the_studys(study: ProbeStudy, drawn: MapData) -> None:
    meta = draw(drawn).layout.meta
    said = {line.get("labels", {COLUMN: line["label"]})[COLUMN]: line for line in meta["lines"]}
    probes, name = study.maps[SITE], study.best_baseline(COLUMN)
    for label, values in (
        ("95 % interval", probes.low),
        ("AUPRC (wrong answers)", probes.auprc),
        ("shuffled labels", probes.shuffled),
        ("random weights", probes.random_model),
        ("difference to it", probes.difference),
        ("95 % interval of it", probes.difference_low),
    ):
        assert said[label]["values"][ROW][COLUMN] == pytest.approx(values[ROW, COLUMN])
    assert said["95 % interval of it"]["upper"][ROW][COLUMN] == probes.difference_high[ROW, COLUMN]
    assert said["n"]["values"][ROW][COLUMN] == study.n[COLUMN]
    assert said["wrong"]["values"][ROW][COLUMN] == study.n_wrong[COLUMN]
    assert said["groups"]["values"][ROW][COLUMN] == study.n_groups[COLUMN]
    assert said[name]["values"][ROW][COLUMN] == np.nanmax(study.baseline_auc[:, COLUMN])


def test_the_best_set_is_outlined_and_what_chance_reaches_is_hatched(
    study: ProbeStudy, drawn: MapData
) -> None:
    meta = draw(drawn).layout.meta
    assert meta["outlined"] == [[ROW, COLUMN]]
    probes = study.maps[SITE]
    hatched = {(row, column) for row, column in meta["dimmed"]}
    below = np.argwhere(np.nan_to_num(probes.auc, nan=1.0) < probes.threshold)
    assert hatched == {(row, column) for row, column in below.tolist()}


def test_without_permutations_nothing_is_hatched_and_the_notes_say_why(study: ProbeStudy) -> None:
    probes = replace(study.maps[SITE], threshold=np.full(len(study.positions), np.nan))
    found = study_map(replace(study, maps={SITE: probes}), SITE)
    assert found.marks.dimmed is not None
    assert not found.marks.dimmed.any()
    assert any("No permutations" in note for note in found.notes)


def test_a_position_that_no_answer_has_is_missing_and_named(drawn: MapData) -> None:
    assert draw(drawn).layout.meta["positions"][7] is None
    assert drawn.notes[-1] == "Dotted: -8: no answer is that long."


def test_every_column_without_a_value_is_named_with_the_reason(study: ProbeStudy) -> None:
    auc, n = study.maps[SITE].auc.copy(), study.n.copy()
    auc[:, :2], n[0] = np.nan, 0
    assert n[1] > 0
    probes = replace(study.maps[SITE], auc=auc)
    notes = study_map(replace(study, n=n, maps={SITE: probes}), SITE).notes
    none, few = study.positions[:2]
    assert f"Dotted: {none}: no answer has it." in notes
    why = "too few right or too few wrong answers have it for a probe"
    assert f"Dotted: {few}: {why}." in notes


def test_a_study_without_baselines_has_none_anywhere(study: ProbeStudy) -> None:
    bare = replace(study, baseline_names=(), baseline_auc=np.empty((0, len(study.positions))))
    assert np.isnan(best_baselines(bare)).all()
    values = dict(cell_values(study_map(bare, SITE), ROW, COLUMN))
    assert values["no baseline"] == "none here"


def test_the_examples_have_the_scores_of_the_opened_cell(study: ProbeStudy) -> None:
    at = StudyAt(study, SITE)
    assert best_cell(at) == (ROW, COLUMN)
    rows = example_rows(at, 1, 3)
    assert [row["probe score"] for row in rows] == pytest.approx(
        study.maps[SITE].scores[1, 3].tolist(), abs=5e-5
    )
    assert {row["verdict"] for row in rows} == {"right", "wrong"}
    wrong = [row["verdict"] == "wrong" for row in rows]
    np.testing.assert_array_equal(wrong, ~study.examples.is_correct)


def test_the_curves_of_a_cell_are_those_of_its_scores(study: ProbeStudy) -> None:
    scores = study.maps[SITE].scores[ROW, COLUMN].astype(float)
    is_correct = study.examples.is_correct
    curve = roc_figure(roc_curve(scores, is_correct)).data[1]
    assert (curve.x[0], curve.y[0], curve.x[-1], curve.y[-1]) == (0, 0, 1, 1)
    bars = histogram(bin_scores(scores, is_correct)).data
    assert sum(bars[0].y) == is_correct.sum()
    assert sum(bars[1].y) == (~is_correct).sum()


def test_the_headline_says_the_verdict_first_and_then_five_numbers(study: ProbeStudy) -> None:
    text = str(headline(study))
    assert text.index("The best probe beats every baseline.") < text.index("probe, nested")
    for number in ("0.820", "0.850", "0.620", "0.700", "0.150"):
        assert f"Strong('{number}')" in text


def test_every_rival_has_a_line(study: ProbeStudy) -> None:
    text = str(references_table(study))
    for reference in study.references:
        assert reference.name in text
        assert reference.meaning in text
