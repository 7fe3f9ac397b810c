"""Before a model is loaded, the least recently used models are evicted until it fits."""

from pathlib import Path
from typing import Any

import pytest
import torch

from model_backend import (
    CatalogueEntry,
    InspectRequest,
    LocalBackend,
    ModelState,
    ModelUnavailable,
)
from model_backend.models import loading
from tests.model_backend.saved import save_model

TEXT = "Hello, map."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("models") / "tiny")


class SmallMachine:
    """A backend with little memory; records the states of both models at every weight read."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        entries = [CatalogueEntry(name, str(folder)) for name in ("one", "two")]
        self.backend = LocalBackend(entries, device="cpu")
        self.size = 0
        self.states: list[list[ModelState]] = []
        read = loading.read_weights

        def watched(*args: Any) -> Any:
            self.states.append([card.state for card in self.backend.models()])
            return read(*args)

        monkeypatch.setattr("model_backend.models.loading.read_weights", watched)
        monkeypatch.setattr("model_backend.models.memory.free_bytes", self.free)

    def free(self, _: torch.device) -> int:
        return self.size - sum(loaded.n_bytes for loaded in self.backend._pool.loaded())


def test_a_model_is_evicted_before_the_next_one_is_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = SmallMachine(folder, monkeypatch)
    machine.size = 300_000
    for name in ("one", "two", "one"):
        assert machine.backend.inspect(InspectRequest(name, TEXT)).model == name
    assert machine.states == [
        [ModelState.LOADING, ModelState.NOT_LOADED],
        [ModelState.NOT_LOADED, ModelState.LOADING],
        [ModelState.LOADING, ModelState.NOT_LOADED],
    ]
    assert not [key for key in machine.backend._traces._kept if key[0] == "two"]  # type: ignore[index]


def test_two_models_that_fit_stay_loaded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = SmallMachine(folder, monkeypatch)
    machine.size = 600_000
    for name in ("one", "two", "one"):
        machine.backend.inspect(InspectRequest(name, TEXT))
    assert len(machine.states) == 2


def test_a_model_too_large_for_the_machine_evicts_no_other(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = SmallMachine(folder, monkeypatch)
    machine.size = 300_000
    large = save_model(tmp_path / "large", num_hidden_layers=12)
    entries = [CatalogueEntry("one", str(folder)), CatalogueEntry("two", str(large))]
    machine.backend = LocalBackend(entries, device="cpu")
    machine.backend.inspect(InspectRequest("one", TEXT))
    with pytest.raises(ModelUnavailable, match=r"two takes 0\.\d+ MB in float32, and 0\.30 MB are"):
        machine.backend.vocabulary("two")
    assert machine.backend.models()[0].state is ModelState.READY
