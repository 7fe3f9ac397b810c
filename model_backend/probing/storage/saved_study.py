"""Opens an exported study in Python: its answers, labels, activations and maps as one object."""

import re
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from jaxtyping import Bool, Float, Int

from model_backend.api.errors import BadRequest
from model_backend.api.maps.sites import Site
from model_backend.api.study_results import CellName, ProbeStudy, StudyCard
from model_backend.api.study_tables import ExampleTable, ProbeMap
from model_backend.probing.storage.study_files import FEATURES
from model_backend.probing.storage.study_files import read_study as read_study_folder

if TYPE_CHECKING:
    import pandas

_SHARD = re.compile(rf"{FEATURES}/(\d+)-(\w+?)(-scale)?\.npy")
_ROWS = "rows"
"""Name of the files of row numbers, where others have a site."""
_LOCAL_HEADER = 30
"""Bytes of a zip entry's header before its name."""


@dataclass(frozen=True, eq=False)
class SavedStudy:
    """A finished study; every array of answers is in the order of ``examples``."""

    study: ProbeStudy
    path: Path
    """The zip file or folder, from which activations are read when they are asked for."""

    @property
    def card(self) -> StudyCard:
        """Counts, the best cell and the headline."""
        return self.study.card

    @property
    def maps(self) -> Mapping[Site, ProbeMap]:
        """AUCs, intervals and scores of every cell, by site."""
        return self.study.maps

    @property
    def examples(self) -> ExampleTable:
        """The answers that were used."""
        return self.study.examples

    @property
    def labels(self) -> Bool[np.ndarray, " example"]:
        """True for right answers."""
        return self.study.examples.is_correct

    @property
    def folds(self) -> Int[np.ndarray, "repeat example"]:
        """Fold of each answer."""
        return self.study.folds

    def has(self, cell: CellName) -> Bool[np.ndarray, " example"]:
        """True for the answers that have the position of a cell."""
        return self.study.examples.indices[:, cell.position] >= 0

    def features(self, cell: CellName) -> Float[np.ndarray, "example hidden"]:
        """Activations of one cell, zeros where an answer does not have the position.

        Only the bytes of that cell are read.

        Raises:
            BadRequest: the study kept no activations there, or none that can be joined.
        """
        shards = sorted(number for number, name in self._arrays if name == cell.site.value)
        if not shards:
            raise BadRequest(
                f"The study {self.card.study} kept no activations at {cell.site}. Run it again "
                "with “Keep the activations”, or with --keep-features."
            )
        parts = [self._shard(number, cell) for number in shards]
        return np.concatenate(parts)[self._used(shards)]

    def scores(self, cell: CellName) -> Float[np.ndarray, " example"]:
        """P(correct) by probes that had not seen the answer; NaN without the position."""
        return self.maps[cell.site].scores[cell.row, cell.position]

    def to_pandas(self) -> "pandas.DataFrame":
        """One line for every answer that was used: texts, label, baselines, row, folds, and the
        score at the best cell."""
        frame = self.examples.to_pandas(self.study.baseline_names)
        for number, folds in enumerate(self.folds, start=1):
            frame[f"fold_{number}"] = folds
        frame["probe_score"] = self.scores(self.card.best.cell)
        return frame

    def _shard(self, number: str, cell: CellName) -> Float[np.ndarray, "asked hidden"]:
        values = self._array(number, cell.site.value)[cell.row, cell.position]
        return values.astype(np.float32) * np.float32(
            self._array(number, f"{cell.site}-scale")[cell.row]
        )

    def _used(self, shards: Sequence[str]) -> Int[np.ndarray, " example"]:
        """Places of the answers that were used among all that were asked."""
        if self.examples.row and (shards[0], _ROWS) in self._arrays:
            rows = np.concatenate([self._array(number, _ROWS) for number in shards])
            place = {int(row): at for at, row in enumerate(rows)}
            return np.array([place[row] for row in self.examples.row])
        if self.card.dropped:
            raise BadRequest(
                f"The study {self.card.study} is older than the numbers of rows, and some answers "
                "were dropped: its activations cannot be joined with its answers. Run it again."
            )
        return np.arange(self.examples.n)

    def _array(self, number: str, name: str) -> np.ndarray:
        return _open_array(*self._arrays[number, name])

    @cached_property
    def _arrays(self) -> dict[tuple[str, str], tuple[Path, int]]:
        """File and offset of every array of activations, by shard and name."""
        return {
            (found[1], found[2] + (found[3] or "")): (path, offset)
            for name, path, offset in _files(self.path)
            if (found := _SHARD.fullmatch(name))
        }


def read_study(path: str | Path) -> SavedStudy:
    """Open a study: the zip file of an export, or the folder of a finished one.

    Raises:
        BadRequest: there is no study in the file.
    """
    path = Path(path)
    try:
        if path.is_dir():
            return SavedStudy(read_study_folder(path), path)
        with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                if not (entry.is_dir() or entry.filename.startswith(FEATURES)):
                    (Path(folder) / Path(entry.filename).name).write_bytes(archive.read(entry))
            return SavedStudy(read_study_folder(Path(folder)), path)
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        reason = " ".join(str(error).split())[:200]
        raise BadRequest(f"{path.name} is not a study: {type(error).__name__} {reason}") from error


def _files(path: Path) -> Iterator[tuple[str, Path, int]]:
    """Yield the name, file and offset of everything in a zip file or folder."""
    if path.is_dir():
        for file in sorted(path.rglob("*.npy")):
            yield file.relative_to(path).as_posix(), file, 0
        return
    with zipfile.ZipFile(path) as archive, path.open("rb") as whole:
        for entry in archive.infolist():
            if entry.compress_type == zipfile.ZIP_STORED:
                yield entry.filename, path, _start_of(whole, entry)


def _start_of(file: BinaryIO, entry: zipfile.ZipInfo) -> int:
    """Offset of an entry's first byte; the header in the file may be longer than in the list."""
    file.seek(entry.header_offset)
    header = file.read(_LOCAL_HEADER)
    lengths = (int.from_bytes(header[at : at + 2], "little") for at in (26, 28))
    return entry.header_offset + _LOCAL_HEADER + sum(lengths)


def _open_array(path: Path, offset: int) -> np.ndarray:
    """Map an array that is stored somewhere in a file."""
    with path.open("rb") as file:
        file.seek(offset)
        version: Any = np.lib.format.read_magic(file)
        reader = (
            np.lib.format.read_array_header_1_0
            if version == (1, 0)
            else np.lib.format.read_array_header_2_0
        )
        shape, is_fortran, dtype = reader(file)
        order: Any = "F" if is_fortran else "C"
        return np.memmap(path, dtype, "r", file.tell(), shape, order)
