"""Answers why one token is preferred to another. Imports torch."""

from model_backend.api.cell_detail import Attribution, AttributionRequest
from model_backend.api.requests import Handlers
from model_backend.attribution.split import attribute
from model_backend.engine.handlers import read_token_ids
from model_backend.engine.running import running
from model_backend.models.loaded import LoadedModel
from model_backend.models.pool import ModelPool


class AttributionHandlers:
    """Splits logit differences with the models of a pool."""

    def __init__(self, pool: ModelPool[LoadedModel]) -> None:
        self._pool = pool

    def handlers(self) -> Handlers:
        """Handlers of this class."""
        return Handlers().on(AttributionRequest, self.attribution)

    def attribution(self, request: AttributionRequest) -> Attribution:
        """Run the text up to a position and split the difference there."""
        loaded = self._pool.take(request.model)
        token_ids = read_token_ids(loaded, request)
        with running(loaded, request.position + 1):
            return attribute(loaded, token_ids, request)
