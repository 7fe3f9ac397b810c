"""The Redis that stands between web processes and workers: its keys, and patience with it.

A command that fails because Redis is away is tried again until it is back, for ``PATIENCE``
seconds. Redis holds messages and the workers' records, nothing that cannot be made again.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

from model_backend.api.errors import BackendError
from model_backend.remote.frames import NOT_WHOLE, from_frames, to_frames

if TYPE_CHECKING:
    from redis import Redis

T = TypeVar("T")

PREFIX = "layerscope:workers:"
PATIENCE = 30.0
"""Seconds that a command waits for a Redis that is away."""
PAUSE = 0.5
"""Seconds between two attempts."""
LIFETIME = 120
"""Seconds after which a message that nobody took is dropped."""
PIECES_AHEAD = 16
"""Pieces of a file that may lie in Redis at a time."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Published:
    """The record of a worker, and the seconds after which Redis drops it."""

    record: bytes
    seconds_left: float


class Broker:
    """Redis by its address, with the few operations that messages need."""

    def __init__(self, url: str, patience: float = PATIENCE) -> None:
        """Prepare the connection; nothing is sent before the first command.

        Raises:
            BackendError: the address is not one of Redis.
        """
        from redis import Redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        if not url.startswith(("redis://", "rediss://", "unix://")):
            raise BackendError(
                "The broker's address is not one of Redis, such as redis://host/0 "
                "(rediss:// with TLS)."
            )
        # Half-open connections are noticed by the timeout, which is longer than any wait below.
        settings: dict[str, Any] = {"socket_timeout": 10, "socket_connect_timeout": 3}
        try:
            self._redis: Redis = Redis.from_url(url, retry=Retry(NoBackoff(), 0), **settings)
        except ValueError as error:
            raise BackendError(f"The broker's address cannot be read: {error}.") from error
        self.address = without_password(url)
        self._patience = patience

    def send(self, worker: str, message: bytes) -> None:
        """Put a message into the queue of a worker."""
        self._push(_calls(worker), message)

    def receive(self, worker: str, seconds: float) -> bytes | None:
        """The next message for a worker, or None after so many seconds."""
        return self._pop(_calls(worker), seconds)

    def reply(self, call: str, frame: bytes) -> None:
        """Add a frame to the answer of a call."""
        self._push(_reply(call), frame)

    def next_frame(self, call: str, seconds: float) -> bytes | None:
        """The next frame of a call's answer, or None after so many seconds."""
        return self._pop(_reply(call), seconds)

    def send_file(self, file: str, pieces: Iterable[bytes]) -> None:
        """Send a file to the process that reads ``pieces(file)``; wait while too much is unread.

        Raises:
            BackendError: nobody has taken a piece for ``PATIENCE`` seconds.
        """
        for frame in to_frames(pieces):
            self._wait_for_room(_file(file))
            self._push(_file(file), frame)

    def pieces(self, file: str) -> Iterator[bytes]:
        """The pieces of a file on its way.

        Raises:
            BackendError: the next piece does not come.
        """
        return from_frames(self._frames_of(_file(file)))

    def _frames_of(self, key: str) -> Iterator[bytes]:
        while True:
            frame = self._pop(key, 5.0) or self._pop(key, 5.0)
            if frame is None:
                raise BackendError(NOT_WHOLE)
            yield frame

    def wait_for_room(self, call: str) -> None:
        """Wait until the frames of an answer are taken, all but a few.

        Raises:
            BackendError: nobody takes them.
        """
        self._wait_for_room(_reply(call))

    def announce(self, worker: str, record: bytes, seconds: float) -> None:
        """Write the record of a worker, a heartbeat; Redis drops it after ``seconds``."""

        def publish(redis: "Redis") -> None:
            redis.sadd(PREFIX + "all", worker)
            redis.set(_record(worker), record, px=int(1000 * seconds))

        self._run(publish, patience=0.0)

    def withdraw(self, worker: str) -> None:
        """Remove the record of a worker that stops."""
        self._run(lambda redis: redis.delete(_record(worker)), patience=0.0)

    def records(self, patience: float = PATIENCE) -> dict[str, Published]:
        """The records of the workers that are alive, by their ids; others are forgotten."""

        def read(redis: "Redis") -> dict[str, Published]:
            names = sorted(_text(name) for name in redis.smembers(PREFIX + "all"))
            pipe = redis.pipeline(transaction=False)
            for name in names:
                pipe.get(_record(name))
                pipe.pttl(_record(name))
            answers = pipe.execute()
            pairs = list(zip(names, answers[::2], answers[1::2], strict=True))
            gone = [name for name, record, _ in pairs if record is None]
            if gone:
                redis.srem(PREFIX + "all", *gone)
            return {
                name: Published(_bytes(record), left / 1000)
                for name, record, left in pairs
                if record is not None
            }

        return self._run(read, min(patience, self._patience))

    def _push(self, key: str, value: bytes) -> None:
        def push(redis: "Redis") -> None:
            pipe = redis.pipeline(transaction=True)
            pipe.rpush(key, value)
            pipe.expire(key, LIFETIME)
            pipe.execute()

        self._run(push)

    def _pop(self, key: str, seconds: float) -> bytes | None:
        found = self._run(lambda redis: redis.blpop([key], timeout=seconds))
        return None if found is None else _bytes(found[1])

    def _wait_for_room(self, key: str) -> None:
        until = time.monotonic() + LIFETIME
        while self._run(lambda redis: redis.llen(key)) >= PIECES_AHEAD:
            if time.monotonic() > until:
                raise BackendError("The other side no longer takes the file. Ask again.")
            time.sleep(0.02)

    def _run(self, command: "Callable[[Redis], T]", patience: float | None = None) -> T:
        """Run a command; while Redis is away, try again until it is back or patience ends.

        Raises:
            BackendError: Redis stays away, refuses the password, or is full.
        """
        from redis import exceptions

        away = (exceptions.ConnectionError, exceptions.TimeoutError, exceptions.BusyLoadingError)
        until = time.monotonic() + (self._patience if patience is None else patience)
        while True:
            try:
                return command(self._redis)
            except exceptions.AuthenticationError as error:
                raise BackendError(f"The broker at {self.address} refuses the password.") from error
            except exceptions.OutOfMemoryError as error:
                raise BackendError(
                    f"The broker at {self.address} is full (its maxmemory). Give it more memory, "
                    "or another database for the cache."
                ) from error
            except away as error:
                if time.monotonic() > until:
                    raise BackendError(
                        f"The broker at {self.address} cannot be reached. "
                        "Nothing is lost; try again when it is back."
                    ) from error
                time.sleep(PAUSE)
            except exceptions.ResponseError as error:
                if not str(error).startswith(("NOAUTH", "WRONGPASS", "NOPERM")):
                    raise
                raise BackendError(f"The broker at {self.address} refuses the password.") from error


def without_password(url: str) -> str:
    """An address as it may be shown: without user and password."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=""))


def _bytes(found: bytes | str) -> bytes:
    """An answer of Redis as bytes, as which it comes to a client that decodes nothing."""
    return found if isinstance(found, bytes) else found.encode()


def _text(found: bytes | str) -> str:
    return _bytes(found).decode()


def _calls(worker: str) -> str:
    return f"{PREFIX}calls:{worker}"


def _reply(call: str) -> str:
    return f"{PREFIX}reply:{call}"


def _file(file: str) -> str:
    return f"{PREFIX}file:{file}"


def _record(worker: str) -> str:
    return f"{PREFIX}record:{worker}"
