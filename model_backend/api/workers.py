"""Records of workers, for operators and for web processes that choose among them."""

from dataclasses import dataclass

from model_backend.api.door import ModelCard
from model_backend.api.requests import Lookup


@dataclass(frozen=True)
class WorkerRecord:
    """State of a worker, which it publishes once a second."""

    worker: str
    """Its name, which no other worker has."""
    host: str
    process: int
    started: float
    """Seconds since 1970, by the worker's own clock."""
    free_bytes: int
    """Memory that is free where its models run: on its GPUs, or on its machine."""
    cards: tuple[ModelCard, ...]
    """Its catalogue; models that are loaded are ready."""
    calls: tuple[str, ...] = ()
    """Ids of the calls that it works on."""
    waiting: int = 0
    """Requests that wait for a turn."""
    computations: int = 0
    """Computations since its start."""
    age: float = 0.0
    """Seconds since it wrote the record, by the clock of Redis; set by who reads it."""

    def card(self, model: str) -> ModelCard | None:
        """The card of a model of its catalogue."""
        return next((card for card in self.cards if card.name == model), None)


@dataclass(frozen=True)
class WorkersRequest(Lookup[tuple[WorkerRecord, ...]]):
    """The workers that are alive; none where this process runs the models itself."""
