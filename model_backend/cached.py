"""The same backend, but what was computed once is not computed again.

Stands between the dashboard and any other backend. Equal requests that come while the first of them
is still being computed wait for it: a question costs one forward pass however many people ask it.
"""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from model_backend.codec import decode, encode
from model_backend.errors import BackendError
from model_backend.interface import (
    Backend,
    CellDetail,
    CellRequest,
    Inspection,
    InspectRequest,
    ModelCard,
)
from model_backend.store import Store

AnyResult = TypeVar("AnyResult", Inspection, CellDetail)
Answer = TypeVar("Answer")

logger = logging.getLogger(__name__)


class CachedBackend:
    """A ``Backend`` that remembers the results of another one in a store."""

    def __init__(self, backend: Backend, store: Store) -> None:
        self._backend = backend
        self._store = store
        self._flights = SingleFlight()
        self._vocabularies: dict[tuple[str, str], tuple[str, ...]] = {}

    def models(self) -> tuple[ModelCard, ...]:
        return self._backend.models()

    def load(self, model: str) -> None:
        self._backend.load(model)

    def cancel_load(self, model: str) -> None:
        self._backend.cancel_load(model)

    def vocabulary(self, model: str) -> tuple[str, ...]:
        revision = next((card.revision for card in self.models() if card.name == model), None)
        if revision is None:
            return self._backend.vocabulary(model)
        if (model, revision) not in self._vocabularies:
            self._vocabularies[model, revision] = self._backend.vocabulary(model)
        return self._vocabularies[model, revision]

    def fingerprint(self, request: InspectRequest | CellRequest) -> str:
        return self._backend.fingerprint(request)

    def inspect(self, request: InspectRequest) -> Inspection:
        key = f"inspect:{self.fingerprint(request)}"
        return self._once(key, Inspection, lambda: self._backend.inspect(request))

    def cell(self, request: CellRequest) -> CellDetail:
        key = f"cell:{self.fingerprint(request)}"
        return self._once(key, CellDetail, lambda: self._backend.cell(request))

    def _once(self, key: str, kind: type[AnyResult], compute: Callable[[], AnyResult]) -> AnyResult:
        return self._flights.run(key, lambda: self._kept(key, kind) or self._keep(key, compute()))

    def _kept(self, key: str, kind: type[AnyResult]) -> AnyResult | None:
        value = self._store.get(key)
        result = None if value is None else decode(key, value)
        return result if isinstance(result, kind) else None

    def _keep(self, key: str, result: AnyResult) -> AnyResult:
        try:
            self._store.set(key, encode(key, result))
        except TypeError:
            logger.exception("A result could not be cached.")
        return result


class SingleFlight:
    """The first asker of a key computes; others who ask for it meanwhile wait for the result."""

    def __init__(self) -> None:
        self._flights: dict[str, Future[Any]] = {}
        self._lock = threading.Lock()

    def run(self, key: str, compute: Callable[[], Answer]) -> Answer:
        """What ``compute`` returns or raises, for this asker and for all who wait on it."""
        with self._lock:
            flight = self._flights.get(key)
            if flight is None:
                mine = self._flights[key] = Future()
        if flight is not None:
            answer: Answer = flight.result()
            return answer
        return self._lead(key, mine, compute)

    def _lead(self, key: str, flight: Future[Answer], compute: Callable[[], Answer]) -> Answer:
        try:
            answer = compute()
            flight.set_result(answer)
            return answer
        except Exception as error:
            flight.set_exception(error)
            raise
        except BaseException:  # this thread is told to stop; those who wait on it are not
            flight.set_exception(BackendError("The computation was stopped. Ask again."))
            raise
        finally:
            with self._lock:
                del self._flights[key]
