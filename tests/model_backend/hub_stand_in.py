"""A small hub on loopback: one repository, refusals of the others, and faults on request."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMMIT = "0123456789abcdef0123456789abcdef01234567"
PIECE = 4096


class Hub(ThreadingHTTPServer):
    """Publishes the files of a folder as ``org/model``, a second folder as ``org/adapter``."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.folders = {"org/model": folder}
        self.asked: list[str] = []
        self.weights = ".safetensors"
        """How the names of the files end that faults are for."""
        self.ranges: list[str] = []
        """The parts of weight files that were asked for."""
        self.breaks = 0
        """How many times weights are broken off half-way before they come whole."""
        self.gate = threading.Event()
        """While it is closed, weights stop half-way."""
        self.gate.set()
        self.half_way = threading.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Answer(BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        repository = next(
            (name for name in self.server.folders if f"/{name}/" in f"{self.path}/"), ""
        )
        if "org/gated" in self.path:
            self._refuse(403, "GatedRepo")
        elif not repository:
            self._refuse(401, "RepoNotFound")
        elif "/revision/nosuch" in self.path:
            self._refuse(404, "RevisionNotFound")
        elif "/tree/" in self.path:
            files = [path for path in self.server.folders[repository].iterdir() if path.is_file()]
            self._send(json.dumps([_tree_entry(path) for path in files]).encode())
        elif "/resolve/" in self.path:
            self._send_file(self.server.folders[repository] / self.path.rsplit("/", 1)[-1])
        else:
            self._send(json.dumps({"id": repository, "sha": COMMIT, "siblings": []}).encode())

    do_HEAD = do_GET

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _send_file(self, path: Path) -> None:
        if path.is_file():
            content = path.read_bytes()
            self._send(content, etag=hashlib.sha1(content).hexdigest(), is_file=True)
        else:
            self._refuse(404, "EntryNotFound")

    def _send(self, content: bytes, etag: str = "tag", is_file: bool = False) -> None:
        wanted = self.headers.get("Range", "bytes=0-").removeprefix("bytes=")
        start = int(wanted.split("-")[0])
        self.send_response(206 if start else 200)
        if start:
            size = len(content)
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        self.send_header("Content-Length", str(len(content) - start))
        self.send_header("ETag", f'"{etag}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if self.command == "GET" and is_file and self.path.endswith(self.server.weights):
            self.server.ranges.append(wanted)
            self._send_weights(content[start:])
        elif self.command == "GET":
            self.wfile.write(content)

    def _send_weights(self, content: bytes) -> None:
        half = len(content) // 2
        for start in range(0, half, PIECE):
            self.wfile.write(content[start : min(start + PIECE, half)])
        self.wfile.flush()
        if self.server.breaks:
            self.server.breaks -= 1
            self.close_connection = True
            return
        self.server.half_way.set()
        self.server.gate.wait(20)
        self.wfile.write(content[half:])

    def _refuse(self, status: int, code: str) -> None:
        self.send_response(status)
        self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (BrokenPipeError, ConnectionResetError):  # a download that was called off
            self.close_connection = True


@contextmanager
def running_hub(folder: Path) -> Iterator[Hub]:
    """A hub that publishes a folder as long as it is wanted."""
    hub = Hub(folder)
    threading.Thread(target=hub.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield hub
    finally:
        hub.gate.set()
        hub.shutdown()
        hub.server_close()


def _tree_entry(path: Path) -> dict:
    content = path.read_bytes()
    blob = hashlib.sha1(content).hexdigest()
    return {"type": "file", "path": path.name, "size": len(content), "oid": blob}
