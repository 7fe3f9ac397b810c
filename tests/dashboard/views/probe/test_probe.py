"""The Probe view's requests, and its answers when something is wrong."""

import base64
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from dashboard.factory import create_app
from dashboard.page.ids import Page
from dashboard.page.probe_ids import PROBE, Form, Probe, column_id
from dashboard.views.probe.studies.callbacks import (
    QUICK,
    SLOW,
    preview_upload,
    read_contents,
)
from dashboard.views.probe.studies.file_columns import NO_COLUMN, NO_SEPARATOR, read_mapping
from dashboard.views.probe.studies.form import preview, study_form
from model_backend import (
    COLUMN_ROLES,
    ColumnMapping,
    JobState,
    LabelScope,
    LocalBackend,
    Site,
    Stage,
    Upload,
)
from model_backend.probing.data.dataset import read_upload
from model_backend.probing.storage.study_files import write_study
from tests.dashboard.views.explore.test_explore import call, error_of
from tests.model_backend.fake_study_service import PLACES, make_study
from tests.model_backend.fakes import FakeBackend
from tests.model_backend.probing.storage.test_zip_exchange import rows_of

STUDY = "study/20260101-120000-places/resid_post"
DRAWN = f"..{PROBE.drawing}.data...{PROBE.facts}.children...{PROBE.notes}.children.."
WATCHED = f"..{Form.JOBS}.children...{Form.TICK}.interval...{Page.FINISHED}.data.."


@pytest.fixture()
def backend() -> FakeBackend:
    return FakeBackend()


@pytest.fixture()
def client(backend: FakeBackend) -> FlaskClient:
    return create_app(backend).server.test_client()


def draw(client: FlaskClient, name: str, other: str | None = None) -> Any:
    inputs = {f"{PROBE.request}.data": {"map": name}, f"{Probe.OTHER}.value": other}
    return call(client, DRAWN, inputs)


def start(client: FlaskClient, **changed: object) -> Any:
    values: dict[str, Any] = {
        f"{Form.DATASET}.value": "places",
        f"{Form.MODEL}.value": "fake",
        f"{Form.SITES}.value": ["resid_post"],
        f"{Form.SIZE}.value": 200,
        f"{Form.SEED}.value": 3,
        f"{Form.PERMUTATIONS}.value": 20,
        f"{Form.RANDOM_MODEL}.checked": True,
        f"{Form.TRUTH}.checked": True,
        f"{Form.KEEP}.checked": False,
    }
    return call(client, f"{Form.STARTED}.data", {f"{Form.RUN}.n_clicks": 1}, **(values | changed))


def watch(client: FlaskClient, known: str | None = None) -> Any:
    inputs = {f"{Form.TICK}.n_intervals": 1, f"{Form.STARTED}.data": None}
    state: dict[str, Any] = {f"{Page.FINISHED}.data": known}
    return call(client, WATCHED, inputs, **state)["response"]


def test_a_published_map_and_a_study_are_drawn_by_their_names(client: FlaskClient) -> None:
    for name in ("published/NLI (MNLI)", STUDY):
        drawing = draw(client, name)["response"][PROBE.drawing]["data"]
        assert drawing["layout"]["meta"]["request"] == {"map": name}


def test_a_map_beside_another_is_drawn_on_its_scale(client: FlaskClient) -> None:
    alone, beside = (
        draw(client, "published/Math", other)["response"][PROBE.drawing]["data"]["data"][0]["zmin"]
        for other in (None, STUDY)
    )
    assert (alone, beside) == (0.5, 0.4)


def test_another_map_that_is_not_here_takes_nothing_from_this_one(client: FlaskClient) -> None:
    drawing = draw(client, "published/Math", "study/gone/resid_post")["response"][PROBE.drawing]
    assert drawing["data"]["layout"]["meta"]["request"] == {"map": "published/Math"}


def test_the_map_is_of_the_study_that_is_there_now(tmp_path: Path) -> None:
    """A study of the same id that was put in its place has a map of its own."""
    name, maps = STUDY.removeprefix("study/").removesuffix("/resid_post"), []
    client = create_app(LocalBackend(studies=tmp_path)).server.test_client()
    for rows in (4, 3):
        study = make_study(name, rows=rows)
        shutil.rmtree(tmp_path / name, ignore_errors=True)
        write_study(tmp_path / name, study, rows_of(study, rows))
        drawing = draw(client, STUDY)["response"][PROBE.drawing]["data"]
        maps.append(drawing["layout"]["meta"]["layers"])
    assert maps == [["embed", "1", "2", "3"], ["embed", "1", "2"]]


