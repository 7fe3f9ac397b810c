"""Studies killed at random moments: they finish, with the numbers of a study left in peace.

One process after the other runs a study; then two processes share one, and either may be killed.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_backend import StudyRequest, Upload
from model_backend.probing.data.dataset import Dataset
from tests.model_backend.probing.answering import (
    finish,
    half_right,
    open_namer,
    quick_request,
    save_namer,
)
from tests.model_backend.probing.studies.test_run import content_of, end_stormily
from tests.stress.table import Row, some

MOST_STUDIES, KILLS = 40, 20
MOST_WORKERS_KILLED = 100


@dataclass(frozen=True)
class Calm:
    """A study that nothing disturbed."""

    request: StudyRequest
    data: Dataset
    content: dict[str, Any]
    seconds: float


def kill_studies(share: float) -> Iterator[Row]:
    """Kill one study after the other, each up to twenty times at moments of its own."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        model = save_namer(work / "namer")
        calm = run_calmly(model, work / "calm")
        kills = again = differ = 0
        for seed in range(some(MOST_STUDIES, share)):
            moments = (KILLS, calm.seconds / 8, seed)
            where = (model, work / f"storm-{seed}", calm.request, calm.data)
            report, stormy = end_stormily(*where, *moments)
            kills += len(report["finished"])
            again += len(report["made_again"])
            differ += stormy != calm.content
        seen = f"{kills} kills, {again} parts made twice, {differ} studies with other numbers"
        yield Row("a study is killed until it is done", seed + 1, seen, not again and not differ)
        yield kill_workers(model, work, calm, some(MOST_WORKERS_KILLED, share))


def kill_workers(model: Path, work: Path, calm: Calm, wanted: int) -> Row:
    """Kill one of two processes that share a study, over and over, in one study after another."""
    killed = again = differ = seed = 0
    while killed < wanted:
        moments = (KILLS, calm.seconds / 8, seed)
        where = (model, work / f"shared-{seed}", calm.request, calm.data)
        report, stormy = end_stormily(*where, *moments, program="sharing")
        killed += report["killed"]
        again += len(report["made_again"])
        differ += stormy != calm.content
        seed += 1
    seen = f"{seed} studies, {again} parts made twice, {differ} with other numbers"
    return Row("one of two workers of a study is killed", killed, seen, not again and not differ)


def run_calmly(model: Path, folder: Path) -> Calm:
    """Run a study that the others are compared with."""
    backend = open_namer(model, folder)
    dataset = backend.upload(Upload("half.jsonl", half_right(backend))).dataset
    request, library = quick_request(dataset), backend.study_service._library
    status = finish(backend, request)
    content = content_of(library.finished(status.job))
    return Calm(request, library.dataset(dataset), content, status.seconds)
