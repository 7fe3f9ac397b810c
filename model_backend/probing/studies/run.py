"""Runs one study in its folder; finished parts in the folder are not computed again.

The folder holds the plan, the shards and the fitted rows. Each file is written atomically, so a
killed study continues where it stopped and ends with the same numbers.
"""

import platform
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np

from model_backend.answering.exact_answers import BUILTIN_PATTERN
from model_backend.answering.finding import ExactAnswerFinder, make_extractor
from model_backend.answering.starting import check_can_answer
from model_backend.answering.worked_examples import (
    own_worked_examples,
    read_worked_examples,
)
from model_backend.api.door import Stage
from model_backend.api.errors import BadRequest
from model_backend.api.questions import Verdict
from model_backend.api.study_requests import FEWEST_OF_A_CLASS, NAMED_POSITIONS, StudyRequest
from model_backend.api.study_results import ProbeStudy, StudyCard
from model_backend.api.study_tables import DroppedAnswer
from model_backend.archives.file_format import VERSION
from model_backend.models.catalogue import BUILTIN
from model_backend.models.loaded import LoadedModel
from model_backend.probing.atomic_files import read_json, write_json
from model_backend.probing.data.label_rules import (
    describe_answers,
    describe_labels,
    describe_mapping,
)
from model_backend.probing.statistics.cell_fits import CellFit, Design, fit_cell
from model_backend.probing.statistics.folds import draw_folds, group_numbers, shuffle_labels
from model_backend.probing.statistics.row_fits import FittedRow, fit_row, read_row, write_row
from model_backend.probing.storage.plan import Plan, read_plan
from model_backend.probing.storage.study_files import write_study
from model_backend.probing.studies.answer_form import answer_forms
from model_backend.probing.studies.asking import AskedQuestion
from model_backend.probing.studies.baselines import BASELINES
from model_backend.probing.studies.examples import make_dropped, make_examples, presence
from model_backend.probing.studies.extraction import measure_extraction
from model_backend.probing.studies.headline import write_headline
from model_backend.probing.studies.jobs import JobHandle
from model_backend.probing.studies.report import Findings, make_report, row_labels
from model_backend.probing.studies.shard_progress import ShardProgress
from model_backend.probing.studies.shards import (
    RANDOM,
    SHARD,
    Shards,
    capture_random_activations,
    make_shard,
    random_model,
)

SHARDS, FITS = f"shards-of-{SHARD}", f"fits-of-shards-of-{SHARD}"
"""Subfolders of an unfinished study; their names tell shards of different sizes apart."""

CELL_SECONDS = 0.15
"""Guess of the time to fit one cell with 1,000 answers, used before the first cells are done."""


def run_study(folder: Path, loaded: LoadedModel, handle: JobHandle, finished: Path) -> None:
    """Compute the missing parts of the study in ``folder`` and write it to ``finished``.

    Args:
        handle: handle of the job; takes progress and raises ``Cancelled``.

    Raises:
        BadRequest: the model is an encoder, or there are too few right or too few wrong answers.
        Cancelled: the job was cancelled.
    """
    check_can_answer(loaded)
    plan = read_plan(folder)
    for name in (SHARDS, FITS):
        (folder / name).mkdir(exist_ok=True)
    shards = Shards(folder / SHARDS, len(plan.questions))
    _check_revision(folder, loaded)
    _generate_answers(plan, shards, loaded, handle)
    asked = shards.asked()
    _check_any_left(asked)
    kept = np.array([not each.dropped for each in asked], dtype=bool)
    design = make_design(plan.request, [each for each in asked if not each.dropped])
    fit = partial(_fit_rows, folder, plan, shards, kept, handle)
    rows = {site: fit(site, design, Stage.FITTING) for site in plan.request.probed}
    used = [each for each in asked if not each.dropped]
    text = _fit_answer_text(used, design, handle)
    form = fit_cell(answer_forms(used), np.ones(len(used), dtype=bool), design)
    random_rows: Sequence[FittedRow] = ()
    if plan.request.random_model:
        _capture_random_model(plan, shards, asked, loaded, handle)
        plain = replace(design, folds=design.folds[:1], shuffled=design.shuffled[:0])
        random_rows = fit(RANDOM, plain, Stage.CONTROLS)
    handle.progress(Stage.WRITING, 0, 1, unit="reports")
    extraction = measure_extraction(used, sum(each.is_cut_off for each in asked))
    findings = Findings(
        used, shards.baselines()[kept], design, rows, text, random_rows, form, extraction
    )
    study = _make_study(plan, findings, make_dropped(asked), loaded, handle)
    features = shards.files(plan.request.probed) if plan.request.keep_features else ()
    write_study(finished, study, rows, features)


