"""Exported files can be read again, and an import equals the export."""

import codecs
import csv
import io
from dataclasses import replace
from itertools import cycle, islice, product

import numpy as np
import pytest
from flask.testing import FlaskClient

from dashboard.factory import create_app
from dashboard.page.spreadsheet import write_csv
from dashboard.views.probe.studies.csv_tables import (
    PORTION,
    TABLES,
    dropped_rows,
    example_rows,
    headline_rows,
    write_table,
)
from dashboard.views.probe.studies.headline import FILES, headline
from model_backend import Site
from tests.model_backend.fake_study_service import make_study
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
    assert answer.get_data().startswith(codecs.BOM_UTF8)
    return list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))


def read_rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


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
    assert [row["name"] for row in rows] == [reference.name for reference in STUDY.references]
    assert float(rows[0]["difference_low"]) == STUDY.references[0].difference.low


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


def test_the_headline_has_every_number_that_is_said_first(client: FlaskClient) -> None:
    rows, best = read_csv(client, "headline"), STUDY.card.best
    said = {row["name"]: row for row in rows}
    for name, estimate in (("nested_auc", best.nested), ("naive_auc", best.naive)):
        found = [float(said[name][part]) for part in ("value", "low", "high")]
        assert found == [estimate.value, estimate.low, estimate.high]
    where = [said[f"best_{part}"]["value"] for part in ("site", "layer", "position")]
    assert where == ["resid_post", "2", "exact_answer_last"]
    counts = [int(said[name]["value"]) for name in ("n", "n_wrong", "n_groups", "n_dropped")]
    assert counts == [STUDY.card.n, STUDY.card.n_wrong, STUDY.card.n_groups, 3]
    assert float(said["threshold"]["value"]) == best.threshold
    assert said["dropped"]["meaning"] == "no exact answer was found"
    assert said["best_baseline_auc"]["meaning"] == "least probability"
    assert float(said["probe_minus_baseline"]["low"]) == STUDY.references[0].difference.low
    sentences = [row["value"] for row in rows if row["name"] == "sentence"]
    assert tuple(sentences) == STUDY.card.headline


def test_a_headline_without_baselines_and_with_formulas_is_a_table_all_the_same() -> None:
    card = replace(STUDY.card, model="=model()", headline=("@SUM(A1)",))
    study = replace(STUDY, card=card, references=STUDY.references[1:])
    said = {row["name"]: row["value"] for row in read_rows(write_csv(headline_rows(study)))}
    assert (said["model"], said["sentence"]) == ("'=model()", "'@SUM(A1)")
    assert "best_baseline_auc" not in said


def test_the_maps_say_how_often_the_nested_best_chose_each_cell(client: FlaskClient) -> None:
    chosen = {
        f"{row['site']} {row['layer']} {row['position']}": int(row["times_chosen"])
        for row in read_csv(client, "maps")
        if row["times_chosen"] != "0"
    }
    assert chosen == STUDY.card.best.chosen


def test_the_scores_are_those_of_every_cell_in_the_order_of_the_answers() -> None:
    n = PORTION + 44
    study = make_study(n=n, rows=3)
    texts = ("=1+1", 'a "quoted", one', "two\nlines", *(f"q{number}" for number in range(3, n)))
    folds = np.stack([np.arange(n) % 5, np.arange(n) % 3]).astype(np.int8)
    more = replace(study.maps[Site.RESID_POST], site=Site.MLP_OUT)
    more = replace(more, scores=more.scores / 2)
    more.scores[1, 5] = np.nan
    maps = {**study.maps, Site.MLP_OUT: more}
    study = replace(study, folds=folds, maps=maps, examples=replace(study.examples, question=texts))
    rows = read_rows("".join(write_table(study, "scores")))
    assert [row["question"] for row in rows] == ["'=1+1", *texts[1:]]
    assert [row["is_right"] == "True" for row in rows] == study.examples.is_correct.tolist()
    assert [[int(row["fold_1"]), int(row["fold_2"])] for row in rows] == folds.T.tolist()
    for site, layer, position in product(maps, (0, 2), (0, 5)):
        column = f"{site}/{study.layer_labels[layer]}/{study.positions[position]}"
        found = np.array([float(row[column]) for row in rows], dtype=np.float32)
        np.testing.assert_array_equal(found, maps[site].scores[layer, position])
    assert {row["mlp_out/1/exact_answer_last"] for row in rows} == {"nan"}
    assert len(rows[0]) == 5 + 2 * 3 * len(study.positions)


def test_the_scores_of_an_older_study_come_without_folds(client: FlaskClient) -> None:
    assert STUDY.folds.shape == (0, 0)
    rows = read_csv(client, "scores")
    assert list(rows[0])[:3] == ["question", "row", "is_right"]
    assert len(rows) == STUDY.examples.n


def test_every_file_is_linked_with_what_it_holds() -> None:
    assert set(FILES) == {"zip", "scores.csv", *(f"{table}.csv" for table in TABLES)}
    shown = str(headline(STUDY))
    for name, holds in FILES.items():
        assert f"_layerscope/studies/{STUDY.card.study}/{name}'" in shown and holds in shown


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
