"""Files that come and go through the door: bounded, whole, and gone when they were taken."""

from collections.abc import Iterator

import pytest

from model_backend import BadRequest, NotWritten
from model_backend.sharing import blobs as blobs_module
from model_backend.sharing.blobs import LIFETIME, MOST_KEPT, Blobs
from tests.model_backend.full_disk import full_disk


def content(blobs: Blobs, blob: str) -> bytes:
    return b"".join(blobs.open(blob))


def test_what_was_put_is_read_as_often_as_one_likes() -> None:
    blobs = Blobs()
    blob = blobs.put([b"one", b"", b"two"])
    assert [content(blobs, blob) for _ in range(2)] == [b"onetwo"] * 2


def test_two_who_read_at_once_do_not_disturb_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blobs_module, "CHUNK", 2)
    blobs = Blobs()
    blob = blobs.put([b"abcdef"])
    assert list(zip(blobs.open(blob), blobs.open(blob), strict=True)) == [
        (b"ab", b"ab"), (b"cd", b"cd"), (b"ef", b"ef"),
    ]  # fmt: skip


def test_a_file_that_was_taken_is_gone() -> None:
    blobs = Blobs()
    blob = blobs.put([b"a file"])
    with blobs.taking(blob) as file:
        assert file.read() == b"a file"
    assert file.closed
    with pytest.raises(BadRequest, match="no longer kept"):
        blobs.open(blob)


def test_what_is_offered_is_made_when_it_is_fetched_and_cannot_be_taken() -> None:
    made, blobs = [], Blobs()

    def make() -> Iterator[bytes]:
        made.append(1)
        yield b"made"

    blob = blobs.offer(make)
    assert not made and content(blobs, blob) == b"made"
    with pytest.raises(BadRequest, match="for fetching only"), blobs.taking(blob):
        pass


def test_no_more_are_kept_than_there_is_room_for_nor_longer() -> None:
    now = [0.0]
    blobs = Blobs(clock=lambda: now[0])
    names = [blobs.put([b"x"]) for _ in range(MOST_KEPT + 1)]
    with pytest.raises(BadRequest):
        blobs.open(names[0])
    assert content(blobs, names[1]) == b"x"
    now[0] = LIFETIME + 1
    with pytest.raises(BadRequest):
        blobs.open(names[-1])


def test_a_full_disk_gets_a_sentence() -> None:
    with full_disk(), pytest.raises(NotWritten, match="could not be taken in"):
        Blobs().put([b"x" * 2**20])
