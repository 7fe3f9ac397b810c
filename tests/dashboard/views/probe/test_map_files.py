"""Maps of AUCs and differences are saved, and opened again among the maps of Probe."""

import csv
import io
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient

from dashboard.page.ids import DIFFERENCE as OF_COMPARE
from dashboard.page.ids import LEFT, RIGHT
from dashboard.page.probe_ids import BESIDE, DIFFERENCE, PROBE, Probe
from dashboard.views.compare.maps import CHOSEN
from model_backend import Align, MapKind, Measure, Scale, Site, read_saved_map
from tests.dashboard.views.compare.test_side import QUESTION, TEXT, ask
from tests.dashboard.views.explore.test_explore import call, error_of
from tests.dashboard.views.probe.test_probe import STUDY, draw
from tests.model_backend.fake_study_service import make_study

OTHER = "published/TriviaQA"
LESS = {"left": {"map": STUDY}, "right": {"map": OTHER}, "align": "name"}
ADDRESS = "/_layerscope/export"


def open_file(client: FlaskClient, content: bytes) -> Any:
    sent = {"data": content, "content_type": "application/octet-stream"}
    return client.post("/_layerscope/open", **sent).get_json()


@pytest.mark.parametrize("kind", ["json", "npz"])
@pytest.mark.parametrize(
    ("prefix", "request_"),
    [(PROBE.prefix, {"map": STUDY}), (BESIDE.prefix, {"map": OTHER}), (DIFFERENCE.prefix, LESS)],
)
def test_a_map_of_probe_is_saved_and_opens_as_the_same_map(
    client: FlaskClient, prefix: str, request_: Any, kind: str
) -> None:
    chosen = {"profiles": "none", "shown": {"y": [0.5, 2.5], "pins": [[1, 0]]}}
    content = client.post(f"{ADDRESS}/{prefix}/{kind}", json={"request": request_, **chosen}).data
    saved = read_saved_map(content)
    opened = open_file(client, content)
    assert list(opened) == ["map"]
    assert client.get("/_layerscope/saved-view", query_string=opened).get_json() == chosen
    figure = draw(client, opened["map"])["response"][PROBE.drawing]["data"]
    assert figure["layout"]["meta"]["request"] == opened
    assert figure["layout"]["meta"]["about"] == saved.title
    assert figure["layout"]["meta"]["layers"] == list(saved.grid.layer_labels)


def test_the_file_of_a_study_says_which_study_and_what_each_cell_is_worth(
    client: FlaskClient,
) -> None:
    saved = read_saved_map(
        client.post(f"{ADDRESS}/{PROBE.prefix}/npz", json={"request": {"map": STUDY}}).data
    )
    found = make_study().maps[Site.RESID_POST]
    assert saved.kind is MapKind.AUC
    assert np.array_equal(saved.grid.values, found.auc, equal_nan=True)
    assert np.array_equal(saved.lines[0].values, found.low, equal_nan=True)
    assert saved.lines[0].upper is not None
    assert np.array_equal(saved.lines[0].upper, found.high, equal_nan=True)
    assert saved.provenance.details["study"] == STUDY.split("/")[1]


def test_the_table_of_a_difference_has_both_numbers_of_every_cell_in_view(
    client: FlaskClient,
) -> None:
    view = {"request": LESS, "rows": [1, 2], "columns": [0, 1]}
    text = (
        client.post(f"{ADDRESS}/{DIFFERENCE.prefix}/csv", json=view).get_data().decode("utf-8-sig")
    )
    lines = list(csv.DictReader(io.StringIO(text)))
    assert [(line["layer"], line["token"]) for line in lines] == [
        ("1", '"last_q"'), ("1", '"first_answer"'), ("2", '"last_q"'), ("2", '"first_answer"'),
    ]  # fmt: skip
    for line in lines:
        assert float(line["value"]) == float(line["this map"]) - float(line["the other"])
    assert {line["measure"] for line in lines} == {"AUC difference"}


