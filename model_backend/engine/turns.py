"""Work on some rows that stops now and then, so that others may have the model meanwhile."""

import time
from collections.abc import Callable, Generator, Sequence
from typing import TypeVar

import torch

from model_backend.engine.cores import spread

Result = TypeVar("Result")
Steps = Generator[None, None, Result]
"""Work that can stop at every step: between two blocks, when no hook is on the model."""

TURN = 0.1
"""Seconds after which work stops at its next step."""


def finish(steps: Steps[Result]) -> Result:
    """Do all steps of some work, and take its result."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: Result = end.value
            return result


def in_turns(
    works: Sequence[Steps[Result]], n_workers: int, give_way: Callable[[], None]
) -> list[Result]:
    """Do several works at once, each on a core of its own, and call ``give_way`` between turns."""
    done: dict[int, Result] = {}

    def work(at: int) -> None:
        until = time.perf_counter() + TURN
        with torch.inference_mode():
            while at not in done:
                try:
                    next(works[at])
                except StopIteration as end:
                    done[at] = end.value
                if time.perf_counter() >= until:
                    return

    while len(done) < len(works):
        spread(work, [at for at in range(len(works)) if at not in done], n_workers)
        give_way()
    return [done[at] for at in range(len(works))]
