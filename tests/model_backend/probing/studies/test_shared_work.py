"""One study and several processes: each part once, the same numbers, if one dies or hangs."""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from model_backend import JobId, JobState, LocalBackend, StudyRequest, Upload
from model_backend.probing.data.dataset import Dataset
from model_backend.probing.studies import parts, shards, shared_work
from model_backend.probing.studies.parts import Part, StudyParts
from tests.model_backend.probing.answering import end, finish, half_right, open_namer, quick_request
from tests.model_backend.probing.studies.test_run import content_of, end_stormily
from tests.waiting import until

N_KILLS = 3


class Calm:
    """A study that one process ran alone, to compare with."""

    def __init__(self, model: Path, folder: Path) -> None:
        backend = open_namer(model, folder)
        self.questions = half_right(backend, max_new_tokens=1)  # few positions, so few cells
        self.dataset = backend.upload(Upload("half.jsonl", self.questions)).dataset
        self.request: StudyRequest = quick_request(self.dataset, max_new_tokens=1)
        library = backend.study_service._library
        self.data: Dataset = library.dataset(self.dataset)
        status = finish(backend, self.request)
        self.content, self.seconds = content_of(library.finished(status.job)), status.seconds


@pytest.fixture(scope="module")
def calm(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Calm:
    return Calm(model, tmp_path_factory.mktemp("calm"))


@contextmanager
def helping(backend: LocalBackend) -> Iterator[None]:
    """A thread that lends a hand as a worker does."""
    over = threading.Event()

    def help_on() -> None:
        while not over.is_set():
            if not backend.study_service.help_with_a_study():
                time.sleep(0.005)

    thread = threading.Thread(target=help_on)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(timeout=60)


@contextmanager
def running(backend: LocalBackend, request: StudyRequest) -> Iterator[JobId]:
    """A study that has begun to ask; it is cancelled in the end."""
    job = backend.start_study(request)
    until(lambda: backend.watch(job).done > 0)
    yield job
    backend.cancel(job)
    until(lambda: backend.watch(job).is_over)


@pytest.mark.slow
def test_two_processes_compute_each_part_once_and_find_what_one_finds(
    model: Path, calm: Calm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: Counter[tuple[str, Part]] = Counter()
    compute = StudyParts.compute

    def noted(study: StudyParts, part: Part, step: Any) -> None:
        made[threading.current_thread().name, part] += 1
        compute(study, part, step)

    monkeypatch.setattr(StudyParts, "compute", noted)
    one, other = (open_namer(model, tmp_path, resume=False) for _ in range(2))
    one.upload(Upload("half.jsonl", calm.questions))
    other._pool.take("namer")  # who holds the model helps
    job = one.start_study(calm.request)
    until(lambda: one.watch(job).state is JobState.RUNNING)
    with helping(other):
        assert end(one, job).state is JobState.DONE
    assert content_of(one.study_service._library.finished(job)) == calm.content
    assert set(Counter(part for _, part in made.elements()).values()) == {1}
    assert len({thread for thread, _ in made}) == 2
    assert other.study_service.job(job).state is JobState.DONE


@pytest.mark.parametrize("what", ["other model", "not loaded"])
def test_who_would_compute_otherwise_does_not_help(
    model: Path, calm: Calm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    one, other = (open_namer(model, tmp_path, resume=False) for _ in range(2))
    one.upload(Upload("half.jsonl", calm.questions))
    if what == "other model":
        other._pool.take("namer")
        write = shared_work.write_json
        monkeypatch.setattr(shared_work, "write_json", lambda path, _: write(path, "another"))
    with running(one, calm.request):
        assert not other.study_service.help_with_a_study()


@pytest.mark.slow
def test_workers_killed_in_the_middle_of_a_part_change_no_number_and_repeat_no_part(
    model: Path, calm: Calm, tmp_path: Path
) -> None:
    n_killed = seed = 0
    while n_killed < N_KILLS:
        disturbed = (calm.request, calm.data, N_KILLS, calm.seconds / 6, seed)
        report, content = end_stormily(
            model, tmp_path / f"storm {seed}", *disturbed, program="sharing"
        )
        assert report["made_again"] == [] and content == calm.content
        n_killed, seed = n_killed + report["killed"], seed + 1


@pytest.mark.slow
def test_a_study_and_its_parts_are_taken_over_from_processes_that_hang(
    model: Path, calm: Calm, tmp_path: Path
) -> None:
    folder = tmp_path / "hang"
    _, content = end_stormily(model, folder, calm.request, calm.data, "hang", program="sharing")
    assert content == calm.content


def test_a_thousand_queued_parts_are_cancelled_from_another_process(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (shards, parts):
        monkeypatch.setattr(module, "SHARD", 10)
    one, other = (open_namer(model, tmp_path, resume=False) for _ in range(2))
    lines = [json.dumps({"question": f"who is w{n}", "answer": "nobody"}) for n in range(6_000)]
    preview = one.upload(Upload("many.jsonl", "\n".join(lines).encode()))
    other._pool.take("namer")
    with running(one, quick_request(preview.dataset, size=6_000)) as job, helping(other):
        study = StudyParts(one.study_service._library.unfinished(job), one._pool.take("namer"))
        queued = (*study.answers(), *study.random_shards())
        assert sum(not study.is_done(part) for part in queued) > 1_000
        start = time.monotonic()
        other.cancel(job)
        until(lambda: one.watch(job).is_over and other.watch(job).is_over)
        assert time.monotonic() - start < 2
    assert one.watch(job).state is other.watch(job).state is JobState.CANCELLED
    assert not other.study_service._library.unfinished(job).exists()
