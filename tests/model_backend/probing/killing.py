"""Kills a running study at random moments until it is done; a program for ``test_study.py``.

    python -m tests.model_backend.probing.killing MODEL STUDIES KILLS SECONDS SEED

It goes on with the study in the folder, in one child after the other, of which KILLS at most die,
each within SECONDS. It prints as JSON how many parts of the study were finished at every death, and
which of them were made again.
Everything is imported, and the model loaded, before the first fork: a life is all work, and its
end may come at any moment of it.
"""

import json
import os
import random
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import torch

from model_backend import LocalBackend
from model_backend.probing.studies.run import FITS, SHARDS
from tests.model_backend.probing.answering import open_namer


def live(backend: LocalBackend) -> None:
    """Go on with the study, to its end if nothing happens."""
    desk = backend.desk
    job = desk.jobs()[0].job
    while not desk.wait(job).is_over:
        pass
    os._exit(0 if desk.job(job).state == "done" else 3)


class Watch:
    """Keeps in mind which parts of a study were finished, and notices if one is made again."""

    last_files = (f"{SHARDS}/*.json", f"{SHARDS}/*-random.npy", f"{FITS}/*.npz")
    """Of every part, the file that is written last."""

    def __init__(self, studies: Path) -> None:
        [self._folder] = (studies / "unfinished").iterdir()
        self.finished: dict[str, tuple[int, int]] = {}
        self.made_again: set[str] = set()

    def look(self) -> None:
        for pattern in self.last_files:
            for path in self._folder.glob(pattern):
                with suppress(FileNotFoundError):  # the whole study is done, its folder goes
                    found = path.stat()
                    which = found.st_ino, found.st_mtime_ns
                    if self.finished.setdefault(path.name, which) != which:
                        self.made_again.add(path.name)


def is_killed(backend: LocalBackend, seconds: float, watch: Watch) -> bool:
    """Whether a life was still going on after some seconds; then it no longer is."""
    child = os.fork()
    if child == 0:
        live(backend)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            assert status == 0, f"a life ended with {os.waitstatus_to_exitcode(status)}"
            return False
        watch.look()
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    watch.look()
    return True


def main() -> None:
    model, studies, n_kills = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    longest, moments = float(sys.argv[4]), random.Random(int(sys.argv[5]))
    torch.set_num_threads(1)
    backend = open_namer(model, studies)
    backend._shelf.take("namer")
    watch = Watch(studies)
    finished: list[int] = []

    def moment() -> float:
        return moments.uniform(0, longest) if len(finished) < n_kills else 120

    while is_killed(backend, moment(), watch):
        finished.append(len(watch.finished))
    print(json.dumps({"finished": finished, "made_again": sorted(watch.made_again)}))


if __name__ == "__main__":
    main()
