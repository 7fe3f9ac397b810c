"""A study is begun, followed and looked at as the page does, and one that ends badly is said."""

import pytest

from benchmarks.studying import lines_at
from benchmarks.visitor import Refused, Visitor
from model_backend import JobId, StudyRequest
from tests.model_backend.fakes import FakeBackend


def test_a_study_is_timed_while_maps_are_looked_at(
    address: str, fake: FakeBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, asked = fake.study_service.start_study, []

    def start_and_finish(request: StudyRequest) -> JobId:
        asked.append(request)
        job = start(request)
        fake.study_service.finish(job)
        return job

    monkeypatch.setattr(fake.study_service, "start_study", start_and_finish)
    monkeypatch.setattr("benchmarks.studying.PAUSE", 0.01)
    seconds, views = lines_at(address, "fake", n_questions=300)
    assert [request.size for request in asked] == [300]
    assert seconds.value and seconds.verdict == "ok"
    assert views.value and "ms of" in views.note


def test_a_study_that_ends_without_a_result_is_an_error(address: str, fake: FakeBackend) -> None:
    visitor = Visitor(address)
    visitor.open("fake")
    study = visitor.begin_study("fake", "places", 300)
    assert not visitor.has_finished(study)
    fake.study_service.cancel(study)
    with pytest.raises(Refused, match="not finished"):
        visitor.has_finished(study)
