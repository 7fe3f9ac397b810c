"""A disk that becomes full at any moment of a study: a sentence, then the same numbers."""

import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from model_backend import JobState, LocalBackend, StudyRequest, Upload
from tests.model_backend.full_disk import full_disk
from tests.model_backend.probing.answering import (
    end,
    finish,
    half_right,
    open_namer,
    quick_request,
    save_namer,
)
from tests.model_backend.probing.studies.test_run import content_of
from tests.stress.table import Row, some

MOST = 40
MOMENTS = 3
"""Times that the disk fills up during one study."""


def fill_disks(share: float) -> Iterator[Row]:
    """Fill the disk at random moments, make room, and run the same study again."""
    with tempfile.TemporaryDirectory() as folder:
        work, draws = Path(folder), random.Random(0)
        model = save_namer(work / "namer")
        backend = open_namer(model, work / "calm")
        content = half_right(backend)
        request = quick_request(backend.upload(Upload("half.jsonl", content)).dataset)
        status = finish(backend, request)
        expected = content_of(backend.study_service._library.finished(status.job))
        stopped, unclear, differ = 0, [], 0
        for n in range(some(MOST, share)):
            own = open_namer(model, work / f"full-{n}")
            own.upload(Upload("half.jsonl", content))
            said = [stop_once(own, request, draws, status.seconds) for _ in range(MOMENTS)]
            stopped += sum(bool(sentence) for sentence in said)
            unclear += [each for each in said if each and "could not be written" not in each]
            job = finish(own, request).job
            differ += content_of(own.study_service._library.finished(job)) != expected
        seen = unclear[0] if unclear else f"{stopped} stops in a sentence, {differ} other numbers"
        yield Row("the disk is full during a study", n + 1, seen[:110], not unclear and not differ)


def stop_once(
    backend: LocalBackend, request: StudyRequest, draws: random.Random, seconds: float
) -> str:
    """Fill the disk some time after the study starts; the result is what it says, if it failed."""
    job = backend.start_study(request)
    time.sleep(draws.uniform(0, seconds))
    with full_disk():
        status = end(backend, job)
    return status.message if status.state is not JobState.DONE else ""