@pytest.mark.parametrize(
    "name", ["published/none", "study/none/resid_post", f"{STUDY}x", "elsewhere", ""]
)
def test_a_name_that_is_none_gets_a_sentence(client: FlaskClient, name: str) -> None:
    assert error_of(draw(client, name)).endswith(".")


def test_a_study_is_asked_for_as_it_was_chosen(client: FlaskClient, backend: FakeBackend) -> None:
    job = start(client)["response"][Form.STARTED]["data"]
    request = backend.job(job).request
    assert (request.model, request.dataset, request.sites) == ("fake", "places", (Site.RESID_POST,))
    assert (request.size, request.seed, request.n_permutations) == (200, 3, 20)
    assert (request.random_model, request.ask_for_truth, request.keep_features) == (
        True,
        True,
        False,
    )


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("size.value", "", "Questions takes a whole number, not ''."),
        ("size.value", 3, "from 50 to 100,000; this is 3."),
        ("seed.value", -1, "The seed of a study"),
        ("sites.value", [], "needs a site"),
    ],
)
def test_a_study_that_cannot_be_is_refused_in_a_sentence(
    client: FlaskClient, backend: FakeBackend, field: str, value: object, said: str
) -> None:
    assert said in error_of(start(client, **{f"study-{field}": value}))
    assert backend.jobs() == ()


def test_the_page_looks_often_while_something_runs_and_seldom_else(
    client: FlaskClient, backend: FakeBackend
) -> None:
    assert watch(client)[Form.TICK]["interval"] == SLOW
    job = start(client)["response"][Form.STARTED]["data"]
    backend.study_service.move(job, Stage.ASKING, 5, 200)
    running = watch(client)
    assert running[Form.TICK]["interval"] == QUICK
    assert "5 of 200 questions" in str(running[Form.JOBS])
    backend.study_service.finish(job)
    assert watch(client)[Form.TICK]["interval"] == SLOW


def test_the_shelf_is_told_only_of_studies_it_does_not_know(
    client: FlaskClient, backend: FakeBackend
) -> None:
    known = watch(client)[Page.FINISHED]["data"]
    assert Page.FINISHED not in watch(client, known)
    job = start(client)["response"][Form.STARTED]["data"]
    backend.study_service.finish(job)
    assert job in watch(client, known)[Page.FINISHED]["data"]


def test_cancel_stops_the_job_whose_button_was_pressed(
    client: FlaskClient, backend: FakeBackend
) -> None:
    first, second = (start(client)["response"][Form.STARTED]["data"] for _ in range(2))
    ids = [{"type": "study-cancel", "job": job} for job in (second, first)]
    body = {
        "output": "",
        "outputs": [],
        "inputs": [[{"id": id_, "property": "n_clicks", "value": n} for n, id_ in enumerate(ids)]],
        "changedPropIds": ['{"job":"%s","type":"study-cancel"}.n_clicks' % first],  # noqa: UP031
        "state": [],
    }
    config = client.get("/_dash-dependencies").get_json()
    body["output"] = next(one["output"] for one in config if "study-cancel" in str(one["inputs"]))
    client.post("/_dash-update-component", json=body)
    assert backend.job(first).state is JobState.CANCELLED
    assert backend.job(second).state is JobState.WAITING


def test_a_file_that_cannot_be_used_says_why_and_leaves_no_data_set_chosen(
    client: FlaskClient,
) -> None:
    shown = preview_upload(FakeBackend().upload(Upload("mine.csv", b"")))
    assert "mine.csv is empty." in str(shown["refused"])
    assert shown["added"] == ""
    offered = f"..{Form.DATASET}.data...{Form.DATASET}.value.."
    chosen = {f"{Form.DATASET}.value": "places"}
    for added, value in ((None, "places"), ("", None), ("upload", "upload")):
        said = call(client, offered, {f"{Form.ADDED}.data": added}, **chosen)
        assert said["response"][Form.DATASET]["value"] == value


def test_a_file_that_is_too_small_says_what_was_in_it() -> None:
    rows = ["Where?,A,one", "Where?,B,one", "Who?,C,one", "What?,,two", "Why?,D,two"]
    content = "\n".join(["question,answer,group", *rows]).encode()
    refused = str(preview_upload(read_upload(Upload("mine.csv", content)).preview)["refused"])
    assert "Only 3 questions can be used; a study needs 50 at least." in refused
    counts = "mine.csv: 3 questions in 2 groups · 1 duplicate · 1 incomplete row"
    assert f"{counts} · 2 of 5 rows left out" in refused
    unread = str(preview_upload(read_upload(Upload("mine.csv", b"a,b\n1,2")).preview)["refused"])
    assert "No column holds the question" in unread and "questions in" not in unread


