"""A real Redis of the tests' own; run as a program, installs one where it may."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import redis

from tests.browser.serving import free_port

HOW_TO = (
    "The tests of workers need redis-server. Debian or Ubuntu: sudo apt-get install redis-server. "
    "macOS: brew install redis."
)


class RedisServer:
    """A Redis that keeps nothing on disk, and that can be stopped and started again."""

    def __init__(self, folder: str, *, password: str = "") -> None:
        self._folder, self._password, self.port = folder, password, free_port()
        secret = f":{password}@" if password else ""
        self.url = f"redis://{secret}127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None
        self.client = redis.Redis.from_url(self.url)

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1"]
        command += ["--save", "", "--appendonly", "no", "--dir", self._folder]
        command += ["--requirepass", self._password] if self._password else []
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with suppress(redis.exceptions.ConnectionError):
                self.client.ping()
                return
            time.sleep(0.02)
        raise TimeoutError("redis-server did not start within 60 s")

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=30)
            self._process = None


@contextmanager
def redis_server(*, password: str = "") -> Iterator[RedisServer]:
    """A running Redis."""
    assert shutil.which("redis-server"), HOW_TO
    with tempfile.TemporaryDirectory() as folder:
        server = RedisServer(folder, password=password)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def install() -> None:
    """Install Debian's package; does nothing where that may not be done."""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        return
    quiet = {"check": False, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    # Without its own service, which would listen on the usual port.
    own = {**os.environ, "RUNLEVEL": "1", "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", "-y", "-qq", "redis-server"]):
        subprocess.run(["apt-get", *command], env=own, **quiet)  # type: ignore[call-overload]


if __name__ == "__main__":
    if not shutil.which("redis-server"):
        install()
    sys.exit(None if shutil.which("redis-server") else HOW_TO)
