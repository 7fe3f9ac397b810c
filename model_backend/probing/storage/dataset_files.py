"""Keeps uploaded data sets as JSON files, beside the built-in ones."""

from dataclasses import asdict
from pathlib import Path

from model_backend.api.datasets import ColumnMapping, DatasetPreview
from model_backend.api.errors import UnknownStudy
from model_backend.probing.atomic_files import read_json, write_json
from model_backend.probing.data.builtin_sets import builtin_datasets
from model_backend.probing.data.dataset import Dataset, usable
from model_backend.probing.storage.plan import read_question


class DatasetFiles:
    """The data sets that can be studied."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, dataset: Dataset) -> None:
        """Store an uploaded data set under its id."""
        questions = [asdict(question) for question in dataset.questions]
        content = {"preview": asdict(dataset.preview), "questions": questions}
        write_json(self._folder / f"{dataset.preview.dataset}.json", content)

    def previews(self) -> tuple[DatasetPreview, ...]:
        """The built-in data sets, then the uploaded ones, the newest first."""
        paths = sorted(self._folder.glob("*.json"), key=lambda path: -path.stat().st_mtime)
        uploaded = tuple(_read_dataset(path).preview for path in paths)
        return (*(dataset.preview for dataset in builtin_datasets()), *uploaded)

    def read(self, dataset: str) -> Dataset:
        """Read a data set by its id, which was checked to be a plain file name.

        Raises:
            UnknownStudy: there is no data set of that id.
            BadRequest: it cannot be studied.
        """
        for each in builtin_datasets():
            if each.preview.dataset == dataset:
                return usable(each)
        path = self._folder / f"{dataset}.json"
        if not path.exists():
            known = ", ".join(preview.name for preview in self.previews())
            raise UnknownStudy(f"There is no data set {dataset!r} here. There are: {known}.")
        return _read_dataset(path)


def _read_dataset(path: Path) -> Dataset:
    content = read_json(path)
    questions = tuple(read_question(entry) for entry in content["questions"])
    entry = content["preview"]
    known = {
        "columns": tuple(entry["columns"]),
        "mapping": ColumnMapping(**entry["mapping"]),
        "first": tuple(read_question(first) for first in entry["first"]),
        "problems": tuple(entry["problems"]),
    }
    return Dataset(DatasetPreview(**{**entry, **known}), questions)
