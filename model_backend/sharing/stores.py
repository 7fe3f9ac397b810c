"""Stores of cached results as bytes: in this process, in a folder or in Redis.

These are flask-caching's backends, used as a library with explicit ``get`` and ``set``. Three of
its habits are changed: values are bytes and never pickled, so that what lies in a folder or in
Redis is never executed; nothing expires within minutes; and the limit is bytes, not entries, where
the least recently used leave first.
"""

import hashlib
import os
import re
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from cachelib.serializers import BaseSerializer
from flask_caching.backends import FileSystemCache, RedisCache, SimpleCache

from model_backend.api.errors import BackendError
from model_backend.api.validation import expand_home
from model_backend.sharing.fault_tolerant_store import FaultTolerantStore, Store

DEFAULT_BYTE_BUDGET = 256 * 2**20
YEAR = 365 * 24 * 3600
"""A timeout in seconds, since 0 ("never") makes SimpleCache drop everything when it is full."""

EXPIRY_BYTES = 4
"""Number of bytes that flask-caching puts before every value in a file."""

_DATABASE = re.compile(r"(/[0-9]*)?")
"""The path of an address of Redis."""

_ENTRY_NAME = re.compile(r"[0-9a-f]{64}|\w+\.__wz_cache")
"""File names of flask-caching: the hash of the key, or a file that is being written."""


def make_store(cache_url: str = "", byte_budget: int = DEFAULT_BYTE_BUDGET) -> Store:
    """The store that one setting asks for: "" (this process), a folder, or ``redis://host/0``.

    ``byte_budget`` bounds the memory or the folder; Redis has a ``maxmemory`` of its own.

    Raises:
        BackendError: the setting is not a folder that can be made, nor an address of Redis.
    """
    if not cache_url:
        return MemoryStore(byte_budget)
    if cache_url.startswith(("redis://", "rediss://", "unix://")):
        return FaultTolerantStore(RedisStore(cache_url))
    if "://" in cache_url or cache_url.startswith(("redis:", "rediss:")):
        raise BackendError(
            f"The cache setting begins with {cache_url.split(':')[0]}: and what follows is not an "
            "address; it is empty, a folder, or an address that begins with redis://."
        )
    return FaultTolerantStore(FolderStore(expand_home(cache_url), byte_budget))


class BytesSerializer(BaseSerializer):
    """Bytes in, the same bytes out."""

    def dumps(self, value: bytes, protocol: int = 0) -> bytes:
        return value

    def loads(self, bvalue: bytes | None) -> Any:
        return bvalue

    def dump(self, value: Any, f: IO[bytes], protocol: int = 0) -> None:
        f.write(value)

    def load(self, f: Any) -> bytes:
        content: bytes = f.read()
        return content


class _BytesInMemory(SimpleCache):
    serializer: Any = BytesSerializer()


class _BytesInFolder(FileSystemCache):
    serializer: Any = BytesSerializer()


class _BytesInRedis(RedisCache):
    serializer: Any = BytesSerializer()


class MemoryStore:
    """Bytes in this process, up to a budget; the least recently used leave first."""

    def __init__(self, byte_budget: int = DEFAULT_BYTE_BUDGET) -> None:
        self._cache = _BytesInMemory(threshold=2**31, default_timeout=YEAR)
        self._budget = byte_budget
        self._sizes: OrderedDict[str, int] = OrderedDict()
        self._used = 0
        self._lock = threading.Lock()

    def get(self, key: str) -> bytes | None:
        with self._lock:
            value: bytes | None = self._cache.get(key)
            if value is not None:
                self._sizes.move_to_end(key)
            return value

    def set(self, key: str, value: bytes) -> None:
        with self._lock:
            self._drop(key)
            if len(value) > self._budget:
                return
            while self._used + len(value) > self._budget:
                self._drop(next(iter(self._sizes)))
            self._cache.set(key, value)
            self._sizes[key] = len(value)
            self._used += len(value)

    def _drop(self, key: str) -> None:
        self._used -= self._sizes.pop(key, 0)
        self._cache.delete(key)


class FolderStore:
    """Bytes in the files of a folder, up to a budget; they outlive the process.

    Only files that have an entry's name are ever counted or removed, so a folder that also holds
    other things loses none of them. Several processes may share one folder.
    """

    def __init__(self, folder: Path, byte_budget: int = DEFAULT_BYTE_BUDGET) -> None:
        try:
            # threshold=0: no counting of entries, which would keep a pickled number in the folder.
            self._cache = _BytesInFolder(str(folder), threshold=0, default_timeout=YEAR)
            self._folder, self._budget, self._written = folder, byte_budget, 0
            self._lock = threading.Lock()
            self._sweep()
        except (OSError, ValueError) as error:  # a file in its place, or a name that cannot be
            raise BackendError(
                f"The cache folder {folder} cannot be used ({_reason(error)}). "
                "Name another, or leave the setting empty to cache in memory."
            ) from error

    def get(self, key: str) -> bytes | None:
        value: bytes | None = self._cache.get(key)
        if value is not None:
            _touch(self._path(key))
        return value

    def set(self, key: str, value: bytes) -> None:
        if len(value) > self._budget:
            return
        if not self._cache.set(key, value):
            raise OSError(f"could not write to {self._folder}")
        with self._lock:
            self._written += len(value) + EXPIRY_BYTES
            if self._written > self._budget:
                self._sweep()

    def _path(self, key: str) -> Path:
        return self._folder / hashlib.sha256(key.encode()).hexdigest()

    def _sweep(self) -> None:
        """Remove the files used longest ago, down to nine tenths: the next writes need no sweep."""
        files = sorted(_entries(self._folder))
        total = sum(size for _, size, _ in files)
        if total > self._budget:
            for _, size, path in files:
                if total <= 0.9 * self._budget:
                    break
                path.unlink(missing_ok=True)
                total -= size
        self._written = total


class RedisStore:
    """Bytes in Redis, shared by every process that knows the address.

    How much it keeps is Redis's own affair: set its ``maxmemory`` and its ``maxmemory-policy`` to
    ``allkeys-lru``.
    """

    def __init__(self, url: str) -> None:
        from redis import Redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        # Once more at once: the server may have restarted since the last request.
        again = Retry(NoBackoff(), 1)
        settings = {"socket_timeout": 2, "socket_connect_timeout": 0.5, "retry": again}
        try:
            if not url.startswith("unix:") and not _DATABASE.fullmatch(urlsplit(url).path):
                raise ValueError("what follows the host is not the number of a database")
            client = Redis.from_url(url, **settings)
        except ValueError as error:
            raise BackendError(
                f"The cache setting is not an address of Redis, such as redis://host/0: "
                f"{str(error).rstrip('.')}."
            ) from error
        self._cache = _BytesInRedis(client, key_prefix="layerscope:", default_timeout=YEAR)

    def get(self, key: str) -> bytes | None:
        value: bytes | None = self._cache.get(key)
        return value

    def set(self, key: str, value: bytes) -> None:
        self._cache.set(key, value)


def _reason(error: OSError | ValueError) -> str:
    return str(getattr(error, "strerror", None) or error)


def _touch(path: Path) -> None:
    with suppress(OSError):  # another process removed it, or the folder is read-only
        os.utime(path)


def _entries(folder: Path) -> Iterator[tuple[float, int, Path]]:
    """Time of last use, size and path of every entry, half-written ones of a crash included."""
    for path in folder.iterdir():
        if not _ENTRY_NAME.fullmatch(path.name):
            continue
        with suppress(OSError):
            status = path.stat()
            yield status.st_mtime, status.st_size, path
