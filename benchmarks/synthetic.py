"""A backend without a model: it answers at once, with maps of any size, full of random numbers."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import numpy as np

from model_backend import (
    DEFINITIONS,
    NOT_INSPECTED,
    Backend,
    BlobId,
    Inspection,
    InspectRequest,
    JobId,
    JobStatus,
    LayerTokenGrid,
    Measure,
    ModelCard,
    ModelState,
    Request,
    TokenCount,
    VocabularyRequest,
    layer_labels,
)
from model_backend.api.clients import without_queue
from model_backend.models.loaded import LoadedModel
from model_backend.probing.studies.service import LocalStudyService
from model_backend.sharing.blobs import Blobs

VOCABULARY_SIZE = 49_152
K = 5
WORDS = tuple(f" {word}" for text in DEFINITIONS.values() for word in text.split())
"""English words as a tokenizer would leave them, with the space that stands before them."""
VOCABULARY = tuple(WORDS[token_id % len(WORDS)] for token_id in range(VOCABULARY_SIZE))
NO_JOBS = "nobody starts anything with a synthetic model"
R = TypeVar("R")


@dataclass(frozen=True)
class Size:
    """The size of a map."""

    rows: int
    tokens: int

    def __str__(self) -> str:
        return f"{self.rows} x {self.tokens}"


class SyntheticBackend(Backend):
    """A ``Backend`` with a model for each size, whose every text becomes a map of that size.

    Its studies are real ones in an empty folder, which goes when the backend does.
    """

    def __init__(self, *sizes: Size) -> None:
        self._folder = TemporaryDirectory()
        studies = LocalStudyService(Path(self._folder.name), _refuse, self.models)
        self._sizes = {str(size): size for size in sizes}
        self._inspections = {name: _inspection(name, size) for name, size in self._sizes.items()}
        self._handlers = (
            without_queue()
            .on(InspectRequest, lambda request: self._inspections[request.model])
            .on(TokenCount, lambda request: self._sizes[request.model].tokens)
            .on(VocabularyRequest, lambda _: VOCABULARY)
            .include(studies.handlers(Blobs()))
        )

    def models(self) -> tuple[ModelCard, ...]:
        return tuple(ModelCard(name, ModelState.READY, revision="0") for name in self._sizes)

    def load(self, model: str) -> None:
        pass

    def ask(self, request: Request[R]) -> R:
        return self._handlers.answer(request)

    def start(self, request: Request[Any]) -> JobId:
        raise NotImplementedError(NO_JOBS)

    def watch(self, job: JobId) -> JobStatus[Any]:
        raise NotImplementedError(NO_JOBS)

    def cancel(self, job: JobId) -> None:
        raise NotImplementedError(NO_JOBS)

    def put_blob(self, content: Iterable[bytes]) -> BlobId:
        raise NotImplementedError(NO_JOBS)

    def open_blob(self, blob: BlobId) -> Iterator[bytes]:
        raise NotImplementedError(NO_JOBS)


def _refuse(model: str, check: Callable[[], None]) -> LoadedModel:
    raise NotImplementedError(NO_JOBS)


def _inspection(model: str, size: Size) -> Inspection:
    rng = np.random.default_rng(0)
    token_ids = rng.integers(VOCABULARY_SIZE, size=size.tokens)
    shape = (size.rows, size.tokens)
    is_sink = np.arange(size.tokens) == 0
    probs = np.sort(rng.dirichlet(np.ones(K + 1), shape)[..., :K])[..., ::-1]
    return Inspection(
        model=model,
        revision="0" * 40,
        dtype="float32",
        token_ids=token_ids.astype(np.int32),
        is_special=np.zeros(size.tokens, dtype=bool),
        is_sink=is_sink,
        grids={
            measure: _grid(measure, size, rng)
            for measure in Measure
            if measure not in NOT_INSPECTED
        },
        top_ids=rng.integers(VOCABULARY_SIZE, size=(*shape, K)).astype(np.int32),
        top_probs=probs.astype(np.float32),
    )


def _grid(measure: Measure, size: Size, rng: np.random.Generator) -> LayerTokenGrid:
    return LayerTokenGrid(
        name=measure.value,
        values=rng.lognormal(size=(size.rows, size.tokens)).astype(np.float32),
        layer_labels=layer_labels(size.rows - 1),
        token_labels=tuple(rng.choice(WORDS, size.tokens).tolist()),
        unit="bits",
    )
