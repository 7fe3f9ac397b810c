"""A dashboard in a process of its own, as a user starts it."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPException

from benchmarks.visitor import Refused, Visitor

PORT = 8951
PATIENCE = 180.0
"""Seconds that a server is given to start and to load its model."""


@contextmanager
def own_server() -> Iterator[str]:
    """Where the built-in model is served, and loaded; its studies are gone afterwards."""
    command = [sys.executable, "app.py", "--port", str(PORT), "--model", "builtin"]
    address = f"http://127.0.0.1:{PORT}"
    with tempfile.TemporaryDirectory() as studies:  # the user's own would be gone on with meanwhile
        process = subprocess.Popen(command, env={**os.environ, "STUDIES": studies})
        try:
            _wait(lambda: Visitor(address).read("/ready"))
            yield address
        finally:
            process.terminate()
            process.wait(30)


def _wait(ready: Callable[[], str]) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            ready()
        except (Refused, HTTPException, OSError):
            time.sleep(0.5)
        else:
            return
    raise TimeoutError(f"the server is not ready after {PATIENCE:.0f} s")
