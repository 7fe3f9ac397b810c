"""Runs Redis, two web processes and two workers on this machine, to try what a team would run.

``make cluster`` starts it. Redis listens on the loopback address only, with a password made for
this run, and keeps nothing on disk.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from contextlib import ExitStack

FIRST_PORT = 8050
"""Port of the first web process, unless PORT names another; the second has the next one."""
WORKERS = 2
NO_REDIS = "make cluster needs redis-server. Debian or Ubuntu: sudo apt-get install redis-server."


def main(arguments: Sequence[str] = ()) -> None:
    """Run everything until interrupted; ``arguments`` are options of both workers."""
    if not shutil.which("redis-server"):
        sys.exit(NO_REDIS)
    ports = _web_ports()
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
        for _ in range(WORKERS):
            _start(stack, [*own, "worker", *arguments], {**shared, "OMP_NUM_THREADS": _threads()})
        for number in ports:
            _start(stack, own, {**shared, "PORT": str(number)})
        _wait(ports)


def _start(stack: ExitStack, command: Sequence[str], variables: dict[str, str]) -> None:
    process = subprocess.Popen(command, env={**os.environ, **variables})
    stack.callback(process.wait, timeout=30)
    stack.callback(process.terminate)


def _threads() -> str:
    """Threads of each worker, so that together they have as many as the machine has cores."""
    return os.environ.get("OMP_NUM_THREADS") or str(max(1, (os.cpu_count() or 1) // WORKERS))


def _web_ports() -> tuple[int, ...]:
    """Ports of the web processes; ends the program if one is taken."""
    first = int(os.environ.get("PORT") or FIRST_PORT)
    for number in (first, first + 1):
        with socket.socket() as taken:
            if taken.connect_ex(("127.0.0.1", number)) == 0:
                sys.exit(f"Port {number} is taken. Name another: make cluster PORT=9000.")
    return first, first + 1


def _wait(ports: Sequence[int]) -> None:
    print(f"The pages are at {' and '.join(f'http://127.0.0.1:{port}/' for port in ports)}; ")
    print("their workers at /workers. Ctrl-C ends everything.", flush=True)
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    over.wait()
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
