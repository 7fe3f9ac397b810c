"""A study as a user runs it, from the click to its map, the page meanwhile, and its cancelling."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

import numpy as np

from benchmarks.load import MODEL, SHARED
from benchmarks.table import Line
from benchmarks.visitor import Visitor
from model_backend import CatalogueEntry, LocalBackend, Stage, StudyRequest
from tests.browser.serving import serving
from tests.waiting import until

DATASET = "places"
N_QUESTIONS, N_CANCELLED = 1000, 200
SECONDS_LIMIT, VIEW_LIMIT_MS = 180, 100
CANCEL_LIMIT = 1.0
STAGES = (Stage.ASKING, Stage.FITTING, Stage.CONTROLS)
PAUSE = 1.0
"""Seconds that somebody looks at a map before the next one."""


def study_lines() -> Iterator[Line]:
    """A study with all its controls, in a server of its own."""
    with serving("--model", MODEL) as address:
        Visitor(address).wait()
        yield from lines_at(address, MODEL, N_QUESTIONS)


def cancel_line(folder: Path, studies: Path) -> Line:
    """Seconds from cancelling a study to its end, at the worst of the stages that take long."""
    backend = LocalBackend((CatalogueEntry(MODEL, str(folder)),), device="cpu", studies=studies)
    took = {stage: _cancel_at(stage, backend, seed) for seed, stage in enumerate(STAGES)}
    note = ", ".join(f"{seconds:.2f} {stage}" for stage, seconds in took.items())
    return Line("cancelling a study", max(took.values()), "s", CANCEL_LIMIT, note=note)


def _cancel_at(stage: Stage, backend: LocalBackend, seed: int) -> float:
    job = backend.start_study(StudyRequest(MODEL, DATASET, size=N_CANCELLED, seed=seed))
    until(lambda: backend.job(job).stage is stage, 120)
    start = time.perf_counter()
    backend.cancel(job)
    until(lambda: backend.job(job).is_over, 120)
    return time.perf_counter() - start


def lines_at(address: str, model: str, n_questions: int) -> Iterator[Line]:
    """Run a study while somebody looks at maps that are in the cache."""
    reader, asker = Visitor(address), Visitor(address)
    for person in (reader, asker):
        person.open(model)
    for text in SHARED:
        reader.look(text)
    with ThreadPoolExecutor(1) as pool:
        study = pool.submit(_study, asker, model, n_questions)
        views = list(_views(reader, study))
    what = f"a study of {n_questions:,}, from the click to its map"
    yield Line(what, study.result(), "s", SECONDS_LIMIT, digits=0)
    p95, median = 1000 * np.quantile(views, [0.95, 0.5])
    note = f"median {median:.0f} ms of {len(views)}"
    what = "cached view meanwhile, 95th percentile"
    yield Line(what, p95, "ms", VIEW_LIMIT_MS, note=note, digits=0)


def _study(asker: Visitor, model: str, n_questions: int) -> float:
    start = time.perf_counter()
    study = asker.begin_study(model, DATASET, n_questions)
    while not asker.has_finished(study):
        time.sleep(0.7)
    asker.look_at_study(study)
    return time.perf_counter() - start


def _views(reader: Visitor, study: Future[float]) -> Iterator[float]:
    turn = 0
    while not turn or not study.done():
        yield reader.look(SHARED[turn % len(SHARED)]).seconds
        wait([study], timeout=PAUSE)
        turn += 1
