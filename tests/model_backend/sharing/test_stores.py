"""Stores keep bytes within a budget, never run them, and may fail without anybody noticing."""

import logging
import os
import pickle
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fakeredis import TcpFakeServer
from redis import Redis

from model_backend import BackendError, make_store
from model_backend.sharing.fault_tolerant_store import FaultTolerantStore, Store
from model_backend.sharing.stores import FolderStore, MemoryStore, RedisStore
from tests.model_backend.fakes import BrokenStore


@contextmanager
def redis_server(port: int = 0) -> Iterator[str]:
    """A server that speaks Redis's protocol on this machine; gives its address."""
    server = TcpFakeServer(("127.0.0.1", port))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"redis://127.0.0.1:{server.server_address[1]}/0"
    finally:
        server.shutdown()
        server.server_close()


def port_of(address: str) -> int:
    return int(address.rsplit(":")[-1].split("/")[0])


@pytest.fixture(params=["memory", "folder", "redis"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "redis":
        with redis_server() as address:
            yield make_store(address)
    else:
        yield make_store(str(tmp_path) if request.param == "folder" else "")


def test_every_store_gives_back_the_very_bytes(store: Store) -> None:
    value = bytes(range(256)) + pickle.dumps(1) + b"!"
    store.set("key", value)
    assert store.get("key") == value
    assert store.get("another key") is None


def test_every_store_keeps_values_that_look_like_numbers_or_nothing(store: Store) -> None:
    for value in (b"12", b"", b"None"):
        store.set("key", value)
        assert store.get("key") == value


def test_every_store_replaces_a_value(store: Store) -> None:
    store.set("key", b"old")
    store.set("key", b"new")
    assert store.get("key") == b"new"


def fill(store: Store, names: str, size: int = 100) -> None:
    for name in names:
        store.set(name, name.encode() * size)


def kept(store: Store, names: str) -> str:
    return "".join(name for name in names if store.get(name) is not None)


def test_memory_stays_within_its_bytes_and_drops_what_was_used_longest_ago() -> None:
    store = MemoryStore(byte_budget=300)
    fill(store, "abc")
    store.get("a")
    fill(store, "d")
    assert kept(store, "abcd") == "acd"


def test_memory_holds_more_than_the_500_entries_of_flask_caching() -> None:
    store = MemoryStore()
    for number in range(1000):
        store.set(str(number), b"value")
    assert store.get("0") == b"value"


def test_memory_does_not_keep_what_is_larger_than_its_budget() -> None:
    store = MemoryStore(byte_budget=300)
    fill(store, "ab")
    store.set("large", bytes(301))
    assert store.get("large") is None
    assert kept(store, "ab") == "ab"


def test_a_value_replaced_in_memory_is_counted_once() -> None:
    store = MemoryStore(byte_budget=300)
    for _ in range(10):
        fill(store, "a")
    fill(store, "bc")
    assert kept(store, "abc") == "abc"


def age(folder: Path) -> None:
    """Make what lies in a folder look older than what comes next."""
    for number, path in enumerate(sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)):
        os.utime(path, (number, number))


def test_a_folder_stays_within_its_bytes_and_drops_what_was_used_longest_ago(
    tmp_path: Path,
) -> None:
    store = FolderStore(tmp_path, byte_budget=400)
    fill(store, "abc")
    age(tmp_path)
    store.get("a")
    fill(store, "d")
    assert kept(store, "abcd") == "acd"
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 400


def test_a_folder_is_found_again_by_the_next_process(tmp_path: Path) -> None:
    fill(FolderStore(tmp_path), "a")
    assert kept(FolderStore(tmp_path), "a") == "a"


def test_a_folder_that_is_over_budget_at_the_start_is_brought_down(tmp_path: Path) -> None:
    fill(FolderStore(tmp_path), "abcdef")
    FolderStore(tmp_path, byte_budget=250)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 250


def test_a_folder_loses_nothing_that_is_not_of_the_cache(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_bytes(bytes(1000))
    store = FolderStore(tmp_path, byte_budget=300)
    fill(store, "abcdef")
    assert (tmp_path / "thesis.txt").exists()
    assert kept(store, "f") == "f"


def test_a_pickle_in_the_folder_comes_back_as_bytes_and_is_not_executed(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    store.set("key", b"value")
    [path] = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:4] + b"cbuiltins\nexit\n(tR.")
    assert store.get("key") == b"cbuiltins\nexit\n(tR."


def test_a_pickle_in_redis_comes_back_as_bytes_and_is_not_executed() -> None:
    with redis_server() as address:
        Redis.from_url(address).set("layerscope:key", b"!cbuiltins\nexit\n(tR.")
        assert RedisStore(address).get("key") == b"!cbuiltins\nexit\n(tR."


@pytest.mark.parametrize("garbage", [b"", b"\x00", b"\xff" * 3])
def test_garbage_in_the_folder_is_a_miss(tmp_path: Path, garbage: bytes) -> None:
    store = FolderStore(tmp_path)
    store.set("key", b"value")
    [path] = tmp_path.iterdir()
    path.write_bytes(garbage)
    assert store.get("key") is None


def test_a_folder_that_went_away_is_a_miss_and_is_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = make_store(str(tmp_path / "cache"))
    (tmp_path / "cache").rmdir()
    (tmp_path / "cache").write_text("a file where the folder was")
    for _ in range(5):
        store.set("key", b"value")
        assert store.get("key") is None
    ours = [record for record in caplog.records if record.name.startswith("model_backend")]
    assert len(ours) == 1


def test_a_failing_store_is_a_miss_is_logged_once_and_rests(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken = BrokenStore()
    store = FaultTolerantStore(broken, rest=60.0)
    with caplog.at_level(logging.WARNING, "model_backend"):
        for _ in range(5):
            assert store.get("key") is None
            store.set("key", b"value")
    assert broken.asked == 1
    assert len(caplog.records) == 1


def test_a_store_that_is_mended_is_used_again_after_its_rest() -> None:
    now, broken = [0.0], BrokenStore()
    store = FaultTolerantStore(broken, rest=5.0, clock=lambda: now[0])
    assert store.get("key") is None
    broken.broken = False
    store.set("key", b"value")
    now[0] = 5.1
    store.set("key", b"value")
    assert store.get("key") == b"value"


def test_redis_that_stops_and_starts_again_is_used_again() -> None:
    with redis_server() as address:
        store = FaultTolerantStore(RedisStore(address), rest=0.0)
        store.set("key", b"value")
        assert store.get("key") == b"value"
    assert store.get("key") is None
    with redis_server(port_of(address)):
        store.set("key", b"value")
        assert store.get("key") == b"value"


def test_redis_that_was_started_anew_since_is_used_at_once() -> None:
    with redis_server() as address:
        store = make_store(address)
        store.set("key", b"old")
    with redis_server(port_of(address)):
        store.set("key", b"new")
        assert store.get("key") == b"new"


def test_redis_that_was_never_there_is_a_miss() -> None:
    store = make_store("redis://127.0.0.1:9/0")
    store.set("key", b"value")
    assert store.get("key") is None


def test_a_setting_that_is_no_store_is_refused_without_showing_its_password() -> None:
    with pytest.raises(BackendError, match="begins with redis://") as refusal:
        make_store("memcached://user:secret@host")
    assert "secret" not in str(refusal.value)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BackendError, match="cannot be used"):
        make_store(str(tmp_path / "file" / "cache"))


@pytest.mark.parametrize(
    "setting",
    ["redis://host/name", "redis://host:port/0", "redis://host/0?db=x", "redis://[::1/0",
     "redis:/x", "http://host/0", "x\0y", __file__],
)  # fmt: skip
def test_a_setting_that_is_no_place_for_results_gets_a_sentence(setting: str) -> None:
    with pytest.raises(BackendError, match=r"^The cache .*\.$"):
        make_store(setting)
