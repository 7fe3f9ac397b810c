"""Work in pieces, one thread for every core, each of which computes on its core alone.

Torch splits each operation over all cores and then waits for the slowest of them. Where operations
are short and many, as in the logit lens, the waiting costs as much as the work.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

import torch

Piece = TypeVar("Piece")
Result = TypeVar("Result")


def count_workers(device: torch.device) -> int:
    """Number of pieces to work on at once; 1 on a GPU, which divides its work better itself."""
    return torch.get_num_threads() if device.type == "cpu" else 1


def spread(
    work: Callable[[Piece], Result], pieces: Sequence[Piece], n_workers: int
) -> list[Result]:
    """Do ``work`` on every piece with ``n_workers`` threads; results are in the order of the
    pieces.
    """
    if n_workers == 1 or len(pieces) == 1:
        return [work(piece) for piece in pieces]
    return list(_workers(n_workers).map(work, pieces))


@cache
def _workers(count: int) -> ThreadPoolExecutor:
    begun = threading.Barrier(count + 1)

    def begin() -> None:
        torch.set_num_threads(1)
        begun.wait()

    workers = ThreadPoolExecutor(count, "core", initializer=begin)
    for _ in range(count):
        workers.submit(int)
    begun.wait()
    # What a thread sets holds for that thread and for all that are yet to come: put it back.
    torch.set_num_threads(count)
    return workers
