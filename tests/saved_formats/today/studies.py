"""Reads studies, data sets and jobs as plain values, and imports saved studies."""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from model_backend import LocalBackend, ProbeStudy, Site, StudyRequest

IMPORT = "/_layerscope/studies"
PROGRAM = (sys.executable, "-m", "model_backend.probing")


def bring_study(client: FlaskClient, content: bytes) -> str:
    """Import a study's zip file through the page, and return its id."""
    answer = client.post(IMPORT, data=content, content_type="application/zip")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return str(answer.get_json()["study"])


def export(client: FlaskClient, study: str) -> bytes:
    """The zip file of a study from the page's download route."""
    return bytes(client.get(f"{IMPORT}/{study}/zip").data)


def run_program(studies: Path, words: Sequence[str], cwd: Path) -> str:
    """Run ``python -m model_backend.probing`` and return its output."""
    command = [*PROGRAM, "--studies", str(studies), *words]
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def card_of(backend: LocalBackend, study: str) -> dict[str, Any]:
    """The card of a study from the list of studies."""
    [card] = [card for card in backend.studies() if card.study == study]
    best, cell = card.best, card.best.cell
    return {
        "study": card.study,
        "model": card.model,
        "revision": card.revision,
        "data set": card.dataset,
        "finished": card.finished,
        "sites": [site.value for site in card.sites],
        "right": card.n_right,
        "wrong": card.n_wrong,
        "dropped": dict(card.dropped),
        "groups": card.n_groups,
        "best cell": [cell.site.value, cell.row, cell.position],
        "naive": _numbers(best.naive),
        "nested": _numbers(best.nested),
        "chosen": dict(best.chosen),
        "threshold": best.threshold,
        "best set": [best.n_in_best_set, best.n_cells],
        "headline": list(card.headline),
        "imported": card.is_imported,
    }


def study_of(backend: LocalBackend, study: str) -> dict[str, Any]:
    """A finished study without its maps and examples."""
    found = backend.study(study)
    return {
        "layers": list(found.layer_labels),
        "positions": list(found.positions),
        "answers": found.n.tolist(),
        "wrong": found.n_wrong.tolist(),
        "groups": found.n_groups.tolist(),
        "baselines": list(found.baseline_names),
        "baseline AUC": found.baseline_auc[:, 0].tolist(),
        "rivals": [
            [one.name, one.kind.value, *_numbers(one.auc), *_numbers(one.difference)]
            for one in found.references
        ],
        "provenance": dict(found.provenance),
        "folds": found.folds.tolist(),
        "dropped": [[one.question, one.answer, one.reason] for one in found.dropped],
        "request": asked_of(found.request),
    }


def asked_of(request: StudyRequest) -> dict[str, Any]:
    """A study's request as plain values."""
    return {
        "model": request.model,
        "data set": request.dataset,
        "sites": [site.value for site in request.probed],
        "size": request.size,
        "seed": request.seed,
        "folds": [request.n_repeats, request.n_folds],
        "permutations": request.n_permutations,
        "longest answer": request.max_new_tokens,
        "keeps activations": request.keep_features,
        "random model": request.random_model,
        "asks for truth": request.ask_for_truth,
    }


def map_of(backend: LocalBackend, study: str, site: str) -> dict[str, list[Any]]:
    """Every array of one map of a study, without the scores of the answers."""
    found = backend.study(study).maps[Site(site)]
    return {
        "auc": found.auc.tolist(),
        "low": found.low.tolist(),
        "high": found.high.tolist(),
        "average precision": found.auprc.tolist(),
        "shuffled": found.shuffled.tolist(),
        "random model": found.random_model.tolist(),
        "best set": found.in_best_set.tolist(),
        "threshold": found.threshold.tolist(),
        "difference": found.difference.tolist(),
        "difference low": found.difference_low.tolist(),
        "difference high": found.difference_high.tolist(),
        "penalty": found.penalty.tolist(),
    }


def example_of(backend: LocalBackend, study: str, number: int) -> dict[str, Any]:
    """One answer of a study, with its baselines and its score in every cell of its best layer."""
    found: ProbeStudy = backend.study(study)
    examples, cell = found.examples, found.card.best.cell
    return {
        "question": examples.question[number],
        "right answer": examples.right_answer[number],
        "aliases": list(examples.aliases[number]),
        "answer": examples.answer[number],
        "exact answer": examples.exact_answer[number],
        "group": examples.group[number],
        "right": bool(examples.is_correct[number]),
        "baselines": examples.baselines[number].tolist(),
        "indices": examples.indices[number].tolist(),
        "scores": found.maps[cell.site].scores[cell.row, :, number].tolist(),
    }


def datasets(backend: LocalBackend) -> dict[str, Any]:
    """The uploaded data sets, by their ids."""
    return {
        one.dataset: {
            "name": one.name,
            "columns": list(one.columns),
            "question": one.mapping.question,
            "answer": one.mapping.answer,
            "aliases": one.mapping.aliases,
            "group": one.mapping.group,
            "split": one.mapping.split,
            "counts": [one.n_rows, one.n_usable, one.n_empty, one.n_duplicates, one.n_groups],
            "first": [[q.question, q.answer, list(q.aliases), q.group] for q in one.first],
            "problems": list(one.problems),
        }
        for one in backend.datasets()
        if not one.is_builtin
    }


def jobs(backend: LocalBackend) -> dict[str, Any]:
    """The status of every job by its id; this call resumes unfinished studies."""
    return {
        job.job: {
            "state": job.state.value,
            "stage": job.stage.value,
            "done": [job.done, job.total, job.unit],
            "seconds": job.seconds,
            "message": job.message,
            "request": asked_of(job.request),
        }
        for job in backend.jobs()
    }


def start_and_cancel(backend: LocalBackend, dataset: str) -> str:
    """Start a study of a data set, cancel it, and return the final state of the job."""
    job = backend.start_study(StudyRequest("namer", dataset, size=50))
    backend.cancel(job)
    return wait(backend, job)


def wait(backend: LocalBackend, job: str, seconds: float = 120) -> str:
    """Wait for a job to end, and return its final state."""
    deadline = time.monotonic() + seconds
    while not (status := backend.job(job)).is_over:
        assert time.monotonic() < deadline, f"{job} is not over after {seconds:g} s"
        time.sleep(0.05)
    assert not status.message or status.state.value != "done", status.message
    return status.state.value


def _numbers(estimate: Any) -> list[float]:
    return [estimate.value, estimate.low, estimate.high]
