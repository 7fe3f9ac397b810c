"""What a study is going to do, settled and written down before it begins."""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from model_backend.api.study_requests import DatasetQuestion, StudyRequest
from model_backend.probing.atomic_files import read_json, write_json
from model_backend.probing.data.dataset import Dataset


@dataclass(frozen=True)
class Plan:
    """What a study is going to do, settled before it begins."""

    study: str
    request: StudyRequest
    dataset_name: str
    dataset_hash: str
    is_builtin: bool
    questions: tuple[DatasetQuestion, ...]


def make_plan(study: str, request: StudyRequest, dataset: Dataset) -> Plan:
    """Draw the questions."""
    rng = np.random.default_rng([request.seed, 0])
    order = rng.permutation(len(dataset.questions))[: request.size]
    questions = tuple(dataset.questions[number] for number in order)
    preview = dataset.preview
    return Plan(study, request, preview.name, dataset.fingerprint, preview.is_builtin, questions)


def write_plan(folder: Path, plan: Plan) -> None:
    write_json(folder / "plan.json", asdict(plan))


def read_plan(folder: Path) -> Plan:
    content = read_json(folder / "plan.json")
    questions = tuple(
        DatasetQuestion(**{**entry, "aliases": tuple(entry["aliases"])})
        for entry in content["questions"]
    )
    request = StudyRequest(**content["request"])
    return Plan(**{**content, "request": request, "questions": questions})
