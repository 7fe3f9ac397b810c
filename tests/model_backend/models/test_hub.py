"""Models are downloaded from a hub (a local stand-in); its failures become sentences."""

import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
from transformers import AutoModelForCausalLM

from model_backend import (
    CatalogueEntry,
    LoadingCancelled,
    LocalBackend,
    ModelState,
    ModelUnavailable,
    UnknownArchitecture,
)
from model_backend.models.catalogue import BUILTIN, Settings
from model_backend.models.hub import fetch_description, fetch_files, fetch_weights
from model_backend.models.loading import load_model
from tests.model_backend.gguf_files import save_gguf
from tests.model_backend.hub_stand_in import COMMIT, PIECE, Hub, running_hub
from tests.model_backend.saved import save_adapter, save_model

ENTRY = CatalogueEntry("org/model", "org/model")


@pytest.fixture
def standing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", PIECE)
    monkeypatch.setattr("huggingface_hub.file_download.time", SimpleNamespace(sleep=lambda _: None))
    with running_hub(save_model(tmp_path / "published")) as hub:
        yield hub


@pytest.fixture
def hub(standing: Hub) -> str:
    return standing.address


@pytest.fixture
def backend(standing: Hub, monkeypatch: pytest.MonkeyPatch) -> LocalBackend:
    use_hub(monkeypatch, standing.address)
    return LocalBackend([ENTRY, BUILTIN], device="cpu")


def ignore(message: str, progress: float | None = None, /) -> None:
    pass


def use_hub(monkeypatch: pytest.MonkeyPatch, hub: str) -> None:
    for fetch in (fetch_description, fetch_weights):
        name = f"model_backend.models.loading.{fetch.__name__}"
        monkeypatch.setattr(name, partial(fetch, endpoint=hub))
    at_hub = partial(fetch_files, endpoint=hub)
    for module in ("adapters", "loading"):
        monkeypatch.setattr(f"model_backend.models.{module}.fetch_files", at_hub)


def test_the_description_is_downloaded_first_and_the_weights_on_request(hub: str) -> None:
    folder = fetch_description("org/model", ignore, endpoint=hub)
    assert folder.name == COMMIT
    assert (folder / "tokenizer.json").exists()
    assert not (folder / "model.safetensors").exists()
    fetch_weights("org/model", folder, ignore, endpoint=hub)
    assert (folder / "model.safetensors").stat().st_size > 1000


def test_only_descriptions_tokenizers_and_safetensors_are_downloaded(
    standing: Hub, hub: str
) -> None:
    for name in ("pytorch_model.bin", "modeling_own.py", "consolidated.safetensors"):
        (standing.folders["org/model"] / name).write_text("not wanted")
    folder = fetch_description("org/model", ignore, endpoint=hub)
    fetch_weights("org/model", folder, ignore, endpoint=hub)
    assert {path.suffix for path in folder.iterdir()} == {".json", ".safetensors"}
    assert not (folder / "consolidated.safetensors").exists()


def test_progress_is_reported_in_bytes(hub: str) -> None:
    told: list[tuple[str, float | None]] = []
    folder = fetch_description("org/model", ignore, endpoint=hub)

    def keep(message: str, progress: float | None = None, /) -> None:
        told.append((message, progress))

    fetch_weights("org/model", folder, keep, endpoint=hub)
    size = (folder / "model.safetensors").stat().st_size / 1e6
    assert told[-1] == (f"downloading, {size:,.1f} of {size:,.1f} MB", 1.0)
    assert len(told) > 10
    assert [progress for _, progress in told] == sorted(progress or 0 for _, progress in told)


def test_downloaded_files_are_found_without_a_network(hub: str) -> None:
    folder = fetch_description("org/model", ignore, endpoint=hub)
    assert fetch_description("org/model", ignore, endpoint="http://127.0.0.1:9") == folder


def test_the_revision_of_a_model_of_the_hub_is_its_commit(
    hub: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_hub(monkeypatch, hub)
    loaded = load_model(ENTRY, ignore, Settings(device="cpu"))
    assert (loaded.card.name, loaded.card.revision) == ("org/model", COMMIT)


def test_an_unknown_architecture_is_refused_before_its_weights_are_fetched(
    standing: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_hub(monkeypatch, standing.address)
    (standing.folders["org/model"] / "config.json").write_text('{"model_type": "t5"}')
    with pytest.raises(UnknownArchitecture):
        load_model(ENTRY, ignore, Settings(device="cpu"))
    assert not any(path.endswith(".safetensors") for path in standing.asked)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("org/gated", "is gated: accept its terms"),
        ("org/missing", "no public repository org/missing"),
        ("org/..", "neither a folder nor the id of a model"),
    ],
)
def test_refusals_of_the_hub_become_sentences(hub: str, source: str, sentence: str) -> None:
    with pytest.raises(ModelUnavailable, match=sentence):
        fetch_description(source, ignore, endpoint=hub)


