"""Files of a map hold the numbers of the inspection, and bad requests get a sentence."""

import csv
import io
import json
from typing import Any
from urllib.parse import urlencode

import numpy as np
import orjson
import pytest
from flask.testing import FlaskClient

from dashboard.factory import create_app
from dashboard.links.kept_view import kept_view, read_view
from dashboard.maps.export import export_csv
from dashboard.maps.inspection_map import InspectionMap
from dashboard.maps.load_map import map_of
from dashboard.maps.map_data import Column
from dashboard.maps.view_options import ViewOptions
from model_backend import NOT_INSPECTED, Archive, FileBackend, Measure, read_archive
from tests.model_backend.fakes import FakeBackend, make_inspection

ADDRESS = "/_layerscope/export/explore"
TEXT = '=1+1 "two" three'
ASKED: dict[str, Any] = {"request": {"model": "fake", "text": TEXT}, "measure": "lens entropy"}


@pytest.fixture()
def client() -> FlaskClient:
    return create_app(FileBackend(FakeBackend())).server.test_client()


def lines(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_table_has_one_line_for_every_cell_in_view(client: FlaskClient) -> None:
    view = {"rows": [1, 2], "columns": [0, 1]}
    answer = client.post(f"{ADDRESS}/csv", json=ASKED | view)
    grid = make_inspection(TEXT).grids[Measure.LENS_ENTROPY]
    found = lines(answer.get_data().decode("utf-8-sig"))
    assert [(line["layer"], line["position"]) for line in found] == [
        ("1", "0"), ("1", "1"), ("2", "0"), ("2", "1"),
    ]  # fmt: skip
    values = np.array([float(line["value"]) for line in found], dtype=np.float32)
    assert np.array_equal(values, grid.values[1:3, :2].ravel())
    assert list(found[0]) == ["layer", "position", "token", "id", "value",
                              "measure", "unit", "site", "model", "revision"]  # fmt: skip


def test_a_table_says_what_was_measured_where(client: FlaskClient) -> None:
    asked = ASKED | {"measure": "residual norm", "site": "resid_mid"}
    found = lines(client.post(f"{ADDRESS}/csv", json=asked).get_data().decode("utf-8-sig"))
    told = {(line["measure"], line["site"], line["model"], line["revision"]) for line in found}
    assert told == {("residual norm", "resid_mid", "fake", "1")}
    entropy = lines(client.post(f"{ADDRESS}/csv", json=ASKED).get_data().decode("utf-8-sig"))
    assert {line["unit"] for line in entropy} == {"bits"}


def test_a_model_with_a_name_like_a_formula_is_none() -> None:
    found = InspectionMap(make_inspection("a b", model="=1+1"))
    written = lines(export_csv(map_of(found, ViewOptions(Measure.LENS_KL))))
    assert {line["model"] for line in written} == {"'=1+1"}


def test_a_token_in_a_table_is_exact_and_no_formula(client: FlaskClient) -> None:
    found = lines(client.post(f"{ADDRESS}/csv", json=ASKED).get_data().decode("utf-8-sig"))
    assert [json.loads(line["token"]) for line in found[:3]] == TEXT.split()
    assert all(line["token"].startswith('"') for line in found)


def test_named_columns_have_their_names_and_missing_ones_no_line() -> None:
    columns = (Column(2, "last_q"), Column(None, "first_answer"), Column(0, "second_answer"))
    found = InspectionMap(make_inspection("a b c"), columns)
    written = lines(export_csv(map_of(found, ViewOptions(Measure.LENS_KL))))
    assert [(line["name"], line["position"]) for line in written[:2]] == [
        ("last_q", "2"),
        ("second_answer", "0"),
    ]


@pytest.mark.parametrize("kind", ["json", "npz"])
def test_an_archive_opens_in_python_and_in_the_page(client: FlaskClient, kind: str) -> None:
    content = client.post(f"{ADDRESS}/{kind}", json=ASKED).data
    archive, here = read_archive(content), make_inspection(TEXT, attention=True)
    assert archive.inspection.grids.keys() == set(Measure) - NOT_INSPECTED
    for measure, grid in here.grids.items():
        read = archive.inspection.grids[measure].values
        assert np.array_equal(read, grid.values, equal_nan=True)
    assert archive.versions["layerscope"] and archive.text == TEXT
    opened = client.post(
        "/_layerscope/open", data=content, content_type="application/octet-stream"
    ).get_json()
    again = client.post(f"{ADDRESS}/csv", json={**ASKED, "request": opened})
    here_said = client.post(f"{ADDRESS}/csv", json=ASKED).get_data().decode("utf-8-sig")
    name = {"model": opened["model"]}
    assert lines(again.get_data().decode("utf-8-sig")) == [line | name for line in lines(here_said)]


def test_a_file_keeps_how_its_text_was_read(client: FlaskClient) -> None:
    request = {**ASKED["request"], "special_tokens": False}
    content = client.post(f"{ADDRESS}/npz", json={**ASKED, "request": request}).data
    sent = {"data": content, "content_type": "application/octet-stream"}
    opened = client.post("/_layerscope/open", **sent).get_json()
    assert opened["special_tokens"] is False
    assert client.post(f"{ADDRESS}/csv", json={**ASKED, "request": opened}).status_code == 200
    refused = client.post(f"{ADDRESS}/csv", json={**ASKED, "request": {**opened, "text": "else"}})
    assert refused.status_code == 400 and "came from a file" in refused.get_json()["error"]


@pytest.mark.parametrize(
    "change",
    [{"measure": "luck"}, {"measure": None}, {"request": {}}, {"request": 7}, {"rows": "all"},
     {"rows": [1]}, {"columns": [0.5, 1]}],
)  # fmt: skip
def test_a_request_that_makes_no_sense_gets_a_sentence(client: FlaskClient, change: Any) -> None:
    answer = client.post(f"{ADDRESS}/csv", json=ASKED | change)
    assert answer.status_code == 400
    assert answer.get_json()["error"].endswith(".")


def test_a_file_of_something_else_gets_a_sentence(client: FlaskClient) -> None:
    answer = client.post(
        "/_layerscope/open", data=b"PK\x03\x04", content_type="application/octet-stream"
    )
    assert answer.status_code == 400
    assert "not a file that Layerscope wrote" in answer.get_json()["error"]


@pytest.mark.parametrize("form", ["text/plain", "multipart/form-data; boundary=x"])
def test_a_file_comes_in_no_form_that_a_foreign_page_may_send(
    client: FlaskClient, form: str
) -> None:
    assert client.post("/_layerscope/open", data=b"{}", content_type=form).status_code == 415


def test_a_file_keeps_everything_that_is_chosen(client: FlaskClient) -> None:
    shown = {"x": [0.5, 2.5], "open": [1, 2], "pins": [[0, 1], [2, 2]]}
    looks = {"cells": "value", "profiles": "none", "sinks": True, "scale": "raw"}
    content = client.post(f"{ADDRESS}/npz", json=ASKED | looks | {"shown": shown}).data
    sent = {"data": content, "content_type": "application/octet-stream"}
    model = client.post("/_layerscope/open", **sent).get_json()["model"]
    view = client.get(f"/_layerscope/saved-view?{urlencode({'model': model})}").get_json()
    kept = {"measure": ASKED["measure"], **looks, "sinks": "yes", "shown": shown}
    assert view.items() >= kept.items()


def test_a_file_keeps_nothing_that_is_not_known(client: FlaskClient) -> None:
    strange = {"cells": "<b>", "profiles": ["none"], "shown": {"x": [3, 1], "pins": [[-1, 0]]}}
    content = client.post(f"{ADDRESS}/npz", json=ASKED | strange).data
    view = read_archive(content).view
    assert not view.keys() & {"cells", "profiles", "sinks", "shown"}
    assert read_view({"shown": "{"})["shown"] == read_view({"shown": "[7]"})["shown"] == {}


def test_cells_of_named_columns_are_kept_at_their_tokens() -> None:
    columns = (Column(2, "last_q"), Column(None, "first_answer"), Column(0, "second_answer"))
    found = InspectionMap(make_inspection("a b c"), columns)
    map_ = map_of(
        found, ViewOptions(Measure.LENS_KL), make_archive=lambda: Archive(found.inspection)
    )
    shown = {"x": [0, 1], "y": [0, 2], "open": [1, 2], "pins": [[1, 0], [2, 1]]}
    kept = orjson.loads(kept_view({"shown": shown}, map_)["shown"])
    assert kept == {"y": [0, 2], "open": [1, 0], "pins": [[1, 2]]}
    assert kept_view({}, map_) == {}
