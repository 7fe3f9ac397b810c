"""Several processes share a study and are killed or stopped; a program for ``test_shared_work.py``.

    python -m tests.model_backend.probing.sharing MODEL STUDIES KILLS SECONDS SEED
    python -m tests.model_backend.probing.sharing MODEL STUDIES hang

Two child processes work on the study in the folder. KILLS times one of them is killed, within
SECONDS after the one before, and another starts in its place. With ``hang`` both are stopped in the
middle of the study and continue after a third has finished it. The program prints as JSON how many
children were killed, and which parts of the study were computed twice.
"""

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import torch

from model_backend import LocalBackend
from tests.model_backend.probing.answering import open_namer
from tests.model_backend.probing.killing import Watch

CHILDREN = 2
SILENCE = 1.0


def live(backend: LocalBackend) -> NoReturn:
    """Continue the study or help with it until it ends, then exit; runs in a child process."""
    service = backend.study_service
    while not service.jobs()[0].is_over:
        if not service.help_with_a_study():
            time.sleep(0.01)
    os._exit(0 if service.jobs()[0].state == "done" else 3)


class Children:
    """Child processes that work on the study."""

    def __init__(self, backend: LocalBackend, watch: Watch) -> None:
        self._backend, self._watch, self.running = backend, watch, list[int]()

    def start(self) -> None:
        child = os.fork()
        if child == 0:
            live(self._backend)
        self.running.append(child)

    def kill(self, child: int) -> None:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        self.running.remove(child)

    def wait(self, seconds: float, over: Callable[[], bool] = lambda: False) -> None:
        """Watch the parts of the study for some time, or until a condition holds."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not over():
            self._watch.look()
            time.sleep(0.002)

    def end(self) -> None:
        """Wait until all have ended, and check that each has seen the study done."""
        while self.running:
            code = os.waitstatus_to_exitcode(os.waitpid(self.running.pop(), 0)[1])
            assert code == 0, f"a child ended with {code}"

    def kill_all(self) -> None:
        for child in tuple(self.running):
            self.kill(child)


def main() -> None:
    model, studies = Path(sys.argv[1]), Path(sys.argv[2])
    torch.set_num_threads(1)
    backend = open_namer(model, studies, resume=False, silence=SILENCE)
    backend._pool.take("namer")
    watch = Watch(studies)
    children = Children(backend, watch)
    for _ in range(CHILDREN):
        children.start()
    n_killed = 0
    try:
        if sys.argv[3] == "hang":
            hang(children, watch, studies)
        else:
            times = (int(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5]))
            n_killed = kill(children, studies, *times)
        children.end()
    finally:
        children.kill_all()
    print(json.dumps({"killed": n_killed, "made_again": sorted(watch.made_again)}))


def kill(children: Children, studies: Path, n_kills: int, longest: float, seed: int) -> int:
    """Kill one of the children again and again; the number of kills before the study ended."""
    draws = random.Random(seed)
    for n in range(n_kills):
        children.wait(draws.uniform(0, longest))
        if is_over(studies):
            return n
        children.kill(draws.choice(children.running))
        children.start()
    return n_kills


def hang(children: Children, watch: Watch, studies: Path) -> None:
    """Stop both children in the middle of the study until a third one has finished it."""
    children.wait(60, lambda: bool(watch.finished))
    for child in children.running:
        os.kill(child, signal.SIGSTOP)
    stopped = tuple(children.running)
    children.start()
    children.wait(60, lambda: is_over(studies))
    assert is_over(studies), "a stopped process kept the study from its end"
    for child in stopped:
        os.kill(child, signal.SIGCONT)


def is_over(studies: Path) -> bool:
    return not list((studies / "unfinished").glob("[!.]*"))


if __name__ == "__main__":
    main()
