"""Studies killed at random moments: they finish, with the numbers of a study left in peace."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from model_backend import Upload
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


def kill_studies(share: float) -> Iterator[Row]:
    """Kill one study after the other, each up to twenty times at moments of its own."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        model = save_namer(work / "namer")
        backend = open_namer(model, work / "calm")
        dataset = backend.upload(Upload("half.jsonl", half_right(backend))).dataset
        request, library = quick_request(dataset), backend.study_service._library
        status = finish(backend, request)
        calm, data = content_of(library.finished(status.job)), library.dataset(dataset)
        kills = again = differ = 0
        for seed in range(some(MOST_STUDIES, share)):
            storm = (work / f"storm-{seed}", request, data, KILLS, status.seconds / 8, seed)
            report, stormy = end_stormily(model, *storm)
            kills += len(report["finished"])
            again += len(report["made_again"])
            differ += stormy != calm
        seen = f"{kills} kills, {again} parts made twice, {differ} studies with other numbers"
        yield Row("a study is killed until it is done", seed + 1, seen, not again and not differ)
