"""Starts the dashboard as a person starts it, as a process of its own, and stops it again."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


@contextmanager
def running(*arguments: str, **environment: str) -> Iterator[tuple[str, subprocess.Popen]]:
    """The address and the process of a dashboard with these arguments and variables.

    Its studies are its own: the user's, or another test's, would be resumed.
    """
    port = free_port()
    command = [sys.executable, "app.py", *arguments]
    with tempfile.TemporaryDirectory() as studies:
        own = {"HF_HUB_OFFLINE": "1", "STUDIES": studies, **environment, "PORT": str(port)}
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **own})
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(address)
            yield address, process
        finally:
            process.terminate()
            process.wait(timeout=30)


@contextmanager
def serving(*arguments: str, **environment: str) -> Iterator[str]:
    """The address of such a dashboard."""
    with running(*arguments, **environment) as (address, _):
        yield address


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def wait_for(address: str) -> None:
    """Until somebody answers there.

    Raises:
        TimeoutError: nobody does within two minutes, which a busy machine may need.
    """
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except urllib.error.HTTPError:  # an answer too
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise TimeoutError(f"no answer from {address} within 120 s")
