"""A job reports its progress and the time left."""

import time

import pytest

from model_backend import JobState, JobStatus, Stage, StudyRequest
from model_backend.probing.studies.jobs import Cancelled, JobHandle
from model_backend.probing.studies.shard_progress import ShardProgress


def make_ticket() -> JobHandle:
    return JobHandle(JobStatus("job", StudyRequest("builtin", "places")), lambda status: None)


def advance(handle: JobHandle, done: int, total: int, unit: str) -> float | None:
    time.sleep(0.01)
    handle.progress(Stage.CONTROLS, done, total, unit=unit)
    return handle.status.seconds_left


def test_time_left_is_known_from_the_second_report_on() -> None:
    handle = make_ticket()
    assert advance(handle, 0, 100, "answers") is None
    left = advance(handle, 50, 100, "answers")
    assert left is not None and left > 0


def test_each_part_of_a_stage_is_counted_from_zero() -> None:
    """Controls count answers, then cells: the count falls, and no time is negative."""
    handle = make_ticket()
    advance(handle, 0, 100, "answers")
    advance(handle, 100, 100, "answers")
    assert advance(handle, 1, 200, "cells") is None
    left = advance(handle, 2, 200, "cells")
    assert left is not None and left > 0


def test_a_shard_moves_with_every_pass_and_the_next_one_knows_how_many_there_are() -> None:
    handle = make_ticket()
    progress = ShardProgress(handle, 200, guess=20)
    progress.begin(0, 128)
    done = []
    for _ in range(10):
        progress.after_pass()
        done.append(handle.status.done)
    assert done == sorted(set(done)) and 0 < done[0] and done[-1] == 64
    for _ in range(90):
        progress.after_pass()
    assert 64 < handle.status.done < 128, "more passes than were guessed"
    progress.end()
    assert handle.status.done == 128
    progress.begin(128, 72)
    for _ in range(50):
        progress.after_pass()
    assert handle.status.done == 128 + 36, "half the passes of the first shard"


def test_the_seconds_of_a_running_job_go_on_between_two_reports() -> None:
    handle = make_ticket()
    advance(handle, 0, 100, "questions")
    told = handle.now().seconds
    time.sleep(0.02)
    assert handle.now().seconds > told
    handle.end(JobState.DONE)
    assert handle.now() == handle.status


def test_a_study_that_is_told_to_stop_stops_at_the_next_pass() -> None:
    handle = make_ticket()
    progress = ShardProgress(handle, 80, guess=20)
    progress.begin(0, 80)
    handle.stop()
    with pytest.raises(Cancelled):
        progress.after_pass()