def test_the_limits_are_told_before_a_file_is_chosen() -> None:
    text = str(study_form(FakeBackend().models()))
    for limit in ("10 MB", "100,000 rows", "50 questions", "20 right and 20 wrong"):
        assert limit in text


def test_a_file_that_can_be_used_becomes_the_data_set() -> None:
    shown = preview_upload(FakeBackend().upload(Upload("mine.csv", b"question,answer")))
    assert shown["added"] == "upload"
    assert shown["refused"] is None
    assert shown["chosen"] == [
        "question",
        "answer",
        "aliases",
        NO_COLUMN,
        "group",
        *[NO_COLUMN] * 4,
    ]
    assert len(shown["choices"]) == len(COLUMN_ROLES)


def test_contents_and_columns_come_through_unchanged() -> None:
    content = bytes(range(256))
    sent = "data:text/csv;base64," + base64.b64encode(content).decode()
    assert read_contents(sent) == content
    mapping = ColumnMapping("q", "a", "", "g", "", "w", model_answer="said", correct="label")
    fields = {"template": None, "separator": NO_SEPARATOR, "scope": LabelScope.FIRST_SENTENCE}
    columns = ["q", "a", NO_COLUMN, "w", "g", None, "said", NO_COLUMN, "label"]
    assert read_mapping(columns, fields) == mapping
    typed = {"template": " {q} {x} ", "separator": ";", "scope": "whole answer"}
    expected = replace(mapping, template="{q} {x}", separator=";", scope="whole answer")
    assert read_mapping(columns, typed) == expected


def test_what_was_read_of_a_file_fills_the_fields() -> None:
    rows = "".join(f"Text {n}.,Who?,ada;eve,bob\n" for n in range(60))
    content = f"sentence,q_instruct,answer,incorrect_answer\n{rows}".encode()
    shown = preview_upload(read_upload(Upload("mine.csv", content)).preview)
    assert shown["fields"]["template"] == "{sentence} {q_instruct}"
    assert shown["fields"]["separator"] == NO_SEPARATOR
    assert shown["chosen"][3] == "incorrect_answer"
    assert "Q('Text 0. Who?')" in str(shown["first"])
    assert "Right: ada;eve" in str(shown["first"]) and "Wrong: bob" in str(shown["first"])
    mapping = read_mapping(shown["chosen"], {**shown["fields"], "separator": ";"})
    found = read_upload(Upload("mine.csv", content, mapping)).preview
    assert "Right: ada or eve" in str(preview_upload(found)["first"])
    assert "wrong answers" in str(preview(found)) and "wrong answers" not in str(preview(PLACES))


def test_answers_and_labels_that_a_file_brings_are_shown_with_what_they_mean() -> None:
    rows = "".join(f"Who {n}?,Ada,It was Eve.,Eve,{n % 2}\n" for n in range(60))
    content = f"question,answer,model_answer,exact_answer,correct\n{rows}".encode()
    found = read_upload(Upload("mine.csv", content)).preview
    shown = preview_upload(found)
    assert shown["chosen"][6:] == ["model_answer", "exact_answer", "correct"]
    first = str(shown["first"])
    assert "Right: Ada. Answer: It was Eve.. Exact answer: Eve. Label: wrong" in first
    table = str(preview(found))
    assert "answer of a model" in table and "Td('right')" in table
    assert "The token with which the model ends its own answers" in table
    assert "answer of a model" not in str(preview(PLACES))


def test_the_preview_counts_questions_groups_duplicates_and_empties() -> None:
    text = str(preview(replace(PLACES, n_rows=2_503, n_duplicates=1, n_empty=2)))
    assert "2,500 questions in 2,500 groups · 1 duplicate · 2 incomplete rows" in text
    assert "3 of 2,503 rows left out" in text


def test_the_first_questions_name_their_splits_if_the_file_has_any() -> None:
    first = (replace(PLACES.first[0], split="held out"),)
    mapping = replace(PLACES.mapping, split="subset")
    text = str(preview(replace(PLACES, first=first, mapping=mapping)))
    assert "Th(children='split'" in text and "Td('held out')" in text
    assert "'split'" not in str(preview(PLACES))


def test_errors_are_shown_where_all_errors_are(client: FlaskClient) -> None:
    assert Page.ERROR in draw(client, "elsewhere")["sideUpdate"]
    assert column_id("group") == "study-column-group"
