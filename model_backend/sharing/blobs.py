"""Bytes too large for a request: files that come in, and files that are made as they are fetched.

What comes in is read once, by the command that names it. A large file lies in a temporary file
without a name, which the system frees when it is closed, also after a crash.
"""

import secrets
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedIOBase, BytesIO

from model_backend.api.door import BlobId
from model_backend.api.errors import BadRequest, NotWritten

MOST_KEPT = 64
MOST_IN_MEMORY = 4 * 2**20
"""Bytes of a file that needs no room on a disk."""
LIFETIME = 3600.0
"""Seconds after which a blob that nobody fetched or named is dropped."""
CHUNK = 2**20
GONE = "That file is no longer kept here. Choose it again."


@dataclass(frozen=True, eq=False)
class _Blob:
    expires: float
    file: BufferedIOBase | None = None
    make: Callable[[], Iterator[bytes]] | None = None


class Blobs:
    """Keeps the latest blobs under ids that cannot be guessed."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._blobs: OrderedDict[BlobId, _Blob] = OrderedDict()
        self._lock = threading.Lock()
        self._clock = clock

    def put(self, content: Iterable[bytes]) -> BlobId:
        """Take in the bytes of a file, to be read once.

        Raises:
            NotWritten: there is no room for them.
        """
        try:
            return self._keep(_Blob(self._clock() + LIFETIME, file=_write(content)))
        except OSError as error:
            raise NotWritten(
                f"The file could not be taken in: {error.strerror or error} "
                f"({tempfile.gettempdir()} on the server)."
            ) from error

    def offer(self, make: Callable[[], Iterator[bytes]]) -> BlobId:
        """Promise bytes that are made each time they are fetched, and take no room until then."""
        return self._keep(_Blob(self._clock() + LIFETIME, make=make))

    def open(self, blob: BlobId) -> Iterator[bytes]:
        """The bytes of a blob, piece by piece; a file that was put is dropped afterwards.

        Raises:
            BadRequest: there is none of that id, or it is no longer kept.
        """
        found = self._find(blob)
        return found.make() if found.make is not None else self._pieces(blob)

    @contextmanager
    def taking(self, blob: BlobId) -> Iterator[BufferedIOBase]:
        """The file of a blob that was put; it is dropped afterwards.

        Raises:
            BadRequest: there is none of that id, or it is no longer kept.
        """
        found = self._find(blob)
        if found.file is None:
            raise BadRequest(
                "This id belongs to a download, not to an uploaded file. Choose a file of your own."
            )
        with self._lock:
            if self._blobs.pop(blob, None) is None:  # another took it meanwhile
                raise BadRequest(GONE)
        with found.file:
            yield found.file

    def _pieces(self, blob: BlobId) -> Iterator[bytes]:
        with self.taking(blob) as file:
            while piece := file.read(CHUNK):
                yield piece

    def _find(self, blob: BlobId) -> _Blob:
        with self._lock:
            self._drop_old()
            found = self._blobs.get(blob)
        if found is None:
            raise BadRequest(GONE)
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
            if oldest.file is not None:
                oldest.file.close()


def _write(content: Iterable[bytes]) -> BufferedIOBase:
    """The bytes as a file at its beginning: in memory while they are few, else on the disk."""
    file: BufferedIOBase = BytesIO()
    try:
        for piece in content:
            if isinstance(file, BytesIO) and file.tell() + len(piece) > MOST_IN_MEMORY:
                in_memory, file = file, tempfile.TemporaryFile()
                file.write(in_memory.getvalue())
            file.write(piece)
        file.seek(0)  # what is still to be written is written now
    except BaseException:
        file.close()
        raise
    return file
