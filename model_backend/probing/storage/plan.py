"""The plan of a study: its request and questions, stored before it starts."""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from model_backend.api.study_requests import DatasetQuestion, StudyRequest
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


def make_plan(study: str, request: StudyRequest, dataset: Dataset) -> Plan:
    """Draw the questions of a study with the seed of its request."""
    rng = np.random.default_rng([request.seed, 0])
    order = rng.permutation(len(dataset.questions))[: request.size]
    questions = tuple(dataset.questions[number] for number in order)
    preview = dataset.preview
    return Plan(study, request, preview.name, dataset.fingerprint, preview.is_builtin, questions)


def write_plan(folder: Path, plan: Plan) -> None:
    """Write a plan as ``plan.json``."""
    write_json(folder / "plan.json", asdict(plan))


def read_plan(folder: Path) -> Plan:
    """Read the plan in ``plan.json``."""
    content = read_json(folder / "plan.json")
    questions = tuple(
        DatasetQuestion(**{**entry, "aliases": tuple(entry["aliases"])})
        for entry in content["questions"]
    )
    request = StudyRequest(**content["request"])
    return Plan(**{**content, "request": request, "questions": questions})
