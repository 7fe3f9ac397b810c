"""A backend without a model: it answers at once, with maps of any size, full of random numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from model_backend import (
    DEFINITIONS,
    NOT_INSPECTED,
    Answer,
    AnswerId,
    AnswerProgress,
    CellDetail,
    CellRequest,
    Counts,
    ForwardsStudies,
    Generated,
    Inspection,
    InspectRequest,
    LayerTokenGrid,
    Measure,
    ModelCard,
    ModelState,
    ProbeScoreRequest,
    QuestionRequest,
    Waiting,
    layer_labels,
)
from model_backend.models.loaded import LoadedModel
from model_backend.probing.studies.service import LocalStudyService

VOCABULARY_SIZE = 49_152
K = 5
WORDS = tuple(f" {word}" for text in DEFINITIONS.values() for word in text.split())
"""English words as a tokenizer would leave them, with the space that stands before them."""
NOBODY_STUDIES = "nobody studies a synthetic model"
NOBODY_ASKS = "nobody asks a synthetic map a question"


@dataclass(frozen=True)
class Size:
    """The size of a map."""

    rows: int
    tokens: int

    def __str__(self) -> str:
        return f"{self.rows} x {self.tokens}"


class SyntheticBackend(ForwardsStudies):
    """A ``Backend`` with a model for each size, whose every text becomes a map of that size.

    Its desk is a real one over an empty folder, which goes when the backend does.
    """

    def __init__(self, *sizes: Size) -> None:
        self._folder = TemporaryDirectory()
        self._desk = LocalStudyService(Path(self._folder.name), _refuse, self.models)
        self._sizes = {str(size): size for size in sizes}
        self._inspections = {name: _inspection(name, size) for name, size in self._sizes.items()}

    def models(self) -> tuple[ModelCard, ...]:
        return tuple(ModelCard(name, ModelState.READY, revision="0") for name in self._sizes)

    def load(self, model: str) -> None:
        pass

    def cancel_load(self, model: str) -> None:
        pass

    def waiting(self) -> Waiting | None:
        return None

    def give_up(self) -> None:
        pass

    def counts(self) -> Counts:
        return Counts()

    def vocabulary(self, model: str) -> tuple[str, ...]:
        return tuple(WORDS[token_id % len(WORDS)] for token_id in range(VOCABULARY_SIZE))

    def fingerprint(
        self, request: InspectRequest | CellRequest | QuestionRequest | ProbeScoreRequest
    ) -> str:
        return str(request)

    def inspect(self, request: InspectRequest) -> Inspection:
        return self._inspections[request.model]

    def cell(self, request: CellRequest) -> CellDetail:
        raise NotImplementedError("nobody pins a cell of a synthetic map")

    def probe_scores(self, request: ProbeScoreRequest) -> LayerTokenGrid:
        raise NotImplementedError(NOBODY_STUDIES)

    def generate(self, request: QuestionRequest) -> Generated:
        raise NotImplementedError(NOBODY_ASKS)

    def answer(self, request: QuestionRequest) -> Answer:
        raise NotImplementedError(NOBODY_ASKS)

    def start_answer(self, request: QuestionRequest) -> AnswerId:
        raise NotImplementedError(NOBODY_ASKS)

    def answer_progress(self, answer: AnswerId) -> AnswerProgress:
        raise NotImplementedError(NOBODY_ASKS)

    def stop_answer(self, answer: AnswerId) -> None:
        raise NotImplementedError(NOBODY_ASKS)


def _refuse(model: str, check: Callable[[], None]) -> LoadedModel:
    raise NotImplementedError(NOBODY_STUDIES)


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
