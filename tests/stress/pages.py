"""Many loads of the page by many people: no error, and memory that does not grow."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import psutil

from benchmarks.visitor import Visitor
from tests.browser.serving import running
from tests.stress.table import Row, some

MOST_LOADS, PEOPLE, TEXTS = 2_000, 8, 300
"""The texts have all been seen at half of the loads, so that no result is kept after that."""
GROWTH = 1.15
"""Most that the second half of the loads may add to the server's memory."""


def load_pages(share: float) -> Iterator[Row]:
    """Open the page, look at one of the texts, and leave."""
    with running("--model", "builtin", "--queue", "200") as (address, process):
        errors, lock, n = list[str](), Lock(), some(MOST_LOADS, share)

        def come(number: int) -> None:
            try:
                visitor = Visitor(address)
                visitor.open("builtin")
                visitor.look(f"Visitor {number % TEXTS} looks at a text.")
            except Exception as error:  # any error is what this looks for
                with lock:
                    errors.append(f"{type(error).__name__}: {error}")

        come(0)
        used = [_megabytes(process.pid)]
        with ThreadPoolExecutor(PEOPLE) as people:
            for half in (range(1, n // 2), range(n // 2, n)):
                list(people.map(come, half))
                used.append(_megabytes(process.pid))
        grown = used[2] / used[1]
        seen = errors[0] if errors else f"{used[2]:,.0f} MB, {grown:.2f} of that at half"
        yield Row("the page is loaded", n, seen[:110], not errors and grown < GROWTH)


def _megabytes(pid: int) -> float:
    """Memory of a server and of the process that works for it."""
    server = psutil.Process(pid)
    return sum(each.memory_info().rss for each in (server, *server.children())) / 1e6
