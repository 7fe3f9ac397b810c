"""A job reports its progress and the time left."""

import time

from model_backend import JobStatus, Stage, StudyRequest
from model_backend.probing.studies.jobs import JobHandle


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
