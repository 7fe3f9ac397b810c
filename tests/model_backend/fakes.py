"""Stand-ins that are real implementations of an interface, only without a model behind them."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import numpy as np

from model_backend import (
    NAMED_POSITIONS,
    Answer,
    Backend,
    BadRequest,
    BlobId,
    CancelLoad,
    CellDetail,
    CellPart,
    CellRequest,
    Finish,
    Generated,
    GenerateRequest,
    Handlers,
    HoldsMap,
    Inspection,
    InspectRequest,
    JobId,
    JobState,
    JobStatus,
    Judgement,
    LayerTokenGrid,
    LoadedCard,
    Measure,
    ModelCard,
    ModelInstead,
    ModelState,
    Neuron,
    PatchRequest,
    Prediction,
    ProbeScoreRequest,
    QuestionRequest,
    Request,
    SavedView,
    Site,
    Stage,
    StudyRequest,
    TokenCount,
    TokenPart,
    TokenRange,
    TokenShift,
    UnknownModel,
    Verdict,
    VocabularyRequest,
    WorkersRequest,
    Write,
    layer_labels,
)
from model_backend.api.clients import without_queue
from model_backend.api.door import QUERY_JOB
from model_backend.api.maps.positions import named_positions
from model_backend.api.validation import OfText
from model_backend.engine.unavailable import (
    EMBEDDING_ATTENTION,
    EMBEDDING_NEURONS,
    EMBEDDING_WRITES,
    NOT_ASKED,
    absences,
)
from model_backend.sharing.blobs import Blobs
from tests.model_backend.fake_patches import make_patch, patch_handlers
from tests.model_backend.fake_study_service import FakeStudyService

R = TypeVar("R")

N_LAYERS = 3
N_ANSWER = 5
VOCABULARY = tuple(f"token{token_id}" for token_id in range(50))


N_HEADS = 2
NOT_IN_ROW_0 = {Measure.UPDATE_SIZE, Measure.COSINE_TO_PREVIOUS} | {
    measure for measure in Measure if Site.RESID_POST not in measure.spec.sites
}
AT = {
    Site.RESID_MID: (Measure.RESIDUAL_NORM, Measure.COSINE_TO_PREVIOUS),
    Site.MLP_OUT: (Measure.WRITE_COSINE,),
}


def make_inspection(text: str, model: str = "fake", *, attention: bool = False) -> Inspection:
    """An inspection with one token per word, whose numbers depend on the text."""
    words = tuple(text.split())
    rng, apart = np.random.default_rng(len(text)), np.random.default_rng(1 + len(text))
    shape = (N_LAYERS + 1, len(words))

    def grid(measure: Measure, site: str = "") -> LayerTokenGrid:
        chance = apart if measure.spec.on_request else rng  # the others are the same without it
        values = chance.random(shape).astype(np.float32)
        if site or measure in NOT_IN_ROW_0:
            values[0] = np.nan
        unit = measure.spec.unit
        return LayerTokenGrid(
            measure.label, values, layer_labels(N_LAYERS), words, unit=unit, site=str(site)
        )

    return Inspection(
        model=model,
        revision="1",
        dtype="float32",
        token_ids=np.arange(len(words), dtype=np.int32) % len(VOCABULARY),
        is_special=np.arange(len(words)) == 0,
        is_sink=np.zeros(len(words), dtype=bool),
        grids={
            measure: grid(measure)
            for measure in Measure
            if not measure.spec.needs_study and (attention or not measure.spec.on_request)
        },
        grids_at={
            site: {measure: grid(measure, site) for measure in measures}
            for site, measures in AT.items()
        },
        absences=absences(no_attention="" if attention else NOT_ASKED),
        top_ids=rng.integers(len(VOCABULARY), size=(*shape, 5)).astype(np.int32),
        top_probs=rng.random((*shape, 5)).astype(np.float32),
    )


ANSWER = Generated(
    np.arange(N_ANSWER, dtype=np.int32),
    np.full(N_ANSWER, 0.5, np.float32),
    VOCABULARY[:N_ANSWER],
)


class FakeBackend(Backend):
    """A ``Backend`` that counts what it is asked and answers at once, or when ``gate`` opens."""

    def __init__(self, name: str = "fake", study_service: FakeStudyService | None = None) -> None:
        self.name = name
        self.study_service = FakeStudyService() if study_service is None else study_service
        self.asked: Counter[str] = Counter()
        self.gate = threading.Event()
        self.gate.set()
        self.error: BaseException | None = None
        self.revision = "1"
        self.blobs = Blobs()
        self.patches: dict[JobId, PatchRequest] = {}
        self.handlers = self._handlers().include(self.study_service.handlers(self.blobs))

    def _handlers(self) -> Handlers:
        return (
            without_queue()
            .on(WorkersRequest, lambda _: ())
            .on(InspectRequest, self._inspect)
            .on(CellRequest, self._cell)
            .on(ProbeScoreRequest, self._probe_scores)
            .on(TokenCount, lambda request: len(_text(request).split()))
            .on(VocabularyRequest, self._vocabulary)
            .on(GenerateRequest, self._generate)
            .on(QuestionRequest, self._answer)
            .on(LoadedCard, lambda _: self.models()[0])
            .on(CancelLoad, lambda _: self._ask("cancel_load"))
            .on(HoldsMap, lambda _: False)
            .on(SavedView, lambda _: {})
            .on(ModelInstead, lambda _: None)
            .include(patch_handlers())
        )

    def models(self) -> tuple[ModelCard, ...]:
        return (
            ModelCard(
                self.name,
                ModelState.READY,
                family="fake",
                n_layers=N_LAYERS,
                vocabulary_size=len(VOCABULARY),
                max_tokens=4096,
                revision=self.revision,
                dtype="float32",
            ),
        )

    def load(self, model: str) -> None:
        self._ask("load")

    def ask(self, request: Request[R]) -> R:
        if getattr(request, "model", self.name) != self.name:
            raise UnknownModel(f"There is no model {request.model!r} here.")  # type: ignore[attr-defined]
        return self.handlers.answer(request)

    def start(self, request: Request[Any]) -> JobId:
        starts: dict[type, Callable[[Any], JobId]] = {
            StudyRequest: self.study_service.start_study,
            GenerateRequest: self._start_answer,
            PatchRequest: self._start_patch,
        }
        return starts[type(request)](request)

    def _start_patch(self, request: PatchRequest) -> JobId:
        self.patches[job := f"{QUERY_JOB}patch-{len(self.patches)}"] = request
        return job

    def watch(self, job: JobId) -> JobStatus[Any]:
        if job in self.patches:
            request = self.patches[job]
            made = make_patch(request)
            return JobStatus(job, request, JobState.DONE, done=5, total=5, so_far=made)
        return self._watch_answer(job) if job.startswith(QUERY_JOB) else self.study_service.job(job)

    def cancel(self, job: JobId) -> None:
        if job.startswith(QUERY_JOB):
            self._ask("stop_answer")
        else:
            self.study_service.cancel(job)

    def put_blob(self, content: Iterable[bytes]) -> BlobId:
        return self.blobs.put(content)

    def open_blob(self, blob: BlobId) -> Iterator[bytes]:
        return self.blobs.open(blob)

    def _vocabulary(self, request: VocabularyRequest) -> tuple[str, ...]:
        self._ask("vocabulary")
        return VOCABULARY

    def _inspect(self, request: InspectRequest) -> Inspection:
        self._ask("inspect")
        return make_inspection(_text(request), self.name, attention=request.attention)

    def _cell(self, request: CellRequest) -> CellDetail:
        self._ask("cell")
        words = tuple(_text(request).split())
        in_block = request.row > 0
        return CellDetail(
            row=request.row,
            position=request.position,
            token_id=request.position,
            token_text=words[request.position],
            predictions=tuple(Prediction(n, VOCABULARY[n], 1 / (n + 2)) for n in range(10)),
            paths=np.full((N_LAYERS + 1, 10), 0.1, dtype=np.float32),
            next_token=Prediction(7, VOCABULARY[7], 0.25),
            next_token_rank=2,
            layer_labels=layer_labels(N_LAYERS),
            values={Measure.RESIDUAL_NORM: 1.5, Measure.UPDATE_SIZE: float("nan")},
            values_at={Site.RESID_MID: {Measure.RESIDUAL_NORM: 1.25}} if in_block else {},
            token_labels=words,
            attention_from=_attention(len(words))[:, request.position] if in_block else None,
            attention_to=_attention(len(words))[..., request.position] if in_block else None,
            writes=WRITES if in_block else (),
            neurons=tuple(Neuron(n, (-1) ** n * (12.0 - n)) for n in range(12 * in_block)),
            absent={} if in_block else IN_ROW_0,
        )

    def _probe_scores(self, request: ProbeScoreRequest) -> LayerTokenGrid:
        """Higher in higher rows and, a little, by the probes of later positions."""
        self._ask("probe_scores")
        study = self.study(request.study)
        words = tuple(_text(request).split())
        columns = request.columns or tuple((request.position, n) for n in range(len(words)))
        later = np.array([NAMED_POSITIONS.index(name) for name, _ in columns], dtype=np.float32)
        values = np.linspace(0.1, 0.9, N_LAYERS + 1, dtype=np.float32)[:, None] + later / 1000
        values[:, [token is None or name == "-8" for name, token in columns]] = np.nan
        named = bool(request.columns)
        return LayerTokenGrid(
            "probe score",
            values,
            layer_labels(N_LAYERS),
            tuple("" if token is None else words[token] for _, token in columns),
            "P(correct)",
            0.5,
            site=(request.site or Site.RESID_POST).value,
            column_names=tuple(name for name, _ in columns) if named else (),
            column_positions=tuple(token for _, token in columns) if named else (),
            source=f"study of {study.card.dataset}, {study.card.n} answers, nested AUC 0.820",
        )

    def _generate(self, request: GenerateRequest) -> Generated:
        self._ask("generate")
        return ANSWER

    def _answer(self, request: QuestionRequest) -> Answer:
        """An answer of as many tokens as the request has; its second is the exact answer."""
        self._ask("answer")
        given = request.answer_ids
        ids = list(range(N_ANSWER)) if given is None else list(given)
        exact = (1, 1) if request.mark is None and len(ids) > 1 else request.mark
        marked = TokenRange(*exact) if exact else None
        n_prompt = len(request.question.split()) + 2
        parts = [TokenPart.QUESTION] * n_prompt + [TokenPart.ANSWER] * len(ids)
        parts[0] = parts[n_prompt - 1] = TokenPart.TEMPLATE
        token_ids = (*range(n_prompt), *ids)
        return Answer(
            model=self.name,
            prompt=f"<{request.question}>",
            has_template=True,
            token_ids=token_ids,
            token_texts=tuple(VOCABULARY[token_id] for token_id in token_ids),
            parts=tuple(parts),
            n_prompt=n_prompt,
            text=" ".join(VOCABULARY[token_id] for token_id in ids),
            finish=Finish.END,
            exact=marked,
            exact_text=VOCABULARY[ids[marked.first]] if marked else None,
            by_hand=request.mark is not None,
            judgement=Judgement(Verdict.RIGHT, "It is.") if request.right_answers else None,
            positions=named_positions(n_prompt, len(ids), marked),
        )

    def _start_answer(self, request: GenerateRequest) -> JobId:
        self._ask("start_answer")
        return f"{QUERY_JOB}{request.question.question}"

    def _watch_answer(self, job: JobId) -> JobStatus[GenerateRequest]:
        self._ask("answer_progress")
        if job == f"{QUERY_JOB}unknown":
            raise BadRequest("That answer is no longer kept here. Ask again.")
        request = GenerateRequest(QuestionRequest(self.name, job.removeprefix(QUERY_JOB)))
        return JobStatus(
            job, request, JobState.DONE, Stage.FINISHED, total=64, seconds=2.0, so_far=ANSWER
        )

    def _ask(self, what: str) -> None:
        self.asked[what] += 1
        assert self.gate.wait(timeout=20)
        if self.error is not None:
            raise self.error


def _attention(n_tokens: int) -> np.ndarray:
    """Head, from, to: the first head looks at all alike, the second at the first token."""
    may_see = np.tri(n_tokens, dtype=bool)
    weights = np.stack([may_see / may_see.sum(1, keepdims=True), np.eye(n_tokens)[[0] * n_tokens]])
    return np.where(may_see, weights, np.nan).astype(np.float32)


WRITES = tuple(
    Write(
        site,
        norm=0.75,
        cosine=-0.25,
        promoted=tuple(TokenShift(n, VOCABULARY[n], 3.0 - n / 2) for n in range(5)),
        suppressed=tuple(TokenShift(n, VOCABULARY[n], n / 2 - 12) for n in range(10, 15)),
    )
    for site in (Site.ATTN_OUT, Site.MLP_OUT)
)
IN_ROW_0 = {
    CellPart.ATTENTION: EMBEDDING_ATTENTION,
    CellPart.WRITES: EMBEDDING_WRITES,
    CellPart.NEURONS: EMBEDDING_NEURONS,
}


def _text(request: OfText) -> str:
    """The text, or one word for each token id."""
    return request.text or " ".join(VOCABULARY[token_id] for token_id in request.token_ids)


class BrokenStore:
    """A store that fails whenever it is asked, until it is mended."""

    def __init__(self) -> None:
        self.broken = True
        self.asked = 0
        self.values: dict[str, bytes] = {}

    def get(self, key: str) -> bytes | None:
        self._ask()
        return self.values.get(key)

    def set(self, key: str, value: bytes) -> None:
        self._ask()
        self.values[key] = value

    def _ask(self) -> None:
        self.asked += 1
        if self.broken:
            raise ConnectionError("nobody is there")
