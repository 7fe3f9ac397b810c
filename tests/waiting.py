"""Waits for work done by another thread."""

import time
from collections.abc import Callable


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for a condition; long enough for a busy machine, and not for ever.

    Raises:
        AssertionError: it did not come true.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"nothing came in {seconds:.0f} s"
        time.sleep(0.002)
