"""What leaves as a file can be read again, and what comes in is what left."""

import csv
import io

import numpy as np
import pytest
from flask.testing import FlaskClient

from dashboard.factory import create_app
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
