"""Studies: all fits of a map beside scikit-learn's, asking side by side, memory by size."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from benchmarks.memory import STATUS, resident_mb
from benchmarks.pairs import Action, ratio_of, time_once
from benchmarks.speed import NAME, open_backend
from benchmarks.table import Line
from model_backend import BackendError, StudyRequest
from model_backend.answering.finding import ExactAnswerFinder
from model_backend.answering.prompts import make_prompt
from model_backend.api.maps.sites import Site
from model_backend.logistic.coordinates import find_coordinates
from model_backend.logistic.fit import fit_probes
from model_backend.probing.data.builtin_sets import builtin_datasets
from model_backend.probing.statistics.cell_fits import TOLERANCE
from model_backend.probing.studies.answers.asking import ask_batch
from model_backend.probing.studies.answers.features import capture_activations
from model_backend.probing.studies.shards import SHARD, batch_by_length

N, N_FOLDS, N_LABELS, N_CELLS = 1000, 5, 21, 33 * 15
PENALTY = 10.0
FIT_LIMITS = {768: 1 / 5, 4096: 1 / 10}
ASK_LIMIT, MEMORY_LIMIT = 1 / 8, 1.1
N_ASKED, N_ONE_BY_ONE = SHARD, 16
SMALL, LARGE = 500, 2000


def probing_lines(folder: Path) -> Iterator[Line]:
    """Every line about studies."""
    for width, limit in FIT_LIMITS.items():
        yield fit_line(width, limit)
    yield ask_line(folder)
    yield memory_ratio_line()


def fit_line(width: int, limit: float, n_rounds: int = 13) -> Line:
    """5 folds of the labels and of 20 shuffled ones, on one thread, beside scikit-learn's.

    A round fits one cell whole and, for comparison, each labelling once with scikit-learn, every
    fifth of its 105 fits. The first round warms up; the ratio is the median of the others'. Both
    times are then multiplied to a map of 33 x 15 cells, which does not change their ratio.
    """
    fit_all, reference = _fits(width)
    rounds = []
    with threadpool_limits(1):
        for _ in range(n_rounds + 1):
            theirs = sum(_cpu_seconds(fit) for fit in reference) * N_FOLDS
            rounds.append((_cpu_seconds(fit_all), theirs))
    ours, whole = np.array(rounds[1:]).T * N_CELLS
    note = (
        f"{np.median(ours):,.0f} / {np.median(whole):,.0f} s a map, extrapolated from one cell; "
        f"one core each; {n_rounds} rounds"
    )
    what, ratio = f"all fits of a 33 x 15 map, d={width} / scikit-learn", ratio_of(ours, whole)
    return Line(what, ratio.value, limit=limit, note=note, digits=3, ratio=ratio)


def _fits(width: int) -> tuple[Action, list[Action]]:
    """All fits of one cell, and a fifth of them by scikit-learn: every labelling, folds in turn."""
    rng = np.random.default_rng(0)
    features = rng.normal(size=(N, width)) * np.exp(-3 * np.arange(width) / width)
    right = features[:, 0] + rng.normal(size=N) > 0.2
    shuffled = [rng.permutation(right) for _ in range((N_LABELS - 1) * N_FOLDS)]
    labels = np.stack([right] * N_FOLDS + shuffled, axis=1)
    folds = rng.integers(N_FOLDS, size=N)
    seen = np.stack([folds != column % N_FOLDS for column in range(labels.shape[1])], axis=1)
    penalties = np.full(labels.shape[1], PENALTY)

    def fit_all() -> None:
        fit_probes(find_coordinates(features), labels, seen, penalties, tolerance=TOLERANCE)

    columns = [number * N_FOLDS + number % N_FOLDS for number in range(N_LABELS)]
    return fit_all, [partial(_fit_one, features, labels[:, c], seen[:, c]) for c in columns]


def _cpu_seconds(action: Action) -> float:
    """CPU seconds of an action, which other processes do not change."""
    start = time.process_time()
    action()
    return time.process_time() - start


def _fit_one(features: np.ndarray, right: np.ndarray, seen: np.ndarray) -> None:
    part = features[seen]
    scale = np.sqrt(((part - part.mean(axis=0)) ** 2).sum(axis=1).mean())
    LogisticRegression(C=PENALTY, max_iter=1000).fit(part / scale, right[seen])


def ask_line(folder: Path) -> Line:
    """Seconds an example of a study takes, beside ``generate`` and a forward pass one by one."""
    loaded = open_backend(folder)._pool.take(NAME)
    questions = builtin_datasets()[0].questions[:N_ASKED]

    finder = ExactAnswerFinder()

    def study() -> None:
        asked = ask_batch(
            loaded,
            questions,
            max_new_tokens=32,
            finder=finder,
            after_token=lambda: None,
        )
        for part in batch_by_length(asked):
            ids, indices = [asked[n].token_ids for n in part], [asked[n].indices for n in part]
            capture_activations(loaded.model, ids, np.array(indices), (Site.RESID_POST,))

    def one_by_one() -> None:
        for question in questions[:N_ONE_BY_ONE]:
            prompt = torch.tensor([make_prompt(loaded.tokenizer, question.question).token_ids])
            with torch.inference_mode():
                ids = loaded.model.generate(prompt, max_new_tokens=32, do_sample=False)
                loaded.model(ids, output_hidden_states=True)

    study()
    seconds = [[time_once(action) for action in (study, one_by_one)] for _ in range(3)]
    ours, theirs = np.min(seconds, axis=0) / (N_ASKED, N_ONE_BY_ONE)
    note = f"{1 / ours:,.0f} / {1 / theirs:,.0f} examples a second"
    return Line("seconds of an example / one by one", ours / theirs, limit=ASK_LIMIT, note=note)


def memory_ratio_line() -> Line:
    """Peak memory of a large study beside that of a small one, each in a process of its own."""
    what = f"peak memory of a study, N={LARGE} / N={SMALL}"
    if not STATUS.exists():
        return Line(what, None, note="needs Linux")
    small, large = (_peak(size) for size in (SMALL, LARGE))
    note = f"{large:,.0f} / {small:,.0f} MB"
    return Line(what, large / small, limit=MEMORY_LIMIT, note=note)


def _peak(size: int) -> float:
    command = [sys.executable, "-m", "benchmarks.probing", str(size)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return float(json.loads(answer.splitlines()[-1]))


def measure(size: int) -> None:
    """Run a study of the built-in model, then print the peak of this process's memory."""
    from model_backend import LocalBackend

    torch.set_num_threads(2)
    with tempfile.TemporaryDirectory() as studies:
        study_service = LocalBackend(studies=studies).study_service
        request = StudyRequest("builtin", "places", size=size, n_repeats=1, n_permutations=0)
        job = study_service.start_study(request)
        while not (status := study_service.wait(job)).is_over:
            time.sleep(0.1)
        if status.message:
            raise BackendError(status.message)
    print(json.dumps(resident_mb("VmHWM")))


if __name__ == "__main__":
    measure(int(sys.argv[1]))
