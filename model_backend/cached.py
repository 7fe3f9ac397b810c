"""The same backend, but what was computed once is not computed again.

Stands between the dashboard and any other backend. Equal requests that come while the first of them
is still being computed wait for it: a question costs one forward pass however many people ask it.
"""

import logging
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from model_backend.codec import decode, encode
from model_backend.errors import BackendError
from model_backend.interface import (
    Backend,
    CellDetail,
    CellRequest,
    Inspection,
    InspectRequest,
    ModelCard,
    ModelState,
)
from model_backend.probing.interface import DeskElsewhere
from model_backend.question import Answer, AnswerId, AnswerProgress, Generated, QuestionRequest
from model_backend.store import Store

AnyResult = TypeVar("AnyResult", Inspection, CellDetail, Generated)
Outcome = TypeVar("Outcome")

MOST_ANSWERS = 256
"""How many answers are remembered by name, for those who follow them."""

logger = logging.getLogger(__name__)


class CachedBackend(DeskElsewhere):
    """A ``Backend`` that remembers the results of another one in a store."""

    def __init__(self, backend: Backend, store: Store) -> None:
        self._backend = self._desk = backend
        self._store = store
        self._flights = SingleFlight()
        self._vocabularies: dict[tuple[str, str], tuple[str, ...]] = {}
        self._answers: OrderedDict[AnswerId, QuestionRequest | AnswerProgress] = OrderedDict()
        self._lock = threading.Lock()

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

    def fingerprint(self, request: InspectRequest | CellRequest | QuestionRequest) -> str:
        return self._backend.fingerprint(request)

    def inspect(self, request: InspectRequest) -> Inspection:
        key = f"inspect:{self.fingerprint(request)}"
        return self._once(key, Inspection, lambda: self._backend.inspect(request))

    def cell(self, request: CellRequest) -> CellDetail:
        key = f"cell:{self.fingerprint(request)}"
        return self._once(key, CellDetail, lambda: self._backend.cell(request))

    def generate(self, request: QuestionRequest) -> Generated:
        return self._once(
            self._generate_key(request), Generated, lambda: self._backend.generate(request)
        )

    def answer(self, request: QuestionRequest) -> Answer:
        if request.answer_ids is None:
            ids = tuple(self.generate(request.generation).token_ids.tolist())
            request = replace(request, answer_ids=ids)
        return self._backend.answer(request)

    def start_answer(self, request: QuestionRequest) -> AnswerId:
        told = self._told(request)
        answer = self._backend.start_answer(request) if told is None else told.answer_id
        with self._lock:
            self._answers[answer] = request if told is None else told
            while len(self._answers) > MOST_ANSWERS:
                self._answers.popitem(last=False)
        return answer

    def answer_progress(self, answer: AnswerId) -> AnswerProgress:
        asked = self._answers.get(answer)
        if isinstance(asked, AnswerProgress):
            return asked
        progress = self._backend.answer_progress(answer)
        if progress.is_whole and asked is not None:
            self._keep(self._generate_key(asked), _generated(progress))
            self._answers.pop(answer, None)
        return progress

    def stop_answer(self, answer: AnswerId) -> None:
        self._backend.stop_answer(answer)

    def _told(self, request: QuestionRequest) -> AnswerProgress | None:
        """The whole answer to this question, if it was once generated and its model is loaded."""
        states = {card.name: card.state for card in self.models()}
        if states.get(request.model) is not ModelState.READY:
            return None
        kept = self._kept(self._generate_key(request), Generated)
        if kept is None:
            return None
        ids = tuple(kept.token_ids.tolist())
        answer = self._backend.answer(replace(request.generation, answer_ids=ids))
        return AnswerProgress(
            secrets.token_urlsafe(16),
            is_running=False,
            token_ids=ids,
            token_texts=answer.token_texts[answer.n_prompt :],
            probabilities=tuple(kept.probabilities.tolist()),
            most_tokens=len(ids),
            is_whole=True,
        )

    def _generate_key(self, request: QuestionRequest) -> str:
        return f"generate:{self.fingerprint(request.generation)}"

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


def _generated(progress: AnswerProgress) -> Generated:
    return Generated(
        np.array(progress.token_ids, dtype=np.int32),
        np.array(progress.probabilities, dtype=np.float32),
    )


class SingleFlight:
    """The first asker of a key computes; others who ask for it meanwhile wait for the result."""

    def __init__(self) -> None:
        self._flights: dict[str, Future[Any]] = {}
        self._lock = threading.Lock()

    def run(self, key: str, compute: Callable[[], Outcome]) -> Outcome:
        """What ``compute`` returns or raises, for this asker and for all who wait on it."""
        with self._lock:
            flight = self._flights.get(key)
            if flight is None:
                mine = self._flights[key] = Future()
        if flight is not None:
            answer: Outcome = flight.result()
            return answer
        return self._lead(key, mine, compute)

    def _lead(self, key: str, flight: Future[Outcome], compute: Callable[[], Outcome]) -> Outcome:
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
