"""Times two actions in turns on a machine that may be busy, and says how sure their ratio is.

Other processes slow both of a pair alike, so the ratio of a pair is steadier than either time. But
a pair in which threads queued for a core says little about a quiet machine. Which pairs count is
decided by how long they queued, which the kernel counts in ``schedstat`` (Linux only).
"""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float

Action = Callable[[], object]

QUIET = 0.1
"""Largest share of a pair's time that threads may have queued for a core in an undisturbed pair."""

FEWEST = 7
"""Pairs that count in any case, the least disturbed ones, if fewer than these were undisturbed."""

PATIENCE = 3
"""Factor by which the time is extended while fewer than ``FEWEST`` pairs were undisturbed."""

DISTURBED_MARGIN = 2.0
"""Factor by which the interval widens, both ways, if the machine was never quiet."""

TASKS = Path("/proc/self/task")


@dataclass(frozen=True)
class Ratio:
    """Median of paired ratios, with a 95 % interval from their order (no distribution assumed)."""

    value: float
    low: float
    high: float
    is_disturbed: bool = False
    """True if too few pairs were undisturbed to say anything about a quiet machine."""

    def is_unsure(self, limit: float) -> bool:
        """True if another run may well fall on the other side of a limit."""
        margin = DISTURBED_MARGIN if self.is_disturbed else 1.0
        return self.low / margin <= limit < self.high * margin


@dataclass(frozen=True, eq=False)
class Pairs:
    """The pairs that count: seconds of two actions, timed one after the other."""

    measured: Float[np.ndarray, " pair"]
    beside: Float[np.ndarray, " pair"]
    n_timed: int
    n_quiet: int

    @property
    def ratio(self) -> Ratio:
        return replace(ratio_of(self.measured, self.beside), is_disturbed=self._is_disturbed)

    @property
    def inverse_ratio(self) -> Ratio:
        return replace(ratio_of(self.beside, self.measured), is_disturbed=self._is_disturbed)

    @property
    def _is_disturbed(self) -> bool:
        return self.n_quiet < min(FEWEST, self.n_timed)

    @property
    def sureness(self) -> str:
        """Says how many pairs counted, and how many of those timed were undisturbed."""
        if self.n_quiet == self.n_timed:
            return f"{self.n_timed} pairs"
        return f"{len(self.measured)} of {self.n_timed} pairs, {self.n_quiet} undisturbed"


def ratio_of(
    measured: Float[np.ndarray, " pair"] | Sequence[float],
    beside: Float[np.ndarray, " pair"] | Sequence[float],
) -> Ratio:
    """Median ratio of pairs and the order statistics around it that hold the true median."""
    ratios = np.sort(np.asarray(measured) / np.asarray(beside))
    rank = max(0, int((len(ratios) - 1.96 * len(ratios) ** 0.5) / 2))
    return Ratio(float(np.median(ratios)), float(ratios[rank]), float(ratios[-1 - rank]))


def time_pairs(
    pair: Callable[[], tuple[Action, Action]], *, seconds: float = 12.0, most: int = 100
) -> Pairs:
    """Time both actions of fresh pairs, in alternating order, until ``most`` were undisturbed.

    The first pair warms up and does not count. At least two more are timed, whatever the time.
    """
    times: list[tuple[float, float]] = []
    shares: list[float] = []
    start = time.perf_counter()
    n_quiet = 0
    while len(times) < 3 or (
        n_quiet < most
        and time.perf_counter() - start < seconds * (PATIENCE if n_quiet < FEWEST else 1)
    ):
        before = waited()
        times.append(_time_pair(*pair(), measured_first=len(times) % 2 == 1))
        shares.append((waited() - before) / sum(times[-1]))
        n_quiet = sum(share <= QUIET for share in shares[1:])
    return choose_pairs(np.array(times[1:]), np.array(shares[1:]))


def _time_pair(one: Action, other: Action, *, measured_first: bool) -> tuple[float, float]:
    if measured_first:
        measured = time_once(one)
        return measured, time_once(other)
    beside = time_once(other)
    return time_once(one), beside


def choose_pairs(times: Float[np.ndarray, "pair 2"], shares: Float[np.ndarray, " pair"]) -> Pairs:
    """The undisturbed pairs, or the least disturbed ones if they are too few.

    ``shares`` are those of a pair's time that threads have queued for a core.
    """
    is_quiet = shares <= QUIET
    order = np.argsort(shares, kind="stable")
    kept = order[: max(FEWEST, int(is_quiet.sum()))]
    return Pairs(times[kept, 0], times[kept, 1], len(times), int(is_quiet.sum()))


def time_once(action: Action) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def waited() -> float:
    """Seconds that threads of this process have queued for a core; 0 where nobody counts."""
    total = 0
    with suppress(OSError):
        for task in TASKS.iterdir():
            with suppress(OSError):  # a thread may end meanwhile
                total += int((task / "schedstat").read_text().split()[1])
    return total / 1e9
