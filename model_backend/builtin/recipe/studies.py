"""Probes the released model: a study of every set of questions.

``python -m model_backend.builtin.recipe.studies --work FOLDER`` runs them again with today's code,
and writes what they find into ``findings.json`` and the model's card.
"""

import argparse
import json
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

from model_backend.api.study_requests import StudyRequest
from model_backend.api.study_results import ProbeStudy
from model_backend.builtin.recipe.card import renew_findings
from model_backend.builtin.recipe.study_sets import STUDY_SETS
from model_backend.local import LocalBackend
from model_backend.models.catalogue import BUILTIN, BUILTIN_FOLDER

SECONDS_BETWEEN_LOOKS = 10.0
RIVALS = ("embedding row", "answer text", "random weights", "least probability")
"""References that the card shows beside the best probe; the studies hold all of them."""


def study_all(
    folder: Path, work: Path, names: Collection[str] = tuple(STUDY_SETS)
) -> dict[str, dict[str, Any]]:
    """Study every set, or some, with the model in a folder; the studies stay in ``work``."""
    study_service = LocalBackend(
        [replace(BUILTIN, source=str(folder))], studies=work / "studies"
    ).study_service
    found = {}
    for name, make in STUDY_SETS.items():
        if name not in names:
            continue
        job = study_service.start_study(StudyRequest(BUILTIN.name, name, size=len(make())))
        while not (status := study_service.wait(job, SECONDS_BETWEEN_LOOKS)).is_over:
            print(f"{name}: {status.stage.label}, {status.done:,} of {status.total:,}", flush=True)
        found[name] = summary(study_service.study(job))
    return found


def summary(study: ProbeStudy) -> dict[str, Any]:
    """The nested best AUC with its interval, its cell, and the rivals' AUCs on its answers."""
    best, card = study.card.best, study.card
    references = {reference.name: reference for reference in study.references}
    return {
        "n": card.n,
        "wrong": card.n_wrong,
        "nested": [
            round(value, 3) for value in (best.nested.value, best.nested.low, best.nested.high)
        ],
        "layer": study.layer_labels[best.cell.row],
        "position": study.positions[best.cell.position],
        "rivals": {name: round(references[name].auc.value, 3) for name in RIVALS},
    }


def write_findings(folder: Path, found: dict[str, dict[str, Any]]) -> None:
    (folder / "findings.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Run the studies of the released model, and renew its findings and its card."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder for the studies")
    parser.add_argument("--only", action="append", choices=STUDY_SETS, help="repeatable")
    options = parser.parse_args()
    known = json.loads((BUILTIN_FOLDER / "findings.json").read_text(encoding="utf-8"))
    found = known | study_all(BUILTIN_FOLDER, options.work, options.only or tuple(STUDY_SETS))
    write_findings(BUILTIN_FOLDER, found)
    renew_findings(BUILTIN_FOLDER, found)


if __name__ == "__main__":
    main()
