"""Models come from a hub, here one of our own; what goes wrong there is told in words."""

import hashlib
import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from model_backend import CatalogueEntry, ModelUnavailable, UnknownArchitecture
from model_backend.catalogue import Settings
from model_backend.hub import fetch_description, fetch_weights
from model_backend.loading import load_model
from tests.model_backend.saved import save_model

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub(BaseHTTPRequestHandler):
    """As much of the hub as a download asks for: one repository, and refusals of the others."""

    folder: ClassVar[Path]
    asked: ClassVar[list[str]]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path.startswith(("/api/models/org/gated", "/org/gated")):
            self._refuse(403, "GatedRepo")
        elif not self.path.startswith(("/api/models/org/model", "/org/model")):
            self._refuse(401, "RepoNotFound")
        elif "/tree/" in self.path:
            files = [path for path in self.folder.iterdir() if path.is_file()]
            entries = [_tree_entry(path) for path in files]
            self._send(json.dumps(entries).encode())
        elif "/resolve/" in self.path:
            self._send_file(self.folder / self.path.rsplit("/", 1)[-1])
        else:
            self._send(json.dumps({"id": "org/model", "sha": COMMIT, "siblings": []}).encode())

    do_HEAD = do_GET

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _send_file(self, path: Path) -> None:
        if path.is_file():
            content = path.read_bytes()
            self._send(content, etag=hashlib.sha1(content).hexdigest())
        else:
            self._refuse(404, "EntryNotFound")

    def _send(self, content: bytes, etag: str = "tag") -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", f'"{etag}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def _refuse(self, status: int, code: str) -> None:
        self.send_response(status)
        self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()


def _tree_entry(path: Path) -> dict:
    content = path.read_bytes()
    blob = hashlib.sha1(content).hexdigest()
    return {"type": "file", "path": path.name, "size": len(content), "oid": blob}


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    Hub.folder, Hub.asked = save_model(tmp_path / "published"), []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def ignore(_: str) -> None:
    pass


def use_hub(monkeypatch: pytest.MonkeyPatch, hub: str) -> None:
    for fetch in (fetch_description, fetch_weights):
        monkeypatch.setattr(f"model_backend.loading.{fetch.__name__}", partial(fetch, endpoint=hub))


def test_the_description_comes_first_and_the_weights_when_asked_for(hub: str) -> None:
    folder = fetch_description("org/model", ignore, hub)
    assert folder.name == COMMIT
    assert (folder / "tokenizer.json").exists()
    assert not (folder / "model.safetensors").exists()
    fetch_weights("org/model", folder, ignore, hub)
    assert (folder / "model.safetensors").stat().st_size > 1000


def test_nothing_but_descriptions_tokenizers_and_safetensors_is_fetched(hub: str) -> None:
    for name in ("pytorch_model.bin", "modeling_own.py", "consolidated.safetensors"):
        (Hub.folder / name).write_text("not wanted")
    folder = fetch_description("org/model", ignore, hub)
    fetch_weights("org/model", folder, ignore, hub)
    assert {path.suffix for path in folder.iterdir()} == {".json", ".safetensors"}
    assert not (folder / "consolidated.safetensors").exists()


def test_progress_is_told_in_bytes(hub: str) -> None:
    told: list[str] = []
    fetch_weights("org/model", fetch_description("org/model", ignore, hub), told.append, hub)
    assert any(line.startswith("downloading, ") for line in told)


def test_what_was_fetched_once_is_there_without_a_network(hub: str) -> None:
    folder = fetch_description("org/model", ignore, hub)
    assert fetch_description("org/model", ignore, "http://127.0.0.1:9") == folder


def test_a_model_of_the_hub_is_loaded_and_goes_by_its_commit(
    hub: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_hub(monkeypatch, hub)
    entry = CatalogueEntry("org/model", "org/model")
    loaded = load_model(entry, ignore, Settings(device="cpu"))
    assert (loaded.card.name, loaded.card.revision) == ("org/model", COMMIT)


def test_an_unknown_architecture_is_refused_before_its_weights_are_fetched(
    hub: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_hub(monkeypatch, hub)
    (Hub.folder / "config.json").write_text('{"model_type": "mamba"}')
    with pytest.raises(UnknownArchitecture):
        load_model(CatalogueEntry("org/model", "org/model"), ignore, Settings(device="cpu"))
    assert not any(path.endswith(".safetensors") for path in Hub.asked)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("org/gated", "is gated: accept its terms"),
        ("org/missing", "no public repository org/missing"),
        ("org/..", "neither a folder nor the id of a model"),
    ],
)
def test_what_the_hub_refuses_is_told_in_words(hub: str, source: str, sentence: str) -> None:
    with pytest.raises(ModelUnavailable, match=sentence):
        fetch_description(source, ignore, hub)


def test_a_hub_that_cannot_be_reached_is_told_in_words(hub: str) -> None:
    with pytest.raises(ModelUnavailable, match="cannot be reached"):
        fetch_description("org/model", ignore, "http://127.0.0.1:9")
