"""A Redis on loopback that can be stopped and started: the real one where it is installed."""

import shutil
import socket
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

from fakeredis import TcpFakeServer


class RedisProcess:
    """One address, behind which there is a server or none."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self._folder = folder
        self._process: subprocess.Popen | None = None
        self._stand_in: Any = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        """Begin to answer; what was kept before is gone."""
        program = shutil.which("redis-server")
        if program:
            options = ["--port", str(self._port), "--save", "", "--bind", "127.0.0.1"]
            command = [program, *options, "--dir", str(self._folder)]
            self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        else:
            self._stand_in = TcpFakeServer(("127.0.0.1", self._port))
            threading.Thread(target=self._stand_in.serve_forever, daemon=True).start()
        self._wait()

    def stop(self) -> None:
        """Stop answering, and close every connection."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
        elif self._stand_in is not None:
            self._stand_in.shutdown()
            self._stand_in.server_close()
        self._process = self._stand_in = None

    def _wait(self) -> None:
        for _ in range(200):
            with socket.socket() as caller:
                if caller.connect_ex(("127.0.0.1", self._port)) == 0:
                    return
            time.sleep(0.05)
        raise TimeoutError("Redis does not answer")
