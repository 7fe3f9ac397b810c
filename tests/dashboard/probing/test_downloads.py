"""What leaves as a file can be read again, and what comes in is what left."""

import csv
import io
from dataclasses import replace
from itertools import cycle, islice, product

import numpy as np
import pytest
from flask.testing import FlaskClient

from dashboard.factory import create_app
from dashboard.probing.headline import headline
from dashboard.probing.study_csv import dropped_rows, example_rows
from dashboard.spreadsheet import write_csv
from model_backend import Site
from tests.model_backend.fake_desk import make_study
from tests.model_backend.fakes import FakeBackend

STUDY = make_study()
FOLDER = f"/_layerscope/studies/{STUDY.card.study}"


@pytest.fixture()
def backend() -> FakeBackend:
    return FakeBackend()


@pytest.fixture()
def client(backend: FakeBackend) -> FlaskClient:
    return create_app(backend).server.test_client()


def read_csv(client: FlaskClient, name: str) -> list[dict[str, str]]:
    answer = client.get(f"{FOLDER}/{name}.csv")
    assert answer.mimetype == "text/csv"
    return list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))


def test_the_maps_have_a_row_for_every_cell_and_every_number(client: FlaskClient) -> None:
    rows, probes = read_csv(client, "maps"), STUDY.maps[Site.RESID_POST]
    assert len(rows) == probes.auc.size
    best = next(
        row for row in rows if row["layer"] == "2" and row["position"] == "exact_answer_last"
    )
    assert float(best["auc"]) == pytest.approx(0.85)
    assert float(best["difference_low"]) == pytest.approx(probes.difference_low[2, 5])
    assert best["in_best_set"] == "True"


def test_the_examples_have_the_best_cells_scores_and_all_baselines(client: FlaskClient) -> None:
    rows = read_csv(client, "examples")
    scores = [float(row["probe_score"]) for row in rows]
    np.testing.assert_allclose(scores, STUDY.maps[Site.RESID_POST].scores[2, 5], rtol=1e-6)
    assert set(STUDY.baseline_names) <= set(rows[0])


def test_the_rivals_have_their_intervals(client: FlaskClient) -> None:
    rows = read_csv(client, "rivals")
    assert [row["name"] for row in rows] == [rival.name for rival in STUDY.rivals]
    assert float(rows[0]["difference_low"]) == STUDY.rivals[0].difference.low


def test_every_baseline_has_its_auc_at_every_position(client: FlaskClient) -> None:
    rows = read_csv(client, "baselines")
    pairs = [(row["baseline"], row["position"]) for row in rows]
    assert pairs == list(product(STUDY.baseline_names, STUDY.positions))
    found = [float(row["auc"]) for row in rows]
    np.testing.assert_allclose(found, STUDY.baseline_auc.ravel())
    assert {row["n"] for row in rows if row["position"] == "-8"} == {"0"}
    assert f"_layerscope/studies/{STUDY.card.study}/baselines.csv" in str(headline(STUDY))


def test_what_people_and_models_wrote_is_no_formula_in_any_table() -> None:
    wrote = ("=1+1", "+1+1", "-1+1", "@SUM(A1)", "-5", "- five")
    texts = tuple(islice(cycle(wrote), STUDY.examples.n))
    study = replace(STUDY, examples=replace(STUDY.examples, question=texts, answer=texts))
    rows = list(csv.DictReader(io.StringIO(write_csv(example_rows(study)))))
    expected = ["'=1+1", "'+1+1", "'-1+1", "'@SUM(A1)", "-5", "'- five"]
    assert [row["question"] for row in rows[:6]] == expected
    assert [row["answer"] for row in rows[:6]] == expected


def test_answers_that_were_not_used_are_a_table_without_formulas(client: FlaskClient) -> None:
    rows = read_csv(client, "dropped")
    assert [row["question"] for row in rows] == [each.question for each in STUDY.dropped]
    assert rows[0]["reason"] == "no exact answer was found" and rows[0]["aliases"] == "Bharat"
    sums = replace(STUDY.dropped[0], question="=1+1", answer="@SUM(A1)", aliases=("+1", "b"))
    study = replace(STUDY, dropped=(sums,))
    [row] = csv.DictReader(io.StringIO(write_csv(dropped_rows(study))))
    assert (row["question"], row["answer"], row["aliases"]) == ("'=1+1", "'@SUM(A1)", "'+1|b")
    assert f"_layerscope/studies/{STUDY.card.study}/dropped.csv" in str(headline(STUDY))


def test_numbers_below_zero_and_positions_counted_back_stay_as_they_are(
    client: FlaskClient,
) -> None:
    rows = read_csv(client, "maps")
    assert {row["position"] for row in rows} == set(STUDY.positions)
    found = [float(row["difference"]) for row in rows]
    np.testing.assert_allclose(found, STUDY.maps[Site.RESID_POST].difference.ravel())
    assert min(found) < 0


def test_a_study_goes_out_as_a_zip_and_comes_in_again(
    client: FlaskClient, backend: FakeBackend
) -> None:
    content = client.get(f"{FOLDER}/zip").data
    answer = client.post("/_layerscope/studies", data=content, content_type="application/zip")
    assert answer.status_code == 200
    assert answer.get_json()["study"] in {card.study for card in backend.studies()}


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "multipart/form-data"])
def test_a_study_comes_in_under_no_other_type(client: FlaskClient, kind: str) -> None:
    answer = client.post("/_layerscope/studies", data=b"{}", content_type=kind)
    assert answer.status_code in (400, 415)
    assert answer.get_json()["error"].endswith(".")


def test_what_is_not_there_gets_a_sentence(client: FlaskClient) -> None:
    for address in ("/_layerscope/studies/none/maps.csv", f"{FOLDER}/passwords.csv"):
        answer = client.get(address)
        assert answer.status_code in (400, 404, 503)
        assert answer.get_json()["error"].startswith("There is no")