def test_an_unreachable_hub_gets_a_sentence(hub: str) -> None:
    with pytest.raises(ModelUnavailable, match="cannot be reached"):
        fetch_description("org/model", ignore, endpoint="http://127.0.0.1:9")


def test_an_unknown_revision_gets_a_sentence(hub: str) -> None:
    with pytest.raises(ModelUnavailable, match="org/model has no revision 'nosuch'"):
        fetch_description("org/model", ignore, revision="nosuch", endpoint=hub)


def test_an_interrupted_download_continues_where_it_stopped(standing: Hub, hub: str) -> None:
    standing.breaks = 1
    folder = fetch_description("org/model", ignore, endpoint=hub)
    fetch_weights("org/model", folder, ignore, endpoint=hub)
    first, second = standing.ranges
    assert (first, int(second.split("-")[0]) > PIECE) == ("0-", True)
    published = (standing.folders["org/model"] / "model.safetensors").read_bytes()
    assert (folder / "model.safetensors").read_bytes() == published


def test_after_a_failure_the_next_load_downloads_only_missing_files(
    standing: Hub, backend: LocalBackend
) -> None:
    first, second = save_in_parts(standing.folders["org/model"])
    standing.breaks, standing.weights = 100, second
    with pytest.raises(ModelUnavailable, match=r"could not be downloaded: .*Load it again"):
        backend.vocabulary("org/model")
    standing.breaks = 0
    standing.asked.clear()
    backend.load("org/model")
    assert backend.vocabulary("org/model")
    assert any(path.endswith(second) for path in standing.asked)
    assert not any(path.endswith(first) for path in standing.asked)


def save_in_parts(folder: Path) -> list[str]:
    """Save a model's weights again in two files, and return their names."""
    model = AutoModelForCausalLM.from_pretrained(folder)
    (folder / "model.safetensors").unlink()
    model.save_pretrained(folder, max_shard_size="100KB")
    return sorted(path.name for path in folder.glob("*.safetensors"))


def wait_for_half(standing: Hub, backend: LocalBackend) -> None:
    standing.gate.clear()
    backend.load("org/model")
    assert standing.half_way.wait(30)


def test_a_download_is_cancelled_at_once_and_can_start_again(
    standing: Hub, backend: LocalBackend
) -> None:
    wait_for_half(standing, backend)
    waiting: list[str] = []

    def wait() -> None:
        try:
            backend.vocabulary("org/model")
        except LoadingCancelled as told:
            waiting.append(str(told))

    waiter = threading.Thread(target=wait)
    waiter.start()
    time.sleep(0.1)
    backend.cancel_load("org/model")
    waiter.join(30)
    assert waiting == ["The loading of org/model was cancelled. Press Run to load it."]
    assert backend.models()[0].state is ModelState.NOT_LOADED
    standing.gate.set()
    assert backend.vocabulary("org/model")
    assert backend.models()[0].state is ModelState.READY


def test_a_slow_download_does_not_block_other_loads(standing: Hub, backend: LocalBackend) -> None:
    wait_for_half(standing, backend)
    assert backend.vocabulary("builtin")
    assert backend.models()[0].state is ModelState.LOADING
    assert 0 < (backend.models()[0].progress or 0) < 1


def test_one_gguf_file_of_a_repository_is_fetched_and_is_the_same_model_as_on_disk(
    standing: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_hub(monkeypatch, standing.address)
    published = standing.folders["org/model"]
    path = save_gguf(published / "model.Q8_0.gguf", "Q8_0")
    save_gguf(published / "model.F16.gguf", "F16")
    standing.weights = ".gguf"
    entry = CatalogueEntry("small", "org/model", file=path.name, revision=COMMIT)
    loaded = load_model(entry, ignore, Settings(device="cpu"))
    beside = load_model(CatalogueEntry("beside", str(path)), ignore, Settings(device="cpu"))
    assert loaded.card.revision == beside.card.revision
    assert loaded.card.dtype == "float32 (stored as Q8_0)"
    fetched = {asked.rsplit("/", 1)[-1] for asked in standing.asked if "/resolve/" in asked}
    assert fetched == {path.name}


def test_a_file_that_a_repository_does_not_have_is_told(
    standing: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_hub(monkeypatch, standing.address)
    entry = CatalogueEntry("small", "org/model", file="nosuch.gguf")
    with pytest.raises(ModelUnavailable, match=r"org/model has no file nosuch\.gguf"):
        load_model(entry, ignore, Settings(device="cpu"))


def test_an_adapter_of_the_hub_is_merged(
    standing: Hub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use_hub(monkeypatch, standing.address)
    folder = standing.folders["org/model"]
    standing.folders["org/adapter"] = save_adapter(folder, tmp_path / "adapter")
    entry = CatalogueEntry("adapted", str(folder), adapter="org/adapter")
    plain = load_model(CatalogueEntry("plain", str(folder)), ignore, Settings(device="cpu"))
    adapted = load_model(entry, ignore, Settings(device="cpu"))
    assert adapted.card.revision != plain.card.revision
