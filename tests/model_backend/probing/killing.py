"""Kills a running study at random moments until it is done; a program for ``test_run.py``.

    python -m tests.model_backend.probing.killing MODEL STUDIES KILLS SECONDS SEED

One child process after the other continues the study in the folder. At most KILLS of them are
killed, each within SECONDS. The program prints as JSON how many parts of the study were finished at
every kill, and which parts were computed twice.

Imports and the load of the model happen before the first fork, so that children only work on the
study and a kill can hit any moment of it.
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
from model_backend.probing.studies.parts import FITS, SHARDS
from tests.model_backend.probing.answering import open_namer


def live(backend: LocalBackend) -> None:
    """Continue the study until it ends, then exit; runs in a child process."""
    service = backend.study_service
    job = service.jobs()[0].job
    while not service.wait(job).is_over:
        pass
    os._exit(0 if service.job(job).state == "done" else 3)


class Watch:
    """Records the finished parts of a study, and those that were computed again."""

    last_files = (f"{SHARDS}/*.json", f"{SHARDS}/*-random.npy", f"{FITS}/*.npz")
    """Patterns of the file that each part writes last."""

    def __init__(self, studies: Path) -> None:
        [self._folder] = (studies / "unfinished").iterdir()
        self.finished: dict[str, tuple[int, int]] = {}
        self.made_again: set[str] = set()

    def look(self) -> None:
        with suppress(FileNotFoundError):  # the study is done and its folder removed
            for pattern in self.last_files:
                for path in self._folder.glob(pattern):
                    found = path.stat()
                    which = found.st_ino, found.st_mtime_ns
                    if self.finished.setdefault(path.name, which) != which:
                        self.made_again.add(path.name)


def is_killed(backend: LocalBackend, seconds: float, watch: Watch) -> bool:
    """Run a child for some seconds and kill it; False if it finished the study before."""
    child = os.fork()
    if child == 0:
        live(backend)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            assert status == 0, f"a child ended with {os.waitstatus_to_exitcode(status)}"
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
    backend._pool.take("namer")
    watch = Watch(studies)
    finished: list[int] = []

    def moment() -> float:
        return moments.uniform(0, longest) if len(finished) < n_kills else 120

    while is_killed(backend, moment(), watch):
        finished.append(len(watch.finished))
    print(json.dumps({"finished": finished, "made_again": sorted(watch.made_again)}))


if __name__ == "__main__":
    main()
