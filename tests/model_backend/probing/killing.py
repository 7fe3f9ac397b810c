"""Kills a running study at random moments until it is done; a program for ``test_killing.py``.

    python -m tests.model_backend.probing.killing MODEL STUDIES KILLS SEED

It goes on with the study in the folder, in one child after the other, and prints how many died:
KILLS at most, fewer where the study is done before.
Everything is imported before the first fork and no thread is started, so a life costs no import.
"""

import os
import random
import signal
import sys
import time
from pathlib import Path

import torch

from tests.model_backend.probing.answering import open_namer


def live(model: Path, studies: Path) -> None:
    """Go on with the study, to its end if nothing happens."""
    torch.set_num_threads(1)
    desk = open_namer(model, studies).desk
    job = desk.jobs()[0].job
    while not desk.wait(job).is_over:
        pass
    os._exit(0 if desk.job(job).state == "done" else 3)


def is_killed(model: Path, studies: Path, seconds: float) -> bool:
    """Whether a life was still going on after some seconds; then it no longer is."""
    child = os.fork()
    if child == 0:
        live(model, studies)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            assert status == 0, f"a life ended with {os.waitstatus_to_exitcode(status)}"
            return False
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def main() -> None:
    model, studies, n_kills = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    moments, killed = random.Random(int(sys.argv[4])), 0
    while is_killed(model, studies, moments.uniform(0, 0.6) if killed < n_kills else 120):
        killed += 1
    print(killed)


if __name__ == "__main__":
    main()
