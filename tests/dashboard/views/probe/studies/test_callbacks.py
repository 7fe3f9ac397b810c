"""The form of a study, as a browser asks for its parts."""

from dataclasses import replace
from typing import Any

from flask.testing import FlaskClient

from dashboard.factory import create_app
from dashboard.page.probe_ids import Form
from tests.dashboard.views.explore.test_explore import call
from tests.dashboard.views.probe.test_probe import start
from tests.model_backend.fake_study_service import FakeStudyService
from tests.model_backend.fakes import FakeBackend


def open_page(study_service: FakeStudyService) -> FlaskClient:
    return create_app(FakeBackend(study_service=study_service)).server.test_client()


def offered(client: FlaskClient) -> dict[str, dict[str, object]]:
    """Data of the list of data sets when a page is opened."""
    output = f"..{Form.DATASET}.data...{Form.DATASET}.value.."
    inputs = {f"{Form.ADDED}.data": None}
    state: dict[str, Any] = {f"{Form.DATASET}.value": None}
    return call(client, output, inputs, **state)["response"]


def described(client: FlaskClient, chosen: object) -> str:
    output, inputs = f"{Form.PREVIEW}.children", {f"{Form.DATASET}.value": chosen}
    return str(call(client, output, inputs)["response"])


def test_the_first_data_set_is_chosen_and_described() -> None:
    client = open_page(FakeStudyService())
    list_ = offered(client)[Form.DATASET]
    assert list_["value"] == "places"
    assert "2,500 questions" in described(client, list_["value"])


def test_a_desk_without_data_sets_says_what_to_do() -> None:
    study_service = FakeStudyService()
    study_service._datasets.clear()
    client = open_page(study_service)
    assert offered(client)[Form.DATASET] == {"data": [], "value": None}
    assert "No data set is chosen" in described(client, None)


def test_a_study_without_a_data_set_is_refused_in_a_sentence() -> None:
    said = str(start(open_page(FakeStudyService()), **{f"{Form.DATASET}.value": None}))
    assert "No data set is chosen. Choose one, or bring a file of questions." in said


def test_no_more_questions_are_asked_for_than_a_data_set_has() -> None:
    study_service = FakeStudyService()
    study_service._datasets[0] = replace(study_service._datasets[0], n_usable=80)
    client, size = open_page(study_service), f"{Form.SIZE}.value"
    inputs = {f"{Form.DATASET}.value": "places"}
    assert call(client, size, inputs, **{size: 1000})["response"] == {Form.SIZE: {"value": 80}}
    assert call(client, size, inputs, **{size: 60}) is None
