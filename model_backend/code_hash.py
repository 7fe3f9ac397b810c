"""A hash of the code that computes results, so that a cache never outlives a change of it."""

import hashlib
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
FOLDERS = ("answering", "engine", "grids", "measures", "models", "probing/studies")
"""The folders whose code makes numbers; those that only store, queue or describe are left out."""


@cache
def code_hash(folder: Path = HERE, worked_examples: str = "") -> str:
    """The hash of every source file and text in ``FOLDERS``, which are read once.

    Args:
        worked_examples: text that is in use in place of the project's own.
    """
    digest = hashlib.sha256(worked_examples.encode())
    files = (file for one in FOLDERS for file in (folder / one).rglob("*.*"))
    for file in sorted(file for file in files if file.suffix in (".py", ".txt")):
        digest.update(file.relative_to(folder).as_posix().encode() + file.read_bytes())
    return digest.hexdigest()
