"""Equal contents have equal hashes, whatever their path; any changed byte changes the hash."""

import os
from pathlib import Path

import pytest

from model_backend.models import hashing as content
from model_backend.models.hashing import hash_file, hash_files


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "BLOCK_BYTES", 1000)
    monkeypatch.setattr(content, "_PIECE_BYTES", 64)


def write(path: Path, value: bytes) -> Path:
    path.write_bytes(value)
    return path


def test_a_copy_with_another_time_has_the_same_hash(tmp_path: Path) -> None:
    value = bytes(range(256)) * 20
    one, two = write(tmp_path / "one", value), write(tmp_path / "two", value)
    os.utime(two, (1, 1))
    assert hash_file(one) == hash_file(two)


@pytest.mark.parametrize("place", [0, 999, 1000, 2500, 5119])
def test_any_changed_byte_changes_the_hash(tmp_path: Path, place: int) -> None:
    value = bytearray(bytes(range(256)) * 20)
    before = hash_file(write(tmp_path / "one", bytes(value)))
    value[place] ^= 1
    assert hash_file(write(tmp_path / "two", bytes(value))) != before


def test_the_order_of_blocks_changes_the_hash(tmp_path: Path) -> None:
    one = write(tmp_path / "one", b"a" * 1000 + b"b" * 1000)
    two = write(tmp_path / "two", b"b" * 1000 + b"a" * 1000)
    assert hash_file(one) != hash_file(two)


def test_an_unchanged_file_is_read_once(tmp_path: Path) -> None:
    path = write(tmp_path / "one", b"a" * 5000)
    found = content._hash_content.cache_info().hits
    assert hash_file(path) == hash_file(path)
    assert content._hash_content.cache_info().hits == found + 1


def test_a_missing_file_counts_as_empty_under_its_name(tmp_path: Path) -> None:
    there = hash_files([write(tmp_path / "one", b"x"), tmp_path / "two"])
    assert there == hash_files([tmp_path / "one", tmp_path / "two"])
    assert there != hash_files([tmp_path / "one", write(tmp_path / "two", b"x")])
