"""Files that come and go through the door: bounded, whole, and gone when they were read."""

from collections.abc import Iterator
from io import BytesIO
from threading import Barrier, Thread
from typing import Any

import pytest

from model_backend import BackendError, BadRequest, NotWritten
from model_backend.sharing.blobs import LIFETIME, MOST_IN_MEMORY, MOST_KEPT, Blobs
from tests.model_backend.full_disk import full_disk

LARGE = bytes(range(256)) * (MOST_IN_MEMORY // 256 + 1)


def content(blobs: Blobs, blob: str) -> bytes:
    return b"".join(blobs.open(blob))


@pytest.mark.parametrize("pieces", [[], [b"one", b"", b"two"], [LARGE], [b"one", LARGE, b"two"]])
def test_what_was_put_is_read_whole_and_once(pieces: list[bytes]) -> None:
    blobs = Blobs()
    blob = blobs.put(pieces)
    assert content(blobs, blob) == b"".join(pieces)
    with pytest.raises(BadRequest, match="no longer kept"):
        content(blobs, blob)


def test_a_file_that_was_taken_is_closed_and_gone() -> None:
    blobs = Blobs()
    for pieces in ([b"a file"], [LARGE]):
        blob = blobs.put(pieces)
        with blobs.taking(blob) as file:
            assert file.read() == pieces[0]
            assert isinstance(file, BytesIO) == (pieces[0] is not LARGE)
        assert file.closed
        with pytest.raises(BadRequest, match="no longer kept"):
            blobs.open(blob)


def test_what_is_offered_is_made_when_it_is_fetched_and_cannot_be_taken() -> None:
    made, blobs = [], Blobs()

    def make() -> Iterator[bytes]:
        made.append(1)
        yield b"made"

    blob = blobs.offer(make)
    assert not made and content(blobs, blob) == content(blobs, blob) == b"made"
    with pytest.raises(BadRequest, match="belongs to a download"), blobs.taking(blob):
        pass
    assert content(blobs, blob) == b"made"


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


def test_a_small_file_needs_no_disk_and_a_large_one_without_room_gets_a_sentence() -> None:
    blobs = Blobs()
    with full_disk():
        assert content(blobs, blobs.put([b"a small file, of more than a few bytes"]))
        with pytest.raises(NotWritten, match="could not be taken in: File too large"):
            blobs.put([LARGE])


def test_a_file_that_stops_coming_leaves_nothing() -> None:
    def broken() -> Iterator[bytes]:
        yield LARGE
        raise BackendError("the sender is gone")

    blobs = Blobs()
    with pytest.raises(BackendError, match="the sender is gone"):
        blobs.put(broken())
    assert not blobs._blobs


def test_of_two_who_find_one_file_at_once_one_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    blobs, both_found, outcomes = Blobs(), Barrier(2), list[str]()
    find, blob = blobs._find, blobs.put([b"a file"])

    def find_together(name: str) -> Any:
        found = find(name)
        both_found.wait(10)
        return found

    def take() -> None:
        try:
            with blobs.taking(blob) as file:
                outcomes.append(file.read().decode())
        except BadRequest:
            outcomes.append("refused")

    monkeypatch.setattr(blobs, "_find", find_together)
    threads = [Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(outcomes) == ["a file", "refused"]
