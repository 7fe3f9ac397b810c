"""``python -m benchmarks.load``: many people at once, each looking at one text after the other.

Most look at texts that others look at too, as in a meeting; some at texts of their own. Starts the
dashboard itself unless ``--url`` names one that runs, or several web processes over the same
workers, among which people are divided. Ends with an error if a limit does not hold.
"""

import argparse
import random
import re
import statistics
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException

from benchmarks.table import HEAD, Line, columns
from benchmarks.visitor import Refused, View, Visitor
from tests.browser.serving import serving

SHARED = tuple(f"The capital of country number {number} is a large city." for number in range(20))
MODEL = "builtin"
OWN = 0.1
"""The share of texts that nobody else looks at."""
PAUSE = (2.0, 6.0)
"""Seconds that a person looks at a map."""


@dataclass
class Traffic:
    """Results of one run."""

    views: list[View] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    """The texts that had been looked at before the load began."""
    computations: int = 0
    cpu_seconds: float = 0.0
    """CPU seconds of the web processes; with workers, theirs are not counted."""
    memory: list[float] = field(default_factory=list)
    """Megabytes, every few seconds."""

    def lines(self) -> Iterator[Line]:
        """The table's lines."""
        texts = {view.text for view in self.views} | self.known
        warm = sorted(view.seconds for view in self.views if view.text in self.known)
        yield Line("views", len(self.views), digits=0)
        yield Line("errors", len(self.errors), limit=0, digits=0, note="; ".join(self.errors[:2]))
        yield Line("computations", self.computations, limit=len(texts), digits=0)
        if self.views:
            yield Line("server's CPU a view", 1000 * self.cpu_seconds / len(self.views), "ms")
        if len(warm) > 1:
            yield Line("cached view, median", 1000 * statistics.median(warm), "ms")
            p95 = statistics.quantiles(warm, n=20)[-1]
            yield Line("cached view, 95th percentile", 1000 * p95, "ms", limit=200)
        if len(self.memory) >= 8:
            quarter = len(self.memory) // 4
            early = statistics.median(self.memory[quarter : 2 * quarter])
            late = statistics.median(self.memory[-quarter:])
            yield Line("memory, last quarter", late, "MB", digits=0)
            yield Line("memory, last quarter to second", late / early, limit=1.1)


def drive(
    addresses: Sequence[str],
    model: str,
    *,
    users: int,
    seconds: float,
    pause: tuple[float, float] = PAUSE,
) -> Traffic:
    """Let people look for a while; the shared texts have been looked at once before."""
    traffic, watchers = Traffic(known=set(SHARED)), [Visitor(address) for address in addresses]
    for watcher in watchers:
        watcher.open(model)
    before = _Totals.of(watchers)
    for text in SHARED:
        watchers[0].look(text)
    end = time.monotonic() + seconds
    people = [
        threading.Thread(
            target=_visit,
            args=(addresses[number % len(addresses)], model, number, end, pause, traffic),
        )
        for number in range(users)
    ]
    for person in people:
        person.start()
    while time.monotonic() < end:
        traffic.memory.append(_Totals.of(watchers).memory)
        time.sleep(min(2.0, seconds / 10))
    for person in people:
        person.join()
    after = _Totals.of(watchers)
    traffic.computations = after.computations - before.computations
    traffic.cpu_seconds = after.cpu_seconds - before.cpu_seconds
    return traffic


@dataclass(frozen=True)
class _Totals:
    """Counts of all web processes together, and of their workers if they have some."""

    computations: int
    cpu_seconds: float
    memory: float
    """Megabytes."""

    @classmethod
    def of(cls, watchers: Sequence[Visitor]) -> "_Totals":
        """Read the counts."""
        pages = [watcher.read("/metrics") for watcher in watchers]
        by_workers = re.findall(
            r"^layerscope_worker_computations_total{.*} (\S+)$", pages[0], re.MULTILINE
        )
        own = [_count(page, "layerscope_computations_total") for page in pages]
        return cls(
            int(sum(map(float, by_workers)) if by_workers else sum(own)),
            sum(_count(page, "process_cpu_seconds_total") for page in pages),
            sum(_count(page, "process_resident_memory_bytes") for page in pages) / 1e6,
        )


def _visit(
    address: str, model: str, number: int, end: float, pause: tuple[float, float], traffic: Traffic
) -> None:
    choose = random.Random(number)
    visitor = Visitor(address)
    try:
        time.sleep(choose.uniform(0, min(5.0, pause[1])))  # nobody opens a link at the same instant
        visitor.open(model)
        looked = 0
        while time.monotonic() < end or not looked:
            own = f"Person {number} looks at view {choose.random():.9f} alone."
            text = own if choose.random() < OWN else choose.choice(SHARED)
            traffic.views.append(visitor.look(text))
            looked += 1
            time.sleep(choose.uniform(*pause))
    except (Refused, HTTPException, OSError) as error:
        traffic.errors.append(f"{type(error).__name__}: {error}")


def _count(metrics: str, name: str) -> float:
    found = re.search(rf"^{name} (\S+)$", metrics, re.MULTILINE)
    return float(found[1]) if found else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=120)
    help_url = "a dashboard that runs already, or one of its web processes; repeatable"
    parser.add_argument("--url", action="append", default=[], help=help_url)
    parser.add_argument("--model", default=MODEL, help="which model people look at there")
    options = parser.parse_args()
    if options.url:
        traffic = drive(options.url, options.model, users=options.users, seconds=options.seconds)
    else:
        with serving("--model", MODEL) as address:
            Visitor(address).wait()
            traffic = drive([address], MODEL, users=options.users, seconds=options.seconds)
    print(columns(*HEAD))
    lines = list(traffic.lines())
    print(*lines, sep="\n")
    sys.exit(any(line.verdict == "over" for line in lines))


if __name__ == "__main__":
    main()
