"""Runs one study in its folder; finished parts in the folder are not computed again.

Each file is written atomically, so a killed study continues where it stopped and ends with the same
numbers, as it does when other processes compute some of its parts.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from model_backend.answering.starting import check_can_answer
from model_backend.api.door import Stage
from model_backend.api.errors import BadRequest
from model_backend.api.study_requests import NAMED_POSITIONS
from model_backend.models.loaded import LoadedModel
from model_backend.probing.atomic_files import read_json, write_json
from model_backend.probing.statistics.cell_fits import CellFit, fit_cell
from model_backend.probing.statistics.row_fits import FittedRow
from model_backend.probing.storage.claims import Claims
from model_backend.probing.storage.plan import Plan
from model_backend.probing.storage.study_files import write_study
from model_backend.probing.studies.answers.answer_form import answer_forms
from model_backend.probing.studies.answers.examples import make_dropped
from model_backend.probing.studies.answers.extraction import measure_extraction
from model_backend.probing.studies.assembling import make_study
from model_backend.probing.studies.jobs import JobHandle
from model_backend.probing.studies.parts import StudyParts
from model_backend.probing.studies.report import Findings
from model_backend.probing.studies.shard_progress import CountedProgress, ShardProgress
from model_backend.probing.studies.shards import RANDOM
from model_backend.probing.studies.shared_work import finish_parts, write_identity

CELL_SECONDS = 0.15
"""Guess of the time to fit one cell with 1,000 answers, used before the first cells are done."""


def run_study(
    folder: Path, loaded: LoadedModel, handle: JobHandle, finished: Path, claims: Claims
) -> None:
    """Compute the missing parts of the study in ``folder`` and write it to ``finished``.

    Args:
        handle: handle of the job; takes progress and raises ``Cancelled``.
        claims: claims on its parts, some of which other processes may compute.

    Raises:
        BadRequest: the model is an encoder, or there are too few right or too few wrong answers.
        Cancelled: the job was cancelled.
    """
    check_can_answer(loaded)
    _check_revision(folder, loaded)
    study = StudyParts(folder, loaded)
    write_identity(folder, loaded)
    _answer_questions(study, loaded, handle, claims)
    sites, everybody = study.plan.request.probed, np.ones(len(study.design.is_correct), dtype=bool)
    _fit_rows(study, sites, Stage.FITTING, handle, claims)
    text = _fit_answer_text(study, handle)
    form = fit_cell(answer_forms(study.used), everybody, study.design)
    random_rows = _run_random_model(study, handle, claims)
    handle.progress(Stage.WRITING, 0, 1, unit="reports")
    rows = {site: study.fitted(site) for site in sites}
    findings = Findings(
        study.used,
        study.shards.baselines()[study.kept],
        study.design,
        rows,
        text,
        random_rows,
        form,
        measure_extraction(study.used, sum(each.is_cut_off for each in study.asked)),
    )
    made = make_study(study.plan, findings, make_dropped(study.asked), loaded, handle)
    features = study.shards.files(sites) if study.plan.request.keep_features else ()
    write_study(finished, made, rows, features)


def _check_revision(folder: Path, loaded: LoadedModel) -> None:
    """Refuse to continue a study with other weights than at its start."""
    path, now = folder / "model.json", [str(loaded.card.revision), str(loaded.card.dtype)]
    if not path.exists():
        write_json(path, now)
    elif read_json(path) != now:
        raise BadRequest(
            f"The model {loaded.card.name} has changed since this study began (now "
            f"{now[0][:12]}, {now[1]}). Cancel the study and run it again."
        )


def _answer_questions(
    study: StudyParts, loaded: LoadedModel, handle: JobHandle, claims: Claims
) -> None:
    n_questions = len(study.plan.questions)
    later = _guess_fitting_seconds(study.plan, loaded)
    guess = 2 * study.plan.request.max_new_tokens
    progress = ShardProgress(handle, n_questions, guess=guess, later=later)
    finish_parts(study, study.answers(), progress, units=study.questions, claims=claims)


def _guess_fitting_seconds(plan: Plan, loaded: LoadedModel) -> float:
    n_maps = len(plan.request.probed) + plan.request.random_model / 4
    cells = ((loaded.card.n_layers or 0) + 1) * len(NAMED_POSITIONS) * n_maps
    return cells * CELL_SECONDS * len(plan.questions) / 1000


def _fit_rows(
    study: StudyParts, sites: Sequence[str], stage: Stage, handle: JobHandle, claims: Claims
) -> None:
    """Fit the rows of some sites."""
    rows = [part for site in sites for part in study.rows(site)]
    n_cells = len(NAMED_POSITIONS)
    progress = CountedProgress(handle, stage, len(rows) * n_cells, unit="cells")
    finish_parts(study, rows, progress, units=lambda _: n_cells, claims=claims)


def _fit_answer_text(study: StudyParts, handle: JobHandle) -> CellFit | None:
    """Fit the control that uses only the tokens of the exact answers."""
    handle.progress(Stage.CONTROLS, 0, 1, unit="cells")
    said = [
        each.token_ids[each.exact_range[0] : each.exact_range[1] + 1] if each.exact_range else ()
        for each in study.used
    ]
    known = {token: number for number, token in enumerate(sorted({t for ids in said for t in ids}))}
    counts = np.zeros((len(said), len(known)))
    for example, ids in enumerate(said):
        for token in ids:
            counts[example, known[token]] += 1
    return fit_cell(counts, np.ones(len(said), dtype=bool), study.design)


def _run_random_model(study: StudyParts, handle: JobHandle, claims: Claims) -> Sequence[FittedRow]:
    """The fitted rows of the model with random weights; none if the request wants none."""
    if not study.plan.request.random_model:
        return ()
    parts, n_questions = study.random_shards(), len(study.plan.questions)
    progress = CountedProgress(handle, Stage.CONTROLS, n_questions, unit="answers")
    finish_parts(study, parts, progress, units=study.questions, claims=claims)
    _fit_rows(study, (RANDOM,), Stage.CONTROLS, handle, claims)
    return study.fitted(RANDOM)
