"""The same backend, but what was computed once is not computed again.

Stands between the dashboard and any other backend. Equal requests that come while the first of them
is still being computed wait for it: a question costs one forward pass however many people ask it.
"""

import logging
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import numpy as np

from model_backend.api.backend import (
    Backend,
    CellDetail,
    CellRequest,
    Inspection,
    InspectRequest,
    ModelCard,
    ModelState,
)
from model_backend.api.clients import Client, Counts, Waiting, current_client
from model_backend.api.grid import LayerTokenGrid
from model_backend.api.questions import (
    Answer,
    AnswerId,
    AnswerProgress,
    Generated,
    QuestionRequest,
)
from model_backend.api.study_requests import ProbeScoreRequest
from model_backend.api.study_service import ForwardsStudies
from model_backend.sharing.codec import decode, encode
from model_backend.sharing.fair_queue import FairQueue
from model_backend.sharing.lru_cache import LruCache
from model_backend.sharing.single_flight import SingleFlight
from model_backend.sharing.stores import Store

AnyResult = TypeVar("AnyResult", Inspection, CellDetail, Generated, LayerTokenGrid)

RECENT = 64 * 2**20
"""Bytes of results that are at hand as they are: whoever asks again gets the same object, and
nothing is read from the store and taken apart. With a store in memory their arrays are its own."""

MOST_ANSWERS = 256
"""How many answers are remembered by name, for those who follow them."""

logger = logging.getLogger(__name__)


class CachedBackend(ForwardsStudies):
    """A ``Backend`` that remembers the results of another one in a store."""

    def __init__(
        self, backend: Backend, store: Store, lines: FairQueue | None = None, recent: int = RECENT
    ) -> None:
        self._backend = self._desk = backend
        self._store = store
        self._recent = LruCache(recent)
        self._lines = FairQueue(at_once=8) if lines is None else lines
        self._flights = SingleFlight()
        self._computations = 0
        self._hits = 0
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

    def waiting(self) -> Waiting | None:
        return self._lines.waiting(current_client().page)

    def give_up(self) -> None:
        self._lines.leave(current_client().page)

    def counts(self) -> Counts:
        lines, waiting = self._lines, len(self._flights)
        return Counts(self._computations, self._hits, waiting, lines.refused, lines.dropped)

    def fingerprint(
        self, request: InspectRequest | CellRequest | QuestionRequest | ProbeScoreRequest
    ) -> str:
        states = {card.name: card.state for card in self.models()}
        if states.get(request.model) in (ModelState.NOT_LOADED, ModelState.LOADING):
            # One waits for the model; the others wait for that one, and are counted.
            self._flights.run(f"load:{request.model}", lambda _: self.vocabulary(request.model))
        return self._backend.fingerprint(request)

    def inspect(self, request: InspectRequest) -> Inspection:
        key = f"inspect:{self.fingerprint(request)}"
        return self._once(request.model, key, Inspection, lambda: self._backend.inspect(request))

    def cell(self, request: CellRequest) -> CellDetail:
        key = f"cell:{self.fingerprint(request)}"
        return self._once(request.model, key, CellDetail, lambda: self._backend.cell(request))

    def probe_scores(self, request: ProbeScoreRequest) -> LayerTokenGrid:
        key, compute = f"score:{self.fingerprint(request)}", self._backend.probe_scores
        return self._once(request.model, key, LayerTokenGrid, lambda: compute(request))

    def generate(self, request: QuestionRequest) -> Generated:
        key = self._generate_key(request)
        return self._once(request.model, key, Generated, lambda: self._backend.generate(request))

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

    def _once(
        self, model: str, key: str, kind: type[AnyResult], compute: Callable[[], AnyResult]
    ) -> AnyResult:
        kept = self._kept(key, kind)
        if kept is not None:
            self._hits += 1
            return kept

        def in_turn(askers: list[Client]) -> AnyResult:
            with self._lines.turn(model, askers):
                self._computations += 1
                return self._keep(key, compute())

        return self._flights.run(key, lambda askers: self._kept(key, kind) or in_turn(askers))

    def _kept(self, key: str, kind: type[AnyResult]) -> AnyResult | None:
        result = self._recent.get(key)
        if result is None and (value := self._store.get(key)) is not None:
            result = decode(key, value)
            if result is not None:
                self._recent.keep(key, result, len(value))
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
