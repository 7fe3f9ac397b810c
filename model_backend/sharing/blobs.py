"""Bytes too large for a request: files that come in, and files that are made as they are fetched.

What comes in lies in a temporary file without a name, which the system frees when it is closed,
also after a crash.
"""

import os
import secrets
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedIOBase

from model_backend.api.door import BlobId
from model_backend.api.errors import BadRequest, NotWritten

MOST_KEPT = 64
LIFETIME = 3600.0
"""Seconds after which a blob that nobody fetched or named is dropped."""
CHUNK = 2**20


class _File:
    """The descriptor of a file without a name; closed with the last who reads it."""

    def __init__(self, content: Iterable[bytes]) -> None:
        with tempfile.TemporaryFile() as file:
            for piece in content:
                file.write(piece)
            file.flush()
            self.descriptor = os.dup(file.fileno())

    def __del__(self) -> None:
        if hasattr(self, "descriptor"):
            os.close(self.descriptor)

    def pieces(self) -> Iterator[bytes]:
        """Its bytes, without its own position, which other readers would move."""
        at = 0
        while piece := os.pread(self.descriptor, CHUNK, at):
            at += len(piece)
            yield piece


@dataclass(frozen=True, eq=False)
class _Blob:
    expires: float
    file: _File | None
    pieces: Callable[[], Iterator[bytes]]


class Blobs:
    """Keeps the latest blobs under ids that cannot be guessed."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._blobs: OrderedDict[BlobId, _Blob] = OrderedDict()
        self._lock = threading.Lock()
        self._clock = clock

    def put(self, content: Iterable[bytes]) -> BlobId:
        """Take in the bytes of a file.

        Raises:
            NotWritten: there is no room for them.
        """
        try:
            file = _File(content)
        except OSError as error:
            raise NotWritten(
                f"The file could not be taken in: {error.strerror or error} "
                f"({tempfile.gettempdir()} on the server)."
            ) from error
        return self._keep(_Blob(self._clock() + LIFETIME, file, file.pieces))

    def offer(self, make: Callable[[], Iterator[bytes]]) -> BlobId:
        """Promise bytes that are made each time they are fetched, and take no room until then."""
        return self._keep(_Blob(self._clock() + LIFETIME, None, make))

    def open(self, blob: BlobId) -> Iterator[bytes]:
        """The bytes of a blob, piece by piece.

        Raises:
            BadRequest: there is none of that id, or it is no longer kept.
        """
        return self._find(blob).pieces()

    @contextmanager
    def taking(self, blob: BlobId) -> Iterator[BufferedIOBase]:
        """The file of a blob that was put; it is dropped afterwards.

        Raises:
            BadRequest: there is none of that id, or it is no longer kept.
        """
        found = self._find(blob)
        with self._lock:
            self._blobs.pop(blob, None)
        if found.file is None:
            raise BadRequest("These bytes are for fetching only. Choose a file of your own.")
        with os.fdopen(os.dup(found.file.descriptor), "rb") as file:
            file.seek(0)
            yield file

    def _find(self, blob: BlobId) -> _Blob:
        with self._lock:
            self._drop_old()
            found = self._blobs.get(blob)
        if found is None:
            raise BadRequest("That file is no longer kept here. Choose it again.")
        return found

    def _keep(self, blob: _Blob) -> BlobId:
        name = f"blob-{secrets.token_urlsafe(16)}"
        with self._lock:
            self._blobs[name] = blob
            self._drop_old()
        return name

    def _drop_old(self) -> None:
        """Drop the oldest while there are too many, and those whose time is over."""
        while self._blobs:
            name, oldest = next(iter(self._blobs.items()))
            if len(self._blobs) <= MOST_KEPT and oldest.expires > self._clock():
                return
            del self._blobs[name]
