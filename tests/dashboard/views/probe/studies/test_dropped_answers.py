"""Answers that a study could not use are listed with reasons."""

from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from dashboard.factory import create_app
from dashboard.page.probe_ids import PROBE, Probe
from dashboard.views.probe.studies.dropped_answers import NOT_KEPT, dropped_rows, how_many, why
from model_backend.probing.__main__ import describe
from tests.dashboard.views.explore.test_explore import call
from tests.model_backend.fake_study_service import make_study
from tests.model_backend.fakes import FakeBackend

STUDY = make_study()
OUTPUT = (
    f"..{Probe.UNUSED}.hidden...{Probe.HOW_MANY_DROPPED}.children"
    f"...{Probe.WHY_DROPPED}.children...{Probe.DROPPED}.rowData.."
)


@pytest.fixture()
def client() -> FlaskClient:
    return create_app(FakeBackend()).server.test_client()


def listed(client: FlaskClient, name: str) -> dict[str, dict[str, object]]:
    return call(client, OUTPUT, {f"{PROBE.request}.data": {"map": name}})["response"]


def test_every_answer_that_was_not_used_is_listed_with_its_reason(client: FlaskClient) -> None:
    said = listed(client, f"study/{STUDY.card.study}/resid_post")
    assert said[Probe.UNUSED]["hidden"] is False
    assert said[Probe.HOW_MANY_DROPPED]["children"] == "3 answers were not used"
    assert said[Probe.DROPPED]["rowData"] == dropped_rows(STUDY)
    first = dropped_rows(STUDY)[0]
    assert (first["question"], first["right answer"]) == ("Where is town 0?", "India")
    assert (first["answer"], first["why"]) == ("I do not know 0.", "no exact answer was found")


def test_a_published_map_and_a_study_that_used_all_say_nothing(client: FlaskClient) -> None:
    assert listed(client, "published/Math")[Probe.UNUSED]["hidden"] is True
    backend = FakeBackend()
    used_all = replace(STUDY, card=replace(STUDY.card, dropped={}), dropped=())
    backend.study_service._studies[STUDY.card.study] = used_all
    said = listed(create_app(backend).server.test_client(), f"study/{STUDY.card.study}/resid_post")
    assert said[Probe.UNUSED]["hidden"] is True


def test_reasons_are_counted_and_an_older_study_says_that_it_kept_no_list() -> None:
    assert why(STUDY).startswith("3: no exact answer was found. ")
    assert NOT_KEPT not in why(STUDY)
    assert why(replace(STUDY, dropped=())).endswith(NOT_KEPT)
    one = replace(STUDY, card=replace(STUDY.card, dropped={"the answer is empty": 1}))
    assert how_many(one) == "1 answer was not used"


def test_the_command_line_says_how_many_and_why() -> None:
    lines = describe(STUDY).splitlines()
    assert "  3 dropped because no exact answer was found" in lines
