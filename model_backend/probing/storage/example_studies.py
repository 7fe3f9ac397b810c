"""Studies of real models that come with the project; nobody can change or delete them."""

from dataclasses import replace
from functools import cache
from pathlib import Path

from model_backend.api.study_requests import StudyId
from model_backend.api.study_results import ProbeStudy
from model_backend.probing.storage.study_files import STUDY, read_study

FOLDER = Path(__file__).parents[1] / "data" / "example_studies"


def example_folder(study: StudyId) -> Path | None:
    """Folder of an example study; None if there is none of that id."""
    folder = FOLDER / study
    return folder if (folder / STUDY).exists() else None


@cache
def example_studies() -> tuple[ProbeStudy, ...]:
    """Read all example studies, once per process."""
    folders = sorted(path.parent for path in FOLDER.glob(f"*/{STUDY}"))
    return tuple(map(read_example, folders))


def read_example(folder: Path) -> ProbeStudy:
    """Read an example study, whose card says that it is one."""
    study = read_study(folder)
    return replace(study, card=replace(study.card, is_example=True))
