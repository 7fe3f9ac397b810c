"""The server stops gracefully: requests in progress are answered first."""

import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.browser.serving import ROOT, free_port, wait_for

SLOW = """
import sys, time
from dashboard.serving.options import read_options
from dashboard.serving.server import Server

def answer(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        print("begun", flush=True)
        time.sleep(1.5)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"answered"]

Server(read_options(), lambda options: answer).run()
"""


@pytest.fixture()
def program(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen]]:
    """The server as it is, before an application that takes its time."""
    port = free_port()
    command = [sys.executable, "-c", SLOW, "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        wait_for(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.kill()
        process.wait()


def read(address: str) -> str:
    with urllib.request.urlopen(address, timeout=20) as answer:
        content: bytes = answer.read()
        return content.decode()


def test_a_request_in_hand_is_answered_before_the_server_stops(
    program: tuple[str, subprocess.Popen],
) -> None:
    address, process = program
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(read, f"{address}/slow")
        assert process.stdout
        while process.stdout.readline().strip() != "begun":
            pass
        process.send_signal(signal.SIGTERM)
        assert slow.result(30) == "answered"
    assert process.wait(30) == 0
    with pytest.raises(urllib.error.URLError):
        read(address)