def test_a_map_of_a_file_that_is_gone_gets_a_sentence(client: FlaskClient) -> None:
    assert "Open the file again" in error_of(draw(client, "file/0123456789abcdef"))


@pytest.mark.parametrize("request_", [{}, {"map": 7}, {"map": "elsewhere"}, None])
def test_a_request_for_a_file_of_no_map_gets_a_sentence(client: FlaskClient, request_: Any) -> None:
    answer = client.post(f"{ADDRESS}/{PROBE.prefix}/npz", json={"request": request_})
    assert answer.status_code == 400
    assert answer.get_json()["error"].endswith(".")


def words(client: FlaskClient, ids: Any, show: str, inputs: dict[str, Any]) -> Any:
    output = f"..{ids.table}.children...{ids.reading}.children.."
    return call(client, output, {**inputs, f"{ids.show}.value": show, f"{ids.in_view}.data": None})[
        "response"
    ]


@pytest.mark.parametrize("ids", [BESIDE, DIFFERENCE], ids=["beside", "difference"])
def test_a_map_beside_another_is_shown_as_a_table_or_with_its_reading(
    client: FlaskClient, ids: Any
) -> None:
    inputs = {f"{PROBE.request}.data": {"map": STUDY}, f"{Probe.OTHER}.value": OTHER}
    table = words(client, ids, "table", inputs)
    assert "rowData" in str(table[ids.table]) and table[ids.reading]["children"] is None
    reading = words(client, ids, "reading", inputs)
    assert "Highest" in str(reading[ids.reading]) and reading[ids.table]["children"] == []
    assert words(client, ids, "map", inputs)[ids.table]["children"] == []


def compared(client: FlaskClient) -> dict[str, Any]:
    """Controls of Compare after a text was compared with a question."""
    said = ask(client, TEXT, QUESTION)["response"]
    values = [said[ids.request]["data"] for ids in (LEFT, RIGHT)]
    values += [Measure.RESIDUAL_NORM.value] * 2 + [Site.RESID_POST.value] * 2
    values += [Align.POSITION.value, "all tokens", Scale.RAW.value]
    names = [f"{one.component_id}.{one.component_property}" for one in CHOSEN]
    return dict(zip(names, values, strict=True))


@pytest.mark.parametrize("ids", [LEFT, RIGHT, OF_COMPARE], ids=["left", "right", "difference"])
def test_a_map_of_compare_is_shown_as_a_table_or_with_its_reading(
    client: FlaskClient, ids: Any
) -> None:
    inputs = compared(client)
    assert "rowData" in str(words(client, ids, "table", inputs)[ids.table])
    assert "Highest" in str(words(client, ids, "reading", inputs)[ids.reading])


def test_a_difference_of_compare_is_saved_and_opens_among_the_maps_of_probe(
    client: FlaskClient,
) -> None:
    inputs = compared(client)
    left, right = ({**inputs[f"{ids.request}.data"], "axis": "all tokens"} for ids in (LEFT, RIGHT))
    chosen = {"measure": Measure.RESIDUAL_NORM, "site": Site.RESID_POST}
    asked = {"request": {"left": left, "right": right, "align": "position"},
             "left": chosen, "right": chosen}  # fmt: skip
    content = client.post(f"{ADDRESS}/{OF_COMPARE.prefix}/json", json=asked).data
    saved = read_saved_map(content)
    assert (saved.kind, saved.grid.name) == (MapKind.DIFFERENCE, "difference in residual norm")
    assert np.array_equal(saved.grid.values, saved.lines[0].values - saved.lines[1].values)
    figure = draw(client, open_file(client, content)["map"])["response"][PROBE.drawing]["data"]
    assert figure["layout"]["meta"]["tokens"] == list(saved.grid.token_labels)
    unlike = {**asked, "left": {"measure": "lens entropy"}}
    refused = client.post(f"{ADDRESS}/{OF_COMPARE.prefix}/json", json=unlike)
    assert refused.get_json()["error"] == "These two maps have no difference."
