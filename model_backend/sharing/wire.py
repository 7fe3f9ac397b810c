"""Calls through the door as bytes, for a backend in another process; with each goes who asks.

``serve`` is the other end: it reads a call, lets the backend answer it for that client, and writes
the answer, or the error with its own type and sentence.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from model_backend.api import errors
from model_backend.api.backend import Backend
from model_backend.api.clients import Client, as_client
from model_backend.api.door import JobId, JobStatus, ModelCard
from model_backend.api.errors import BackendError, BadRequest, Busy
from model_backend.api.requests import Request, result_type
from model_backend.sharing.codec import decode, encode
from model_backend.sharing.parts import Malformed

MOST_CALL_BYTES = 64 * 2**20
"""The largest call that is read; files go as blobs, in pieces of their own."""


class Method(StrEnum):
    """The methods of the door whose arguments and results are values."""

    MODELS = "models"
    LOAD = "load"
    ASK = "ask"
    START = "start"
    WATCH = "watch"
    CANCEL = "cancel"


@dataclass(frozen=True)
class Call:
    """One call: its method, who makes it, and its one argument."""

    method: Method
    client: Client
    request: Request[Any] | None = None
    name: str = ""
    """The model or job, for the methods that take one."""


@dataclass(frozen=True)
class Refusal:
    """An error that a call ended with."""

    error: str
    """The name of its class in ``errors``."""
    text: str
    seconds: float | None = None
    """After how long to try again, if the backend is busy."""


RESULTS: Mapping[Method, Any] = MappingProxyType(
    {
        Method.MODELS: tuple[ModelCard, ...],
        Method.LOAD: None.__class__,
        Method.START: JobId,
        Method.WATCH: JobStatus[Any],
        Method.CANCEL: None.__class__,
    }
)
"""Result types of all methods but ``ask``."""
_METHODS: Mapping[Method, Callable[[Backend, Call], Any]] = MappingProxyType(
    {
        Method.MODELS: lambda backend, _: backend.models(),
        Method.LOAD: lambda backend, call: backend.load(call.name),
        Method.ASK: lambda backend, call: backend.ask(_requested(call)),
        Method.START: lambda backend, call: backend.start(_requested(call)),
        Method.WATCH: lambda backend, call: backend.watch(call.name),
        Method.CANCEL: lambda backend, call: backend.cancel(call.name),
    }
)
_CALL, _DONE, _REFUSED = "call", b"+", b"-"


def write_call(call: Call) -> bytes:
    """Encode a call of the door as bytes."""
    return encode(_CALL, Call, call)


def serve(backend: Backend, data: bytes) -> bytes:
    """Answer one call; the bytes of its result, or of the error that it ended with."""
    try:
        call = _read_call(data)
        with as_client(call.client):
            result = _METHODS[call.method](backend, call)
        return _DONE + encode(call.method, _result_type(call), result)
    except BackendError as error:
        return write_refusal(error)


def write_refusal(error: BackendError) -> bytes:
    """Encode the error that a call ended with."""
    return _REFUSED + encode(_REFUSED.decode(), Refusal, refusal(error))


def read_refusal(data: bytes) -> BackendError:
    """The error that ``write_refusal`` encoded; a plain one if the bytes are damaged."""
    try:
        refused: Refusal = decode(_REFUSED.decode(), Refusal, data[1:])
    except Malformed:
        return BackendError("The answer did not arrive whole. Ask again.")
    return error_of(refused)


def read_result(call: Call, data: bytes) -> Any:
    """The result of a call.

    Raises:
        BackendError: the call ended with it, or the bytes are not an answer to this call.
    """
    if data[:1] != _DONE:
        raise read_refusal(data)
    try:
        return decode(call.method, _result_type(call), data[1:])
    except Malformed as error:
        raise BackendError("The answer did not arrive whole. Ask again.") from error


def refusal(error: BackendError) -> Refusal:
    """An error as a value."""
    known = next(one for one in type(error).__mro__ if one in _error_types().values())
    return Refusal(known.__name__, str(error), getattr(error, "seconds", None))


def error_of(refused: Refusal) -> BackendError:
    """The error that a refusal stands for; of an unknown kind, a plain one with its sentence."""
    kind = _error_types().get(refused.error, BackendError)
    if kind is Busy and refused.seconds is not None:
        return Busy(refused.text, refused.seconds)
    return kind(refused.text)


def _read_call(data: bytes) -> Call:
    if len(data) > MOST_CALL_BYTES:
        raise BadRequest(
            f"A request has at most {MOST_CALL_BYTES:,} bytes; this has {len(data):,}."
        )
    try:
        call: Call = decode(_CALL, Call, data)
    except Malformed as error:
        if isinstance(error.__cause__, BackendError):  # the request's own check refused it
            raise error.__cause__ from None
        raise BadRequest("The request did not arrive whole. Ask again.") from error
    return call


def _requested(call: Call) -> Request[Any]:
    if call.request is None:
        raise BadRequest("The call names no request. Ask again.")
    return call.request


def _result_type(call: Call) -> Any:
    return RESULTS[call.method] if call.method in RESULTS else result_type(type(_requested(call)))


def _error_types() -> dict[str, type[BackendError]]:
    kinds = (one for one in vars(errors).values() if isinstance(one, type))
    return {one.__name__: one for one in kinds if issubclass(one, BackendError)}
