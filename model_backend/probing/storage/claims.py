"""Claims on work in a folder that several processes share: each piece is one process's at a time.

A claim is a lock on a file, which the system releases when its process ends, however it ends. The
owner touches the file while it works. If it stays untouched, its owner hangs or its machine is
gone, and the next process that asks takes the claim over. No clocks are compared: every process
measures by its own for how long it has seen the same file.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

SILENCE = 60.0
"""Seconds without a sign of life after which a claim may be taken over."""
BETWEEN_SIGNS = 0.3
"""Seconds between two signs of life, at least."""


class Claim:
    """A piece of work that is this process's, as long as it shows signs of life."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._renewed = file, float("-inf")

    def renew(self) -> bool:
        """Show a sign of life; False if another process has taken the work over."""
        now = time.monotonic()
        if now - self._renewed < BETWEEN_SIGNS:
            return True
        if not self.is_mine():
            return False
        os.utime(self._file.fileno())
        self._renewed = now
        return True

    def is_mine(self) -> bool:
        """False if another process has taken the work over, or its folder was removed."""
        try:
            return os.fstat(self._file.fileno()).st_nlink > 0
        except OSError:  # as NFS says of a file that is gone
            return False


class Claims:
    """The claims in one folder, as this process sees them."""

    def __init__(self, folder: Path, silence: float = SILENCE) -> None:
        self._folder, self._silence = folder, silence
        self._seen: dict[str, tuple[tuple[int, int], float]] = {}

    @contextmanager
    def take(self, name: str) -> Iterator[Claim | None]:
        """Claim a piece of work until the block ends; None if it is another's.

        Raises:
            FileNotFoundError: the folder is gone.
        """
        path = self._folder / name
        with path.open("ab") as file:
            if _lock(file) and _is_at(file, path):
                claim = Claim(file)
                claim.renew()
                yield claim
                return
        if not self._take_from_silent(path):
            yield None
            return
        with self.take(name) as claim_again:
            yield claim_again

    def _take_from_silent(self, path: Path) -> bool:
        """Remove the file of an owner that shows no sign of life; its lock means nothing then."""
        if not self._is_silent(path):
            return False
        with (self._folder / ".taking-over").open("ab") as guard:
            fcntl.flock(guard, fcntl.LOCK_EX)
            if not self._is_silent(path):  # another process was faster
                return False
            path.unlink(missing_ok=True)
        return True

    def _is_silent(self, path: Path) -> bool:
        found = path.stat()
        sign, now = (found.st_ino, found.st_mtime_ns), time.monotonic()
        known, since = self._seen.get(path.name, (None, now))
        if known != sign:
            self._seen[path.name] = (sign, now)
            return False
        return now - since > self._silence


def _lock(file: BinaryIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(file: BinaryIO, path: Path) -> bool:
    """True if the open file is still the one of that name."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
