"""Maps in the making: watched, stopped, forgotten; no model is needed."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from model_backend.api.door import JobState
from model_backend.api.errors import BadRequest
from model_backend.api.patching import PatchCost, PatchMap, PatchRequest, PatchSetup
from model_backend.engine.patching.jobs import PatchJobs
from model_backend.sharing.progress import check_wanted
from tests.waiting import until

REQUEST = PatchRequest("tiny", "a", "b")


def a_map(n_exact: int, n_rows: int = 3, n_columns: int = 1) -> PatchMap:
    setup = PatchSetup(
        ("a",), ("b",), ((0, 0),), (0,), (), (), (), 1.0, -1.0, "logits", PatchCost(3, 3, 9.0, 1)
    )
    values = np.zeros((n_rows, n_columns), np.float32)
    both = np.zeros((n_rows, n_columns, 2), np.float32)
    exact = np.arange(n_rows) < n_exact
    labels = ("0",) * n_rows, ("b",) * n_columns
    return PatchMap("tiny", "", "", setup, *labels, 0, values, values, exact, values, both, both)


class Steps:
    """Steps that come when they are let go."""

    def __init__(self) -> None:
        self.go = threading.Semaphore(0)
        self.begun = threading.Event()
        self.closed = threading.Event()

    def __call__(self) -> Iterator[PatchMap]:
        return self._steps()

    def _steps(self) -> Iterator[PatchMap]:
        self.begun.set()
        try:
            for n in range(4):
                self.go.acquire()
                yield a_map(n)
        finally:
            self.closed.set()


def test_a_map_is_seen_row_by_row_and_is_done_with_its_last() -> None:
    jobs, steps = PatchJobs(), Steps()
    job = jobs.start(REQUEST, steps)
    assert jobs.watch(job).so_far is None
    steps.go.release()
    until(lambda: jobs.watch(job).so_far is not None)
    status = jobs.watch(job)
    assert (status.state, status.done, status.total) == (JobState.RUNNING, 0, 3)
    assert status.seconds_left == pytest.approx(9.0, abs=1.0)
    for _ in range(4):
        steps.go.release()
    until(lambda: jobs.watch(job).is_over)
    assert jobs.watch(job).state is JobState.DONE
    assert steps.closed.is_set()


def test_the_time_left_follows_the_pace_of_rows_and_falls_while_one_is_made() -> None:
    now = [0.0]
    jobs, steps = PatchJobs(clock=lambda: now[0]), Steps()
    job = jobs.start(REQUEST, steps)
    steps.go.release()
    until(lambda: jobs.watch(job).so_far is not None)
    now[0] = 4.0
    assert jobs.watch(job).seconds_left == 5.0
    now[0] = 8.0
    steps.go.release()
    until(lambda: jobs.watch(job).done == 1)
    assert jobs.watch(job).seconds_left == 64.0  # the first of three rows is a ninth of the work
    now[0] = 18.0
    assert jobs.watch(job).seconds_left == 54.0
    jobs.stop(job)
    steps.go.release()


def test_a_stopped_map_keeps_the_rows_that_it_has() -> None:
    jobs, steps = PatchJobs(), Steps()
    job = jobs.start(REQUEST, steps)
    steps.go.release()
    until(lambda: jobs.watch(job).so_far is not None)
    jobs.stop(job)
    steps.go.release()
    until(lambda: jobs.watch(job).is_over)
    status = jobs.watch(job)
    assert status.state is JobState.CANCELLED
    assert isinstance(status.so_far, PatchMap)
    assert not status.so_far.is_whole
    assert steps.closed.wait(5)


def test_a_stopped_map_does_not_finish_the_row_it_is_at() -> None:
    begun = threading.Event()

    def endless_row() -> Iterator[PatchMap]:
        yield a_map(0)
        while True:
            begun.set()
            check_wanted()

    jobs = PatchJobs()
    job = jobs.start(REQUEST, endless_row)
    assert begun.wait(5)
    jobs.stop(job)
    until(lambda: jobs.watch(job).is_over)
    assert (jobs.watch(job).state, jobs.watch(job).message) == (JobState.CANCELLED, "")


def test_a_map_that_nobody_looks_at_ends_by_itself() -> None:
    now = [0.0]
    jobs, steps = PatchJobs(lease=10.0, clock=lambda: now[0]), Steps()
    jobs.start(REQUEST, steps)
    assert steps.begun.wait(5)
    now[0] = 11.0
    steps.go.release()
    assert steps.closed.wait(5)


def test_a_failure_is_said_and_an_unknown_map_too() -> None:
    def fails() -> Iterator[PatchMap]:
        raise BadRequest("The gap is too small.")

    jobs = PatchJobs()
    job = jobs.start(REQUEST, fails)
    until(lambda: jobs.watch(job).is_over)
    status = jobs.watch(job)
    assert (status.state, status.message) == (JobState.FAILED, "The gap is too small.")
    with pytest.raises(BadRequest, match="no longer kept"):
        jobs.watch(f"{job}x")


def test_agreement_is_of_the_cells_that_are_known_both_ways() -> None:
    rng = np.random.default_rng(0)
    exact = rng.normal(size=(3, 4)).astype(np.float32)
    guessed = exact + 0.1
    guessed[0] = np.nan
    found = replace(a_map(3, n_columns=4), effect=exact, estimate=guessed)
    correlation, largest = found.agreement
    assert correlation == pytest.approx(1.0)
    assert largest == pytest.approx(0.1, abs=1e-5)