def _check_any_left(asked: Sequence[AskedQuestion]) -> None:
    """Raise with the most frequent reason if not one question can be used."""
    [(reason, count)] = Counter(each.dropped for each in asked).most_common(1)
    if all(each.dropped for each in asked):
        raise BadRequest(
            f"None of the {len(asked):,} questions can be used. The most frequent reason, of "
            f"{count:,}: {reason}. Choose another model or other questions."
        )


def make_design(request: StudyRequest, asked: Sequence[AskedQuestion]) -> Design:
    """Draw folds and shuffled labels for the usable answers, with the seed of the request.

    Raises:
        BadRequest: there are too few right or too few wrong answers.
    """
    is_correct = np.array([each.verdict is Verdict.RIGHT for each in asked], dtype=bool)
    groups = group_numbers([each.question.group for each in asked])
    for count, name in ((is_correct.sum(), "right"), ((~is_correct).sum(), "wrong")):
        if count < FEWEST_OF_A_CLASS:
            raise BadRequest(
                f"A study needs {FEWEST_OF_A_CLASS} {name} answers at least and has {count}, of "
                f"{len(asked):,} that can be judged. Ask more questions, or take a data set with "
                "more of both."
            )
    rng = np.random.default_rng([request.seed, 1])
    folds = [draw_folds(is_correct, groups, request.n_folds, rng) for _ in range(request.n_repeats)]
    shuffled = np.zeros((request.n_permutations, len(asked)), dtype=bool)
    for labels in shuffled:
        labels[:] = shuffle_labels(is_correct, groups, rng)
    return Design(is_correct, groups, np.stack(folds), shuffled, solver=request.solver)


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


def _generate_answers(plan: Plan, shards: Shards, loaded: LoadedModel, handle: JobHandle) -> None:
    finder = _make_finder(plan, loaded)
    later = _guess_fitting_seconds(plan, loaded)
    guess = 2 * plan.request.max_new_tokens
    progress = ShardProgress(handle, len(plan.questions), guess=guess, later=later)
    for number in range(len(shards)):
        questions = plan.questions[number * SHARD : (number + 1) * SHARD]
        progress.begin(number * SHARD, len(questions))
        if shards.has(number):
            continue
        make_shard(
            shards,
            number,
            questions,
            loaded,
            request=plan.request,
            finder=finder,
            check=progress.after_pass,
            rules=plan.rules,
        )
        progress.end()


def _make_finder(plan: Plan, loaded: LoadedModel) -> ExactAnswerFinder:
    if plan.is_builtin and loaded.card.name == BUILTIN.name:
        return ExactAnswerFinder(pattern=BUILTIN_PATTERN)
    text = plan.request.worked_examples
    examples = read_worked_examples(text) if text else own_worked_examples()
    return ExactAnswerFinder(make_extractor(loaded, examples))


def _guess_fitting_seconds(plan: Plan, loaded: LoadedModel) -> float:
    n_maps = len(plan.request.probed) + plan.request.random_model / 4
    cells = ((loaded.card.n_layers or 0) + 1) * len(NAMED_POSITIONS) * n_maps
    return cells * CELL_SECONDS * len(plan.questions) / 1000


def _fit_rows(
    folder: Path,
    plan: Plan,
    shards: Shards,
    kept: np.ndarray,
    handle: JobHandle,
    site: str,
    design: Design,
    stage: Stage,
) -> list[FittedRow]:
    asked = [each for each in shards.asked() if not each.dropped]
    there = presence(asked)
    n_rows = len(np.load(shards.scale(0, site)))
    n_positions, rows = len(there), []
    names = [*plan.request.probed, RANDOM]
    total = n_rows * n_positions * (len(plan.request.probed) if stage is Stage.FITTING else 1)
    before = names.index(site) * n_rows * n_positions if stage is Stage.FITTING else 0
    for row in range(n_rows):
        path = folder / FITS / f"{site}-{row:03}.npz"
        begun = before + row * n_positions
        report_cells = partial(_report_cells, handle, stage, begun, total)
        report_cells(0)
        if not path.exists():
            activations = shards.row(site, row, kept)
            write_row(path, fit_row(activations, there, design, advance=report_cells))
        rows.append(read_row(path))
    return rows


