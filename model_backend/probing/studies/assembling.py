"""Assembles a finished study from what its parts found: card, maps, examples and provenance."""

import platform
import time
from collections import Counter
from importlib.metadata import version

import numpy as np

from model_backend.api.study_requests import NAMED_POSITIONS
from model_backend.api.study_results import ProbeStudy, StudyCard
from model_backend.api.study_tables import DroppedAnswer
from model_backend.archives.file_format import VERSION
from model_backend.models.loaded import LoadedModel
from model_backend.probing.data.label_rules import (
    describe_answers,
    describe_labels,
    describe_mapping,
)
from model_backend.probing.statistics.cell_fits import Design
from model_backend.probing.storage.plan import Plan
from model_backend.probing.studies.answers.baselines import BASELINES
from model_backend.probing.studies.answers.examples import make_examples
from model_backend.probing.studies.headline import write_headline
from model_backend.probing.studies.jobs import JobHandle
from model_backend.probing.studies.report import Findings, make_report, row_labels


def make_study(
    plan: Plan,
    findings: Findings,
    dropped: tuple[DroppedAnswer, ...],
    loaded: LoadedModel,
    handle: JobHandle,
) -> ProbeStudy:
    """Write the report and collect everything that a finished study holds."""
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
