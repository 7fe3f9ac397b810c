"""Progress of a running study: stage, count, rate and time left."""

from dataclasses import replace

import pytest

from dashboard.views.probe.studies.progress import MOST_OVER, duration, job_card, job_list
from model_backend import JobState, JobStatus, Stage, StudyRequest
from tests.model_backend.fake_study_service import PLACES

CITIES = replace(PLACES, name="Cities", n_usable=80)
REQUEST = StudyRequest("fake", "places", size=200)
JOB = JobStatus("j1", REQUEST, JobState.RUNNING, Stage.ASKING, 40, 200, "questions", 12.34, 75.0)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (59.4, "59 s"), (60, "1 min 0 s"), (185, "3 min 5 s"), (7800, "2 h 10 min")],
)
def test_a_duration_is_said_as_people_say_it(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_a_running_study_says_stage_share_rate_and_time_left() -> None:
    text = str(job_card(JOB, {"places": CITIES}, has_map=False))
    assert "Cities, fake, 80 questions" in text
    stage = "generating answers and capturing activations"
    said = f"{stage} · 40 of 200 questions · 12.3 questions a second"
    assert f"{said} · about 1 min 15 s left" in text
    bar = next(part for part in job_card(JOB, {}, has_map=False).children if hasattr(part, "value"))
    assert bar.value == 20
    assert "Cancel" in text


def test_a_wait_of_which_only_the_time_is_known_says_the_time() -> None:
    text = str(job_card(replace(JOB, done=0, rate=0.0, seconds=7.6), {}, has_map=False))
    assert "0 of 200 questions · 8 s so far · about" in text


def test_before_anything_is_known_nothing_is_made_up() -> None:
    waiting = JobStatus("j2", REQUEST)
    text = str(job_card(waiting, {}, has_map=False))
    assert "waiting for its turn" in text
    assert "left" not in text
    assert " of 0" not in text


@pytest.mark.parametrize(
    ("state", "message", "said"),
    [
        (JobState.CANCELLED, "", "cancelled."),
        (JobState.FAILED, "Only 3 wrong answers.", "failed. Only 3 wrong answers."),
    ],
)
def test_a_study_that_ended_badly_says_so(state: JobState, message: str, said: str) -> None:
    text = str(job_card(replace(JOB, state=state, message=message), {}, has_map=False))
    assert said in text
    assert "Cancel" not in text
    assert "Show its map" not in text


def test_a_finished_study_links_to_its_map() -> None:
    assert "#probe/study/j1/resid_post" in str(
        job_card(replace(JOB, state=JobState.DONE), {}, has_map=True)
    )
    assert "#probe" not in str(job_card(replace(JOB, state=JobState.DONE), {}, has_map=False))


def test_all_that_run_are_listed_and_the_last_few_that_are_over() -> None:
    over = [replace(JOB, job=f"o{n}", state=JobState.DONE) for n in range(9)]
    assert len(job_list([*over, JOB, replace(JOB, job="j3")], {}, ())) == 2 + MOST_OVER