def _report_cells(handle: JobHandle, stage: Stage, begun: int, total: int, done: int) -> None:
    handle.progress(stage, begun + done, total, unit="cells")


def _fit_answer_text(
    asked: Sequence[AskedQuestion], design: Design, handle: JobHandle
) -> CellFit | None:
    """Fit the control that uses only the tokens of the exact answers."""
    handle.progress(Stage.CONTROLS, 0, 1, unit="cells")
    said = [
        each.token_ids[each.exact_range[0] : each.exact_range[1] + 1] if each.exact_range else ()
        for each in asked
    ]
    known = {token: number for number, token in enumerate(sorted({t for ids in said for t in ids}))}
    counts = np.zeros((len(asked), len(known)))
    for example, ids in enumerate(said):
        for token in ids:
            counts[example, known[token]] += 1
    return fit_cell(counts, np.ones(len(asked), dtype=bool), design)


def _capture_random_model(
    plan: Plan,
    shards: Shards,
    asked: Sequence[AskedQuestion],
    loaded: LoadedModel,
    handle: JobHandle,
) -> None:
    todo = [n for n in range(len(shards)) if not shards.features(n, RANDOM).exists()]
    if not todo:
        return
    model = random_model(loaded, plan.request.seed)
    for done, number in enumerate(todo):
        handle.progress(Stage.CONTROLS, done * SHARD, len(todo) * SHARD, unit="answers")
        part = asked[number * SHARD : (number + 1) * SHARD]
        capture_random_activations(shards, number, part, loaded, model, check=handle.check)


def _make_study(
    plan: Plan,
    findings: Findings,
    dropped: tuple[DroppedAnswer, ...],
    loaded: LoadedModel,
    handle: JobHandle,
) -> ProbeStudy:
    request, design = plan.request, findings.design
    report = make_report(findings, request.seed)
    labels = row_labels(findings)
    best = report.best
    place = (labels[best.cell.row], NAMED_POSITIONS[best.cell.position])
    present = findings.present
    is_given = bool(plan.mapping and plan.mapping.model_answer)
    card = StudyCard(
        study=plan.study,
        model=request.model,
        revision=str(loaded.card.revision),
        dataset=plan.dataset_name,
        finished=time.strftime("%Y-%m-%d %H:%M", time.gmtime()),
        sites=request.probed,
        n_right=int(design.is_correct.sum()),
        n_wrong=int((~design.is_correct).sum()),
        # A plain dict, because asdict would count the pairs of a Counter.
        dropped=dict(Counter(each.reason for each in dropped)),
        n_groups=len(np.unique(design.groups)),
        best=best,
        seconds=round(handle.status.seconds, 1),
        headline=write_headline(
            best,
            report.references,
            *place,
            extraction=findings.extraction,
            answers_given=is_given,
        ),
        extraction=findings.extraction,
        answers_given=is_given,
    )
    return ProbeStudy(
        card=card,
        request=request,
        layer_labels=labels,
        positions=NAMED_POSITIONS,
        maps=report.maps,
        n=present.sum(axis=1),
        n_wrong=(present & ~design.is_correct).sum(axis=1),
        n_groups=np.array([len(np.unique(design.groups[there])) for there in present]),
        baseline_names=BASELINES,
        baseline_auc=report.baseline_auc,
        references=report.references,
        examples=make_examples(findings.asked, findings.baselines),
        provenance=_provenance(plan, loaded, design),
        folds=design.folds.astype(np.int8),
        dropped=dropped,
    )


def _provenance(plan: Plan, loaded: LoadedModel, design: Design) -> dict[str, str]:
    request = plan.request
    return {
        "model": request.model,
        "model revision": str(loaded.card.revision),
        "tokenizer": str(loaded.tokenizer_hash),
        "dtype": str(loaded.card.dtype),
        "data set": plan.dataset_name,
        "data set sha256": plan.dataset_hash,
        "answers": describe_answers(plan.mapping, request.max_new_tokens),
        "labels": describe_labels(plan.rules, plan.mapping),
        **({"columns": describe_mapping(plan.mapping)} if plan.mapping else {}),
        "seed": str(request.seed),
        "folds": f"{request.n_repeats} x {request.n_folds}, stratified, groups kept whole",
        "permutations": str(request.n_permutations),
        "values of C": ", ".join(f"{value:g}" for value in design.penalties),
        "solver": str(request.solver),
        "layerscope": VERSION,
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "torch", "transformers")},
    }
