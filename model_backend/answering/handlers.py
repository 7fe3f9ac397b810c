"""Handles requests for answers: generates, describes or starts them. Imports torch."""

from model_backend.answering.answer_jobs import PendingAnswer
from model_backend.answering.ask import begin_answer, generate_answer, read_answer
from model_backend.api.questions import Answer, Generated, GenerateRequest, QuestionRequest
from model_backend.api.requests import Handlers
from model_backend.engine.running import running
from model_backend.models.loaded import LoadedModel
from model_backend.models.pool import ModelPool


class AnswerHandlers:
    """Answers questions with the models of a pool."""

    def __init__(self, pool: ModelPool[LoadedModel]) -> None:
        self._pool = pool

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
        return read_answer(loaded, request, ids)

    def begin(self, request: GenerateRequest) -> PendingAnswer:
        """Prepare an answer whose tokens are generated one at a time."""
        loaded = self._pool.take(request.model)
        return begin_answer(loaded, request.question, lambda: running(loaded, 1))
