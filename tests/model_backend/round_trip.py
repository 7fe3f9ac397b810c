"""A backend that is spoken to in bytes only, as one in another process would be."""

from collections.abc import Iterable, Iterator
from contextvars import Context
from typing import Any, TypeVar

from model_backend import Backend, BlobId, JobId, JobStatus, ModelCard, Request
from model_backend.api.clients import current_client
from model_backend.sharing.wire import Call, Method, read_result, serve, write_call

R = TypeVar("R")


class RoundTripBackend(Backend):
    """Writes and reads every call and every result; who asks is known from the bytes alone."""

    def __init__(self, backend: Backend) -> None:
        self._there = backend
        self.calls = 0

    def models(self) -> tuple[ModelCard, ...]:
        cards: tuple[ModelCard, ...] = self._call(Method.MODELS)
        return cards

    def load(self, model: str) -> None:
        self._call(Method.LOAD, name=model)

    def ask(self, request: Request[R]) -> R:
        result: R = self._call(Method.ASK, request)
        return result

    def start(self, request: Request[Any]) -> JobId:
        return str(self._call(Method.START, request))

    def watch(self, job: JobId) -> JobStatus[Any]:
        status: JobStatus[Any] = self._call(Method.WATCH, name=job)
        return status

    def cancel(self, job: JobId) -> None:
        self._call(Method.CANCEL, name=job)

    def put_blob(self, content: Iterable[bytes]) -> BlobId:
        return self._there.put_blob(bytes(piece) for piece in content)

    def open_blob(self, blob: BlobId) -> Iterator[bytes]:
        yield from map(bytes, self._there.open_blob(blob))

    def _call(self, method: Method, request: Request[Any] | None = None, name: str = "") -> Any:
        self.calls += 1
        call = Call(method, current_client(), request, name)
        # An empty context, as in another process: nobody is known to ask there.
        return read_result(call, Context().run(serve, self._there, write_call(call)))
