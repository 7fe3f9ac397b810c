"""A page is told how far the map that it started is, as of any computation, and may stop it."""

from dataclasses import replace
from typing import Any

import pytest

from model_backend import (
    BadRequest,
    CachedBackend,
    Client,
    InProgress,
    JobState,
    JobStatus,
    PatchRequest,
)
from model_backend.api.clients import as_client
from model_backend.api.door import JobId
from model_backend.api.questions import GenerateRequest, QuestionRequest
from model_backend.sharing.stores import MemoryStore
from tests.model_backend.fake_patches import make_patch
from tests.model_backend.fakes import FakeBackend

REQUEST = PatchRequest("fake", "the capital of Italy is", "the capital of Peru is")
MINE, OTHER = Client("me", "mine"), Client("you", "other")
GROWING = JobStatus("", REQUEST, JobState.RUNNING, seconds=6.0, seconds_left=2.0)


class Growing(FakeBackend):
    """Its patch maps grow until they are stopped."""

    def __init__(self) -> None:
        super().__init__()
        self.stopped: list[JobId] = []
        self.status: JobStatus[Any] = replace(GROWING, so_far=make_patch(REQUEST, n_exact=2))

    def watch(self, job: JobId) -> JobStatus[Any]:
        if job not in self.patches:
            raise BadRequest("That map is no longer kept here.")
        state = JobState.CANCELLED if job in self.stopped else self.status.state
        return replace(self.status, job=job, state=state)

    def cancel(self, job: JobId) -> None:
        self.stopped.append(job)


@pytest.fixture
def growing() -> Growing:
    return Growing()


@pytest.fixture
def cached(growing: Growing) -> CachedBackend:
    return CachedBackend(growing, MemoryStore())


def test_the_page_that_started_a_map_is_told_how_far_it_is_and_no_other(
    cached: CachedBackend,
) -> None:
    with as_client(MINE):
        cached.start(REQUEST)
        found = cached.in_progress()
    assert found == InProgress("Patching every cell", 0.75, 6.0, 2.0)
    with as_client(OTHER):
        assert cached.in_progress() is None


def test_a_page_that_gives_up_stops_its_own_map_alone(
    growing: Growing, cached: CachedBackend
) -> None:
    jobs = []
    for client in (MINE, OTHER):
        with as_client(client):
            jobs.append(cached.start(REQUEST))
    with as_client(MINE):
        cached.give_up()
        cached.give_up()
        assert cached.in_progress() is None
    assert growing.stopped == jobs[:1]
    with as_client(OTHER):
        assert cached.in_progress() is not None


@pytest.mark.parametrize("state", [JobState.DONE, JobState.FAILED])
def test_a_map_that_has_ended_is_no_longer_in_progress(
    growing: Growing, cached: CachedBackend, state: JobState
) -> None:
    growing.status = replace(growing.status, state=state)
    with as_client(MINE):
        cached.start(REQUEST)
        assert cached.in_progress() is None
        cached.give_up()
    assert growing.stopped == []


def test_a_map_that_was_forgotten_disturbs_nobody(growing: Growing, cached: CachedBackend) -> None:
    with as_client(MINE):
        cached.start(REQUEST)
        growing.patches.clear()
        assert cached.in_progress() is None


def test_an_answer_that_grows_is_told_by_its_own_view(cached: CachedBackend) -> None:
    with as_client(MINE):
        cached.start(GenerateRequest(QuestionRequest("fake", "Who?")))
        assert cached.in_progress() is None
