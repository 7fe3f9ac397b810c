"""Files as numbered frames: a lost connection may repeat or lose one, and both are noticed."""

from collections.abc import Iterable, Iterator

from model_backend.api.errors import BackendError

MORE, LAST = b"m", b"f"
"""First byte of a frame: more follow, or this is the last one."""
NUMBER = 8
"""Bytes of a number, which follows the first byte."""
NOT_WHOLE = "The file did not arrive whole. Try again."


def to_frames(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The frames of a file; the last has the number of its pieces."""
    count = 0
    for count, piece in enumerate(pieces, start=1):
        yield MORE + count.to_bytes(NUMBER) + bytes(piece)
    yield LAST + count.to_bytes(NUMBER)


def from_frames(frames: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces of a file, each once.

    Raises:
        BackendError: a piece is missing.
    """
    count = 0
    for frame in frames:
        number = int.from_bytes(frame[1 : 1 + NUMBER])
        if frame[:1] == LAST and number == count:
            return
        if frame[:1] == MORE and number == count:
            continue  # it was sent twice
        if frame[:1] == LAST or number != count + 1:
            break
        count = number
        yield frame[1 + NUMBER :]
    raise BackendError(NOT_WHOLE)
