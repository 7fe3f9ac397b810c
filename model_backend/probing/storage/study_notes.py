"""Names and owners of finished studies, and studies that can still be restored after deletion.

STUDIES/notes/ID.json    name and owner of a study, whose own files stay as they were sealed
STUDIES/deleted/ID/      a deleted study; removed for good when it can no longer be restored
"""

import os
import shutil
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from model_backend.api.clients import current_client
from model_backend.api.errors import BadRequest, UnknownStudy
from model_backend.api.study_requests import StudyId
from model_backend.probing.atomic_files import explain_disk_errors, read_json, write_json

UNDO_SECONDS = 600
"""Seconds in which a deleted study can be restored."""

MOST_CHARACTERS = 80
"""Length of the longest name of a study."""

NOTES, DELETED = "notes", "deleted"


@dataclass(frozen=True)
class StudyNote:
    """Facts about a study that its sealed files do not hold."""

    name: str = ""
    """The name that somebody gave it; empty if nobody did."""
    owner: str = ""
    """The account that made or imported it; empty without sign-in."""


class StudyNotes:
    """Reads and changes the notes of a folder of studies, and deletes and restores studies.

    Methods take ids that were checked to be plain file names.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def note(self, study: StudyId) -> StudyNote:
        """Note of a study; an empty one if there is none that can be read."""
        try:
            return StudyNote(**read_json(self._path(study)))
        except (OSError, ValueError, TypeError):
            return StudyNote()

    def set_owner(self, study: StudyId) -> None:
        """Make the present account the owner of a study that has none; nobody without sign-in."""
        account, note = current_client().account, self.note(study)
        if account and not note.owner:
            self._write(study, replace(note, owner=account))

    def rename(self, study: StudyId, name: str) -> None:
        """Name a study; an empty name gives it its first one again.

        Raises:
            BadRequest: the study belongs to another account, or the name is too long.
        """
        if not isinstance(name, str) or len(name.strip()) > MOST_CHARACTERS:
            raise BadRequest(f"The name of a study has at most {MOST_CHARACTERS} characters.")
        self._check_owner(study)
        self._write(study, replace(self.note(study), name=" ".join(name.split())))

    def delete(self, study: StudyId) -> None:
        """Delete a study, so that it can be restored for a while.

        Raises:
            BadRequest: the study belongs to another account.
        """
        self._check_owner(study)
        self.remove_old()
        deleted = self._folder / DELETED / study
        with explain_disk_errors(deleted):
            shutil.rmtree(deleted, ignore_errors=True)  # an earlier study of that id
            (self._folder / study).rename(deleted)
            os.utime(deleted)

    def restore(self, study: StudyId) -> None:
        """Restore a study that was deleted.

        Raises:
            BadRequest: the study belongs to another account.
            UnknownStudy: it was deleted too long ago, or never.
        """
        self.remove_old()
        self._check_owner(study)
        try:
            (self._folder / DELETED / study).rename(self._folder / study)
        except OSError as error:
            minutes = UNDO_SECONDS // 60
            raise UnknownStudy(
                f"The study {study!r} cannot be restored: it was deleted more than {minutes} "
                "minutes ago, or is there already."
            ) from error

    def remove_old(self) -> None:
        """Remove studies for good that were deleted too long ago."""
        since = time.time() - UNDO_SECONDS
        for path in (self._folder / DELETED).iterdir():
            with suppress(OSError):  # another process removes it too
                if path.stat().st_mtime < since:
                    shutil.rmtree(path)
                    self._path(path.name).unlink(missing_ok=True)

    def _check_owner(self, study: StudyId) -> None:
        account, owner = current_client().account, self.note(study).owner
        if account and owner and account != owner:
            raise BadRequest(f"Only {owner}, who made this study, can rename or delete it.")

    def _write(self, study: StudyId, note: StudyNote) -> None:
        write_json(self._path(study), asdict(note))

    def _path(self, study: StudyId) -> Path:
        return self._folder / NOTES / f"{study}.json"
