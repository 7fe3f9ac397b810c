"""The plan of a study: its request and questions, stored before it starts."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from model_backend.answering.judging.rules import NO_RULES, LabelRules
from model_backend.api.datasets import ColumnMapping, DatasetQuestion
from model_backend.api.study_requests import StudyRequest
from model_backend.probing.atomic_files import read_json, write_json
from model_backend.probing.data.dataset import Dataset


@dataclass(frozen=True)
class Plan:
    """Request, data set and drawn questions of one study."""

    study: str
    request: StudyRequest
    dataset_name: str
    dataset_hash: str
    is_builtin: bool
    questions: tuple[DatasetQuestion, ...]
    rules: LabelRules = NO_RULES
    """Rules for labels, derived from all questions of the data set, drawn or not."""
    mapping: ColumnMapping | None = None
    """Columns and rules by which the data set's file was read; None in older plans."""


def make_plan(study: str, request: StudyRequest, dataset: Dataset) -> Plan:
    """Draw the questions of a study with the seed of its request.

    A limit of 0 for the length of answers becomes that of the data set.
    """
    rng = np.random.default_rng([request.seed, 0])
    order = rng.permutation(len(dataset.questions))[: request.size]
    questions = tuple(dataset.questions[number] for number in order)
    preview = dataset.preview
    most = request.max_new_tokens or preview.mapping.longest_answer
    return Plan(
        study,
        replace(request, max_new_tokens=most),
        preview.name,
        dataset.fingerprint,
        preview.is_builtin,
        questions,
        dataset.rules,
        preview.mapping,
    )


def write_plan(folder: Path, plan: Plan) -> None:
    """Write a plan as ``plan.json``."""
    write_json(folder / "plan.json", asdict(plan))


def read_plan(folder: Path) -> Plan:
    """Read the plan in ``plan.json``."""
    content = read_json(folder / "plan.json")
    mapping = content.get("mapping")
    known = {
        "mapping": None if mapping is None else ColumnMapping(**mapping),
        "request": StudyRequest(**content["request"]),
        "questions": tuple(read_question(entry) for entry in content["questions"]),
        "rules": _read_rules(content.get("rules", {})),
    }
    return Plan(**{**content, **known})


def read_question(entry: dict[str, Any]) -> DatasetQuestion:
    """Read a question from JSON; older files have no wrong answers."""
    lists = {name: tuple(entry.get(name, ())) for name in ("aliases", "wrong_answers")}
    return DatasetQuestion(**{**entry, **lists})


def _read_rules(entry: dict[str, Any]) -> LabelRules:
    """Read the rules of a plan; an older plan has none."""
    lists = {name: tuple(entry.get(name, ())) for name in ("closed", "known")}
    return LabelRules(**{**entry, **lists})
