"""Runs Redis, two web processes and two workers on this machine, to try what a team would run.

``make cluster`` starts it. Redis listens on the loopback address only, with a password made for
this run, and keeps nothing on disk.
"""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack

PORTS = (8050, 8051)
"""Ports of the two web processes."""
NO_REDIS = "make cluster needs redis-server. Debian or Ubuntu: sudo apt-get install redis-server."


def main(arguments: Sequence[str] = ()) -> None:
    """Run everything until interrupted; ``arguments`` are options of both workers."""
    if not shutil.which("redis-server"):
        sys.exit(NO_REDIS)
    port, password = _free_port(), secrets.token_urlsafe(16)
    broker = f"redis://:{password}@127.0.0.1:{port}/0"
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        settings = f"{folder}/redis.conf"  # a password on the command line could be read by all
        with open(settings, "w", opener=_private) as file:
            file.write(f"port {port}\nbind 127.0.0.1\nsave ''\ndir {folder}\n")
            file.write(f"requirepass {password}\nloglevel warning\n")
        shared = {
            "SECRET_KEY": secrets.token_hex(32),
            "STUDIES": os.environ.get("STUDIES") or f"{folder}/studies",
            "BROKER": broker,
            "WORKERS": broker,
            "CACHE_URL": broker,
        }
        _start(stack, ["redis-server", settings], {})
        own = [sys.executable, "-m", "dashboard.serving"]
        for _ in range(2):
            _start(stack, [*own, "worker", *arguments], shared)
        for number in PORTS:
            _start(stack, own, {**shared, "PORT": str(number)})
        _wait()


def _start(stack: ExitStack, command: Sequence[str], variables: dict[str, str]) -> None:
    process = subprocess.Popen(command, env={**os.environ, **variables})
    stack.callback(process.wait, timeout=30)
    stack.callback(process.terminate)


def _wait() -> None:
    print(f"The pages are at {' and '.join(f'http://127.0.0.1:{port}/' for port in PORTS)}; ")
    print("their workers at /workers. Ctrl-C ends everything.", flush=True)
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        print("Stopping.", flush=True)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


if __name__ == "__main__":
    main(sys.argv[1:])
