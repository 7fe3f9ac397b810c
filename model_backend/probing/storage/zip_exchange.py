"""Exports a finished study as a zip file, and imports such a file after checking it.

Zip files come from strangers: names, sizes, checksums and contents are checked before a study is
stored. Compressed entries are refused, so that the size of the file bounds its content.
"""

import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from io import BufferedIOBase
from pathlib import Path
from typing import Any

from model_backend.api.errors import BackendError, BadRequest
from model_backend.api.study_results import StudyCard
from model_backend.probing.atomic_files import explain_disk_errors, read_json, write_json
from model_backend.probing.storage.library import Library
from model_backend.probing.storage.study_files import (
    CHECKSUMS,
    DROPPED,
    EXAMPLES,
    MAPS,
    PROBES,
    STUDY,
    hashes,
    read_card,
    read_probes,
    read_study,
    seal,
)

MOST_BYTES = 20_000_000_000
"""Maximum size of a study with all its activations."""

MOST_FILES = 50_000
CHUNK = 2**20

_REQUIRED = {STUDY, EXAMPLES, MAPS, PROBES, CHECKSUMS}
_OPTIONAL = {DROPPED}
"""Files that studies from older versions lack."""
_FEATURES = re.compile(r"features/[\w-]{1,60}\.npy", re.ASCII)


class _WriteBuffer:
    """A write-only file that keeps written bytes until ``take`` returns them."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, content: bytes) -> int:
        self._written.append(bytes(content))
        return len(content)

    def flush(self) -> None:
        pass

    def take(self) -> bytes:
        taken, self._written = b"".join(self._written), []
        return taken


def export_folder(folder: Path) -> Iterator[bytes]:
    """Yield a study's folder as the pieces of one zip file, without a temporary file."""
    pieces: Any = _WriteBuffer()
    with zipfile.ZipFile(pieces, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo.from_file(path, path.relative_to(folder).as_posix())
            with path.open("rb") as source, archive.open(entry, "w") as target:
                while piece := source.read(CHUNK):
                    target.write(piece)
                    yield pieces.take()
    yield pieces.take()


def import_folder(content: BufferedIOBase, library: Library) -> StudyCard:
    """Check the study in a zip file and store it.

    Raises:
        BadRequest: the file is not an exported study, was changed, or its study exists here.
        NotWritten: the disk is full.
    """
    with explain_disk_errors(library.folder):
        half = Path(tempfile.mkdtemp(".half", ".import-", library.folder))
        try:
            return _import_checked(content, half, library)
        finally:
            shutil.rmtree(half, ignore_errors=True)


def _import_checked(content: BufferedIOBase, half: Path, library: Library) -> StudyCard:
    _unpack(content, half)
    card = _check_study(half)
    folder = library.finished(card.study)
    if folder.exists():
        raise BadRequest(f"The study {card.study} is here already.")
    half.rename(folder)
    return card


def _unpack(content: BufferedIOBase, folder: Path) -> None:
    try:
        with zipfile.ZipFile(content) as archive:
            entries = archive.infolist()
            _check_entries(entries)
            for entry in entries:
                target = folder / entry.filename
                target.parent.mkdir(exist_ok=True)
                with archive.open(entry) as source, target.open("wb") as file:
                    _copy(source, file, entry)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise BadRequest(
            f"This is not a zip file of a study, or it was cut short: {error}."
        ) from error


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename for entry in entries]
    strange = next((name for name in names if not _is_known(name)), None)
    if strange is not None:
        raise BadRequest(f"The zip file contains {strange[:100]!r}, which no study has.")
    if len(set(names)) < len(names):
        raise BadRequest("The zip file contains two files of one name.")
    missing = sorted(_REQUIRED - set(names))
    if missing:
        raise BadRequest(f"The zip file lacks {missing[0]}, which every study has.")
    if len(entries) > MOST_FILES:
        raise BadRequest(f"The zip file has {len(entries):,} files; the limit is {MOST_FILES:,}.")
    size = sum(entry.file_size for entry in entries)
    if size > MOST_BYTES:
        raise BadRequest(f"The study has {size / 1e9:,.1f} GB; the limit is {MOST_BYTES / 1e9:g}.")
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
        raise BadRequest("The zip file is compressed. Studies are exported without compression.")


def _is_known(name: str) -> bool:
    return name in _REQUIRED | _OPTIONAL or _FEATURES.fullmatch(name) is not None


def _copy(source: Any, file: Any, entry: zipfile.ZipInfo) -> None:
    """Copy an entry, and refuse more bytes than its header announces."""
    left = entry.file_size
    while piece := source.read(CHUNK):
        left -= len(piece)
        if left < 0:
            raise BadRequest(f"{entry.filename} is longer than the zip file says.")
        file.write(piece)


def _check_study(folder: Path) -> StudyCard:
    """Read the whole study once, so that only readable studies are imported."""
    try:
        sums = read_json(folder / CHECKSUMS)
        found = hashes(folder)
        if sums != found:
            changed = sorted(name for name in {*sums, *found} if sums.get(name) != found.get(name))
            raise BadRequest(f"{changed[0]} was changed after the export: its checksum differs.")
        _check_arrays(folder / MAPS)
        study = read_study(folder)
        for site in study.request.probed:
            read_probes(folder, site)
    except BackendError:
        raise
    except Exception as error:  # files of strangers can cause any error
        reason = " ".join(str(error).split())[:200]
        raise BadRequest(f"This study cannot be read: {type(error).__name__} {reason}") from error
    return _mark_imported(folder)


def _check_arrays(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
            raise BadRequest(
                f"{path.name} is compressed. Studies are exported without compression."
            )
        if sum(entry.file_size for entry in entries) > path.stat().st_size:
            raise BadRequest(f"{path.name} is shorter than it says. Export the study again.")


def _mark_imported(folder: Path) -> StudyCard:
    head = read_json(folder / STUDY)
    head["card"]["is_imported"] = True
    write_json(folder / STUDY, head)
    seal(folder)
    return replace(read_card(folder), is_imported=True)
