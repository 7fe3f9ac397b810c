"""Handles requests for answers: generates, describes or starts them. Imports torch."""

from collections.abc import Sequence

from model_backend.answering.answer_jobs import PendingAnswer
from model_backend.answering.ask import find_in_answer, read_answer
from model_backend.answering.finding import ExactAnswerFinder, Found, make_extractor
from model_backend.answering.starting import begin_answer, generate_answer
from model_backend.answering.worked_examples import WorkedExample
from model_backend.api.questions import Answer, Generated, GenerateRequest, QuestionRequest
from model_backend.api.requests import Handlers
from model_backend.engine.running import running
from model_backend.models.loaded import LoadedModel
from model_backend.models.pool import ModelPool
from model_backend.sharing.lru_cache import LruCache

MOST_FOUND = 256
"""Answers whose exact answers are remembered."""


class AnswerHandlers:
    """Answers questions with the models of a pool."""

    def __init__(self, pool: ModelPool[LoadedModel], examples: Sequence[WorkedExample]) -> None:
        """Take the models, and the worked examples with which they read exact answers."""
        self._pool, self._examples = pool, examples
        self._found = LruCache(MOST_FOUND)

    def handlers(self) -> Handlers:
        """The requests that this class handles."""
        return Handlers().on(GenerateRequest, self.generate).on(QuestionRequest, self.read)

    def generate(self, request: GenerateRequest) -> Generated:
        """Generate a whole answer."""
        loaded = self._pool.take(request.model)
        return generate_answer(loaded, request.question, lambda: running(loaded, 1))

    def read(self, request: QuestionRequest) -> Answer:
        """Describe an answer and its tokens; generate it first if the request has no tokens."""
        loaded, ids = self._pool.take(request.model), request.answer_ids
        if ids is None:
            ids = self.generate(GenerateRequest(request)).token_ids.tolist()
        return read_answer(loaded, request, ids, lambda: self._find(loaded, request, ids))

    def _find(self, loaded: LoadedModel, request: QuestionRequest, ids: Sequence[int]) -> Found:
        """Find an exact answer, once for each answer: other right answers do not change it."""
        key = request.model, str(loaded.card.identity), request.question, tuple(ids)
        found: Found | None = self._found.get(key)
        if found is None:
            finder = ExactAnswerFinder(make_extractor(loaded, self._examples))
            with running(loaded, len(ids)):
                found = find_in_answer(loaded, request, ids, finder)
            self._found.keep(key, found, 1)
        return found

    def begin(self, request: GenerateRequest) -> PendingAnswer:
        """Prepare an answer whose tokens are generated one at a time."""
        loaded = self._pool.take(request.model)
        return begin_answer(loaded, request.question, lambda: running(loaded, 1))
