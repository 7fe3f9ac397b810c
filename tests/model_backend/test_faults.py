"""What fails around the models costs time or a sentence, and mends itself afterwards."""

import os
import pickle
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis

from model_backend import CachedBackend, InspectRequest, LocalBackend, ModelUnavailable, catalogue
from model_backend.sharing.fault_tolerant_store import FaultTolerantStore
from model_backend.sharing.stores import FolderStore, RedisStore
from tests.model_backend.fakes import FakeBackend
from tests.model_backend.full_disk import full_disk
from tests.model_backend.redis_server import RedisProcess
from tests.model_backend.saved import save_model

REQUEST = InspectRequest("fake", "a text")


def ask_twice(cached: CachedBackend, fake: FakeBackend) -> int:
    """How often the model runs for two equal requests."""
    before = fake.asked["inspect"]
    assert cached.inspect(REQUEST).model == cached.inspect(REQUEST).model == "fake"
    return fake.asked["inspect"] - before


@pytest.fixture()
def redis_process(tmp_path: Path) -> Iterator[RedisProcess]:
    process = RedisProcess(tmp_path)
    process.start()
    yield process
    process.stop()


def test_a_redis_that_stops_costs_computations_and_is_used_again_when_it_is_back(
    redis_process: RedisProcess,
) -> None:
    fake = FakeBackend()
    cached = CachedBackend(
        fake, FaultTolerantStore(RedisStore(redis_process.url), rest=0.0), recent=0
    )
    assert ask_twice(cached, fake) == 1
    redis_process.stop()
    assert ask_twice(cached, fake) == 2
    redis_process.start()
    assert ask_twice(cached, fake) == 1


class Poison:
    """Runs code of its own where somebody unpickles it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple:
        return os.mkdir, (str(self._path),)


def test_a_poisoned_entry_in_redis_is_a_miss_and_never_executed(
    redis_process: RedisProcess, tmp_path: Path
) -> None:
    fake = FakeBackend()
    cached = CachedBackend(fake, RedisStore(redis_process.url), recent=0)
    cached.inspect(REQUEST)
    client = Redis.from_url(redis_process.url)
    for key in client.keys("*"):
        client.set(key, b"!" + pickle.dumps(Poison(tmp_path / "executed")))
    assert ask_twice(cached, fake) == 1
    assert not (tmp_path / "executed").exists()


def test_a_poisoned_entry_in_a_folder_is_a_miss_and_never_executed(tmp_path: Path) -> None:
    fake = FakeBackend()
    cached = CachedBackend(fake, FolderStore(tmp_path / "cache"), recent=0)
    cached.inspect(REQUEST)
    entries = list((tmp_path / "cache").iterdir())
    assert entries
    for path in entries:
        expiry = path.read_bytes()[:4]
        path.write_bytes(expiry + pickle.dumps(Poison(tmp_path / "executed")))
    assert ask_twice(cached, fake) == 1
    assert not (tmp_path / "executed").exists()


def test_a_full_disk_costs_computations_and_the_folder_is_used_again_afterwards(
    tmp_path: Path,
) -> None:
    fake = FakeBackend()
    cached = CachedBackend(
        fake, FaultTolerantStore(FolderStore(tmp_path / "cache"), rest=0.0), recent=0
    )
    with full_disk():
        asked = ask_twice(cached, fake)
    assert asked == 2
    assert ask_twice(cached, fake) == 1


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """While it lasts, this process may look into a folder and not write there, even as root."""
    folder.chmod(0o555)
    user = os.geteuid()
    try:
        if user == 0:
            os.seteuid(65534)
        yield
    finally:
        if user == 0:
            os.seteuid(0)
        folder.chmod(0o755)


def test_a_read_only_folder_costs_computations_and_is_used_again_afterwards() -> None:
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    try:
        fake = FakeBackend()
        cached = CachedBackend(fake, FaultTolerantStore(FolderStore(folder), rest=0.0), recent=0)
        with read_only(folder):
            asked = ask_twice(cached, fake)
        assert asked == 2
        assert ask_twice(cached, fake) == 1
    finally:
        shutil.rmtree(folder)


def test_a_model_file_that_is_cut_off_is_told_and_loads_once_it_is_whole(tmp_path: Path) -> None:
    folder = save_model(tmp_path / "model")
    weights = folder / "model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[: len(whole) // 2])
    backend = LocalBackend(catalogue([str(folder)]), device="cpu")
    with pytest.raises(ModelUnavailable, match="cut off or damaged"):
        backend.inspect(InspectRequest("model", "a text"))
    weights.write_bytes(whole)
    backend.load("model")
    assert backend.inspect(InspectRequest("model", "a text")).model == "model"


def test_a_model_file_that_is_cut_off_while_it_is_loaded_harms_nothing_that_runs(
    tmp_path: Path,
) -> None:
    folder = save_model(tmp_path / "model")
    backend = LocalBackend(catalogue([str(folder)]), device="cpu")
    before = backend.inspect(InspectRequest("model", "one text"))
    with (folder / "model.safetensors").open("r+b") as file:
        file.truncate(100)
    after = backend.inspect(InspectRequest("model", "one text"))
    assert before.top_ids.tolist() == after.top_ids.tolist()
    assert backend.inspect(InspectRequest("model", "another text")).model == "model"
