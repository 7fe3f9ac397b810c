"""Half-written files of killed processes are removed after a day, and no other files."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from model_backend.probing.storage.library import LEFTOVER_AGE, Library

DYING = """
import io, os, sys
from pathlib import Path
from types import SimpleNamespace
from model_backend import StudyRequest
from model_backend.probing.storage.zip_exchange import import_folder
from model_backend.probing.storage.library import Library

class Dying(io.BytesIO):
    def seek(self, *_):
        os._exit(9)

class Fatal:
    preview = SimpleNamespace(name="places")
    questions = property(lambda self: os._exit(9))

library = Library(Path(sys.argv[2]))
if sys.argv[1] == "import":
    import_folder(Dying(), library)
else:
    library.begin(StudyRequest("builtin", "places"), Fatal())
"""


def die(moment: str, folder: Path) -> list[Path]:
    """Let a process die in the middle of its work, and return its half-written folders."""
    ended = subprocess.run([sys.executable, "-c", DYING, moment, str(folder)], capture_output=True)
    assert ended.returncode == 9, ended.stderr
    return [path for path in folder.rglob(".*") if path.is_dir()]


def grow_old(*paths: Path) -> None:
    long_ago = time.time() - LEFTOVER_AGE - 60
    for path in paths:
        for each in (*path.rglob("*"), path):
            os.utime(each, (long_ago, long_ago))


@pytest.mark.parametrize("moment", ["import", "begin"])
def test_half_written_folders_are_removed_a_day_later(moment: str, tmp_path: Path) -> None:
    [left] = die(moment, tmp_path)
    Library(tmp_path)
    assert left.exists()  # another process may still write it
    grow_old(left)
    Library(tmp_path)
    assert not left.exists()


def test_half_written_files_are_removed_too(tmp_path: Path) -> None:
    Library(tmp_path)
    left = tmp_path / "datasets" / ".upload.json.0a1b2c3d.half"
    left.write_bytes(b"[")
    grow_old(left)
    Library(tmp_path)
    assert not left.exists()


def test_an_old_folder_with_a_recent_change_is_kept(tmp_path: Path) -> None:
    library = Library(tmp_path)
    half = library.folder / ".import-abcd_123.half"
    (half / "features").mkdir(parents=True)
    grow_old(half)
    (half / "features" / "00000-resid_post.npy").write_bytes(b"0")
    os.utime(half / "features", (0, 0))
    Library(tmp_path)
    assert half.exists()


def test_files_of_other_programs_are_kept(tmp_path: Path) -> None:
    others = [tmp_path / name for name in (".git", ".import-settings", ".half", "study.half")]
    for other in others:
        other.mkdir()
        grow_old(other)
    Library(tmp_path)
    assert all(other.exists() for other in others)
